"""Topics over features as rows: words, items, and ids that last."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from scipy import sparse

from saetm.cuts import Material
from saetm.emission.emissions import Emissions, dense
from saetm.errors import ContractError
from saetm.mechanistic.catalogue import MODELS
from saetm.mechanistic.fits import Fits, fit_counts
from saetm.mechanistic.model import FeatureFit
from saetm.mechanistic.topics import mechanistic_topics
from saetm.past import Past
from saetm.tables import MIXTURES, TOPICS
from saetm.topics.config import TopicConfig
from tests.mechanistic.planted import planted

CONFIG = TopicConfig(stored_words=5, word_order="probability")
THEMES, EACH = 4, 6
KEPT = np.arange(THEMES * EACH) + 3  # the material has three features before, and two behind
N_FEATURES = THEMES * EACH + 5


def material(n_items, sae_id="sae"):
    """Each theme's features say ten words of their own."""
    theme = np.clip((np.arange(N_FEATURES) - 3) // EACH, 0, THEMES - 1)
    words = np.kron(np.eye(THEMES), np.full(10, 0.09))[theme].astype(np.float32)
    return Material(
        sae_id=sae_id,
        item_ids=[f"item{item:03d}" for item in range(n_items)],
        shares=sparse.csr_array((n_items, N_FEATURES)),
        weights=np.full(N_FEATURES, 1 / N_FEATURES),
        item_counts=np.full(N_FEATURES, n_items),
        emissions=Emissions(
            sparse.csr_array(words), np.full(N_FEATURES, 0.1), np.full(10 * THEMES, 0.1 / THEMES)
        ),
        words=[f"word{word}" for word in range(10 * THEMES)],
    )


def fits(seed=0, n_items=30, counts=(2, THEMES)):
    """Draw topics, each with most of its weight on one theme."""
    chance = np.random.default_rng(seed)
    found = {}
    for count in counts:
        weights = chance.dirichlet(np.full(len(KEPT), 0.05), count)
        themes = np.kron(np.eye(THEMES), np.ones(EACH))[:count]
        weights = 0.2 * weights + 0.8 * themes * chance.uniform(0.8, 1.2, themes.shape) / EACH
        mixtures = chance.dirichlet(np.full(count, 0.3), n_items)
        mixtures[0] = 0
        found[count] = FeatureFit(weights / weights.sum(axis=1, keepdims=True), mixtures)
    return Fits("metm", found)


def past_of(refit, before):
    return Past(
        sae_id=before.sae_id,
        has_same_settings=True,
        item_ids=before.item_ids,
        nodes=refit.nodes,
        topics=refit.topics,
        n_features=N_FEATURES,
    )


def test_topics_have_the_features_words_and_items_of_the_fit():
    given, about = fits(), material(30)
    found = mechanistic_topics(given, KEPT, about, CONFIG).topics.filter(topic_count=THEMES)
    fit = given.by_count[THEMES]
    order = np.argsort(-fit.mixtures.mean(axis=0))

    for topic, row in zip(order, found.iter_rows(named=True), strict=True):
        held = np.array(row["features"]) - 3
        np.testing.assert_allclose(row["feature_weights"], fit.weights[topic, held])
        assert row["feature_weights"] == sorted(row["feature_weights"], reverse=True)
        assert sum(row["feature_weights"]) >= 0.9
        assert sum(row["feature_weights"][:-1]) < 0.9
        beta = fit.weights[topic, held] / fit.weights[topic, held].sum()
        words = beta @ dense(about.emissions, row["features"])
        best = np.argsort(-words, kind="stable")[:5]
        assert row["words"] == [about.words[word] for word in best]
        np.testing.assert_allclose(row["probabilities"], words[best], rtol=1e-5)
        np.testing.assert_allclose(
            row["specificities"], np.log(words[best] / (0.1 / THEMES)), rtol=1e-4
        )
        assert row["weight"] == pytest.approx(fit.mixtures[:, topic].mean(), abs=1e-3)
        assert row["item_count"] == (fit.mixtures[:, topic] >= 0.1).sum()
        assert row["items"][0] == about.item_ids[fit.mixtures[:, topic].argmax()]
    assert set(found["method"]) == {"metm"}
    assert found["rank"].to_list() == list(range(THEMES))


def test_rows_keep_the_contracts_and_every_topic_its_own_id():
    about = material(30)
    refit = mechanistic_topics(fits(), KEPT, about, CONFIG)

    stamps = {"dataset": pl.lit("x"), "run_id": pl.lit("run")}
    TOPICS.cast(refit.topics.with_columns(**stamps))
    mixtures = MIXTURES.cast(refit.mixtures.with_columns(**stamps))
    assert refit.topics["topic_id"].n_unique() == 2 + THEMES
    assert refit.nodes.is_empty()
    totals = mixtures.select(pl.col("shares").list.sum()).to_series().to_numpy()
    empty = mixtures["item_id"] == "item000"
    assert (totals[empty.to_numpy()] == 0).all()
    np.testing.assert_allclose(totals[~empty.to_numpy()], 1, atol=1e-5)


def test_topics_of_the_same_features_stay_apart():
    alike = FeatureFit(np.full((3, len(KEPT)), 1 / len(KEPT)), np.full((30, 3), 1 / 3))
    refit = mechanistic_topics(Fits("mlda", {3: alike}), KEPT, material(30), CONFIG)
    assert refit.topics["topic_id"].n_unique() == 3


def test_a_refit_that_finds_the_same_changes_nothing():
    about = material(30)
    first = mechanistic_topics(fits(), KEPT, about, CONFIG)
    again = mechanistic_topics(fits(), KEPT, about, CONFIG, past_of(first, about))
    assert again.changes is None
    assert_frame_equal(first.topics, again.topics)
    assert_frame_equal(first.mixtures, again.mixtures)


@pytest.mark.parametrize("sae_id", ["sae", "another"])
def test_topics_that_come_back_keep_their_ids_by_features_or_by_words(sae_id):
    before, now = material(30), material(40, sae_id)
    first = mechanistic_topics(fits(), KEPT, before, CONFIG)
    if sae_id == "another":  # whose features mean something else
        first = replace(first, topics=first.topics.with_columns(features=pl.lit([0])))

    second = mechanistic_topics(fits(1, 40), KEPT, now, CONFIG, past_of(first, before))

    for count in (2, THEMES):
        old, new = (
            fit.topics.filter(topic_count=count).select("topic_id", word=pl.col("words").list[0])
            for fit in (first, second)
        )
        theme = (pl.col("word").str.slice(4).cast(pl.Int32) // 10).alias("theme")
        pairs = old.with_columns(theme).join(new.with_columns(theme), on="theme")
        assert pairs.height == count
        assert (pairs["topic_id"] == pairs["topic_id_right"]).all()


def test_topics_of_other_features_and_words_get_no_ids_of_those_before():
    before = material(30)
    first = mechanistic_topics(fits(counts=(2,)), KEPT, before, CONFIG)
    swapped = fits(counts=(2,))
    turned = FeatureFit(
        np.roll(swapped.by_count[2].weights, 2 * EACH, axis=1), swapped.by_count[2].mixtures
    )

    second = mechanistic_topics(
        Fits("metm", {2: turned}), KEPT, before, CONFIG, past_of(first, before)
    )

    assert not set(first.topics["topic_id"]) & set(second.topics["topic_id"])
    assert set(second.changes["change"]) == {"born", "died"}


def test_fits_of_other_items_or_features_are_refused():
    with pytest.raises(ContractError, match="do not fit"):
        mechanistic_topics(fits(), KEPT, material(31), CONFIG)
    with pytest.raises(ContractError, match="do not fit"):
        mechanistic_topics(fits(), KEPT[1:], material(30), CONFIG)


def test_counts_beyond_the_documents_are_what_there_are_and_progress_is_whole():
    few = planted(n_items=8, n_topics=2, per_topic=5, width=4).corpus
    told = []
    found = fit_counts(MODELS["mlda"], few, [3, 50, 60], 0, told.append)
    assert list(found.by_count) == [3, 8]
    assert sum(told) == pytest.approx(1)
