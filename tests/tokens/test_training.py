import numpy as np
import pytest

from saetm.errors import ContractError
from saetm.tokens.config import TokenConfig
from saetm.tokens.dictionary import from_weights
from saetm.tokens.statistics import measure_tokens
from saetm.tokens.survey import survey
from saetm.tokens.training import sae_config, train_on_tokens
from tests.tokens.planted_tokens import planted_states, stream_of

CONFIG = TokenConfig(model="minilm", dictionary_size=16, active_features=2, buffer_tokens=512)


@pytest.fixture(scope="module")
def planted():
    states, directions = planted_states(2000)
    return stream_of(states, np.repeat(np.arange(40), 50), size=333), states, directions


@pytest.fixture(scope="module")
def training(planted):
    return train_on_tokens(planted[0], CONFIG)


def test_planted_directions_are_found(planted, training):
    cosines = training.weights.decoder @ planted[2].T
    assert (cosines.max(axis=0) > 0.9).mean() >= 0.9
    assert training.variance_explained > 0.9


def test_every_twentieth_text_is_held_out(planted, training):
    stream, states, _ = planted
    assert (training.n_training, training.n_heldout) == (1900, 100)
    found = survey(stream, 0)
    held = states.reshape(40, 50, -1)[::20].reshape(100, -1)
    assert np.allclose(found.heldout.moments.mean, held.mean(axis=0), atol=1e-5)
    assert np.concatenate(list(found.blocks(stream))).shape == (1900, 32)
    assert found.training.moments.count + len(held) == 2000


def test_the_same_seed_gives_the_same_bytes(planted, training):
    again = train_on_tokens(stream_of(planted[1], np.repeat(np.arange(40), 50), size=333), CONFIG)
    assert again.weights.sae_id == training.weights.sae_id


def test_one_text_alone_is_learned_from_as_a_whole():
    states, _ = planted_states(300)
    found = survey(stream_of(states, np.zeros(300, dtype=np.int64)), 0)
    assert found.heldout is None
    assert found.training.count == 300


@pytest.mark.parametrize(
    ("states", "message"),
    [
        (np.ones((50, 4), np.float32), "50 tokens"),
        (np.ones((200, 4), np.float32), "equal"),
        (np.full((200, 4), np.nan, np.float32), "not finite"),
    ],
)
def test_what_cannot_be_learned_from_is_one_sentence(states, message):
    texts = np.arange(len(states)) % 40
    with pytest.raises(ContractError, match=message):
        train_on_tokens(stream_of(states, np.sort(texts)), CONFIG)


def test_sizes_follow_the_tokens():
    small = sae_config(TokenConfig(), 2_000, 384)
    large = sae_config(TokenConfig(), 1_800_000, 384)
    assert (small.dictionary_size, small.epochs) == (
        128 if small.dictionary_size == 128 else 256,
        20,
    )
    assert (large.dictionary_size, large.epochs, large.batch_size) == (4096, 1, 512)


def test_statistics_are_those_of_all_codes_at_once(planted, training):
    stream, states, _ = planted
    dictionary = from_weights(training.weights)
    found = measure_tokens(stream, dictionary)
    pre = (states - dictionary.decoder_bias) @ dictionary.encoder.T + dictionary.encoder_bias
    codes = np.where(pre > dictionary.thresholds, pre, 0)
    assert found.token_count == 2000
    assert np.allclose(found.density, (codes > 0).mean(axis=0), atol=2e-3)
    assert np.allclose(found.maximum, codes.max(axis=0), rtol=1e-4)
    rebuilt = codes @ dictionary.decoder + dictionary.decoder_bias
    spread = np.square(states - states.mean(axis=0)).sum()
    assert found.variance_explained == pytest.approx(
        1 - np.square(states - rebuilt).sum() / spread, abs=1e-3
    )
    assert found.mean_norm == pytest.approx(np.linalg.norm(states, axis=1).mean(), rel=1e-5)
    for feature in np.flatnonzero((codes > 0).any(axis=0)):
        positive = codes[:, feature][codes[:, feature] > 0]
        wanted = np.quantile(positive, np.arange(1, 20) / 20)
        if len(positive) <= 1024:
            assert np.allclose(found.quantiles[feature], wanted, rtol=1e-3, atol=1e-3)


def test_a_dead_feature_has_no_quantile_and_no_context(planted, training):
    dead = from_weights(training.weights).rows(np.arange(2))
    dead.thresholds[1] = 1e9
    found = measure_tokens(planted[0], dead)
    assert found.density[1] == 0
    assert np.isnan(found.quantiles[1]).all()
    assert found.contexts[1] == []
    assert found.dead_share >= 0.5
