"""Training recovers planted directions, repeats itself, and copes with a handful of items."""

import numpy as np
import pytest

from saetm.errors import ContractError
from saetm.sae.config import SaeConfig
from saetm.sae.encode import encode, variance_explained
from saetm.sae.train import train
from tests.core.planted_ctm import planted_ctm

SETTINGS = {
    "batch_topk": {"active_features": 2},
    "topk": {"active_features": 3},
    "l1": {"l1_coefficient": 0.2},
}


def noise(n_items, *, dimension=8, seed=0):
    return np.random.default_rng(seed).standard_normal((n_items, dimension)).astype(np.float32)


@pytest.mark.parametrize("kind", SETTINGS)
def test_planted_directions_are_recovered(kind):
    planted = planted_ctm(n_items=2000, n_topics=32, dimension=48, seed=11)
    config = SaeConfig(kind=kind, dictionary_size=64, epochs=30, **SETTINGS[kind])
    training = train(planted.embeddings, config)

    cosines = (planted.directions @ training.weights.decoder.T).max(axis=1)
    assert cosines.mean() > 0.9
    assert training.variance_explained > 0.8


@pytest.mark.parametrize("scale", [1e-3, 1e3])
def test_the_unit_of_the_embeddings_does_not_matter(scale):
    planted = planted_ctm(n_items=300, n_topics=8, dimension=16, seed=2)
    config = SaeConfig(dictionary_size=16, active_features=2, epochs=5)
    plain = train(planted.embeddings, config)
    scaled = train(planted.embeddings * np.float32(scale), config)

    assert scaled.variance_explained == pytest.approx(plain.variance_explained, abs=0.02)
    assert scaled.l0 == pytest.approx(plain.l0, abs=0.2)


def test_batch_topk_keeps_k_features_on_average_over_the_training_rows():
    planted = planted_ctm(n_items=400, n_topics=16, dimension=24, seed=3)
    config = SaeConfig(dictionary_size=32, active_features=3, epochs=2, heldout_share=0.01)
    training = train(planted.embeddings, config)

    codes = encode(planted.embeddings, training.weights)
    assert codes.nnz / 400 == pytest.approx(3.0, abs=0.05)


@pytest.mark.parametrize("kind", SETTINGS)
def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not(kind):
    planted = planted_ctm(n_items=300, n_topics=8, dimension=16, seed=4)
    one, two, other = (
        train(planted.embeddings, SaeConfig(kind=kind, epochs=3, seed=seed)).weights.sae_id
        for seed in (5, 5, 6)
    )

    assert one == two != other


def test_the_kept_weights_are_the_best_of_the_curve():
    embeddings = noise(60, dimension=32)  # nothing to learn: after some steps it overfits
    seen = []
    config = SaeConfig(
        dictionary_size=256,
        active_features=8,
        epochs=100,
        learning_rate=0.01,
        encoder_tie=0.0,
        decay_share=0.0,
    )
    training = train(embeddings, config, on_step=seen.append)

    best = max(step.variance_explained for step in training.curve)
    assert tuple(seen) == training.curve
    assert training.curve[-1].number == training.curve[-1].n_steps
    assert best > training.curve[-1].variance_explained + 0.01
    assert training.variance_explained == pytest.approx(best, abs=1e-4)


@pytest.mark.parametrize("kind", ["batch_topk", "topk"])
def test_the_figures_are_those_of_the_weights(kind):
    planted = planted_ctm(n_items=200, n_topics=8, dimension=16, seed=6)
    training = train(planted.embeddings, SaeConfig(kind=kind, epochs=5, heldout_share=0.2, seed=1))
    order = np.random.default_rng(1).permutation(200)
    heldout, learned = planted.embeddings[order[:40]], planted.embeddings[order[40:]]

    alive = np.unique(encode(learned, training.weights).indices)
    assert (training.n_training, training.n_heldout) == (160, 40)
    assert training.l0 == encode(heldout, training.weights).nnz / 40
    assert training.dead_share == 1 - len(alive) / training.config.dictionary_size
    assert training.variance_explained == pytest.approx(
        variance_explained(heldout, training.weights, centre=learned.mean(axis=0)), abs=1e-6
    )
    np.testing.assert_allclose(np.linalg.norm(training.weights.decoder, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("kind", SETTINGS)
@pytest.mark.parametrize("n_items", [2, 3, 7, 19, 20])
def test_a_handful_of_items_trains(n_items, kind):
    embeddings = noise(n_items)
    training = train(embeddings, SaeConfig(kind=kind))

    assert (training.variance_explained is None) == (n_items < 20)
    assert training.n_training + training.n_heldout == n_items
    assert np.diff(encode(embeddings, training.weights).indptr).max() > 0
    assert variance_explained(embeddings, training.weights) > 0.1


@pytest.mark.parametrize("place", range(20))
def test_one_row_among_copies_of_another_trains_wherever_the_split_puts_it(place):
    embeddings = np.ones((20, 4), dtype=np.float32)
    embeddings[place] = [1.0, 2.0, 3.0, 4.0]
    training = train(embeddings, SaeConfig(epochs=3))

    assert all(np.isfinite(step.variance_explained) for step in training.curve)
    assert np.isfinite(training.weights.encoder).all()


def test_what_cannot_be_learned_from_is_refused():
    broken = noise(30)
    broken[4, 1] = np.inf

    with pytest.raises(ContractError, match="N at least 2"):
        train(noise(1), SaeConfig())
    with pytest.raises(ContractError, match="embedding 4 "):
        train(broken, SaeConfig())
    with pytest.raises(ContractError, match="all 30 embeddings are equal"):
        train(np.ones((30, 4), dtype=np.float32), SaeConfig())
