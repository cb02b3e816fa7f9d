from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from scipy import sparse

from saetm.cuts import Material
from saetm.emission.emissions import Emissions
from saetm.past import Past
from saetm.refits import fit_topics
from saetm.topics.config import TopicConfig

SEEDS = st.integers(0, 10_000)
CONFIG = TopicConfig(stored_words=10)
KMEANS = TopicConfig(stored_words=10, method="kmeans")
THEMES, EACH = 6, 5  # features 0 to 4 are of the first theme, and so on
COUNTS = (2, THEMES, 12)
quick = settings(deadline=None, max_examples=15)


def material(items, *, sae_id="sae", noise=0.0, seed=0, without=()):
    """Items 0, 1, ... hold features of one theme each; a theme has ten words of its own."""
    n_features = THEMES * EACH
    rows = [np.random.default_rng(item).dirichlet(np.ones(EACH)) for item in items]
    theta = np.zeros((len(items), n_features))
    themes = [theme for theme in range(THEMES) if theme not in without]
    for row, item in enumerate(items):
        first = EACH * themes[item % len(themes)]
        theta[row, first : first + EACH] = rows[row]
    random = np.random.default_rng(seed)
    words = np.kron(np.eye(THEMES), np.ones((EACH, 10))) / 10
    words = words * np.exp(noise * random.normal(size=words.shape))
    words /= words.sum(axis=1, keepdims=True)
    return Material(
        sae_id=sae_id,
        item_ids=[f"item{item:03d}" for item in items],
        shares=sparse.csr_array(theta.astype(np.float32)),
        weights=theta.mean(axis=0),
        item_counts=(theta > 0).sum(axis=0),
        emissions=Emissions(
            sparse.csr_array(0.9 * words.astype(np.float32)),
            np.full(n_features, 0.1),
            np.full(10 * THEMES, 1 / (10 * THEMES)),
        ),
        words=[f"word{word}" for word in range(10 * THEMES)],
    )


def vectors(seed=0, noise=0.0):
    fixed = np.random.default_rng(7)
    themes = np.repeat(fixed.normal(size=(THEMES, 8)), EACH, axis=0) * 5
    features = themes + fixed.normal(size=themes.shape)
    return features + noise * np.random.default_rng(seed).normal(size=themes.shape)


def past_of(fit, before, *, has_same_settings=True):
    return Past(
        sae_id=before.sae_id,
        has_same_settings=has_same_settings,
        item_ids=before.item_ids,
        nodes=fit.nodes,
        topics=fit.topics,
        n_features=len(before.weights),
    )


def ids(fit, count):
    return set(fit.topics.filter(topic_count=count)["topic_id"])


@pytest.mark.parametrize("config", [CONFIG, KMEANS], ids=lambda config: config.method)
@pytest.mark.parametrize("has_same_settings", [True, False])
def test_a_refit_of_the_same_items_changes_nothing(config, has_same_settings):
    before = material(range(60))
    first = fit_topics(vectors(), before, config, COUNTS)
    past = past_of(first, before, has_same_settings=has_same_settings)

    again = fit_topics(vectors(), before, config, COUNTS, past)

    assert again.changes is None
    for name in ("nodes", "topics", "mixtures"):
        assert_frame_equal(getattr(again, name), getattr(first, name), abs_tol=1e-9)


def test_most_heights_stay_where_they_were_through_a_small_refit():
    before = material(range(60))
    first = fit_topics(vectors(), before, CONFIG, COUNTS)

    refit = fit_topics(
        vectors(1, noise=0.05), material(range(62)), CONFIG, COUNTS, past_of(first, before)
    )

    merges = pl.col("left").is_not_null()
    both = first.nodes.filter(merges).join(refit.nodes.filter(merges), on="topic_id")
    ratios = (both["height_right"] / both["height"]).to_numpy()
    assert both.height > 20
    assert np.isclose(ratios, np.median(ratios)).mean() > 0.8
    assert (refit.nodes.sort("node")["height"].diff().drop_nulls() >= 0).all()


def test_a_first_fit_names_topics_by_content_and_tells_no_changes():
    first = fit_topics(vectors(), material(range(60)), CONFIG, COUNTS)
    again = fit_topics(vectors(), material(range(60)), CONFIG, COUNTS)

    assert (first.changes, first.former_share) == (None, 0.0)
    assert first.nodes["topic_id"].n_unique() == first.nodes.height
    assert_frame_equal(first.nodes, again.nodes)


@given(SEEDS)
@quick
def test_ids_stay_one_to_one_through_many_refits(seed):
    before = material(range(50))
    fit, past = fit_topics(vectors(seed), before, CONFIG, COUNTS), None
    for step in range(3):
        past = past_of(fit, before)
        before = material(range(5 * step, 55 + 5 * step), noise=0.3, seed=seed + step)
        fit = fit_topics(vectors(seed + step, noise=1.5), before, CONFIG, COUNTS, past)

        assert fit.nodes["topic_id"].n_unique() == fit.nodes.height
        assert set(fit.topics["topic_id"]) <= set(fit.nodes["topic_id"])
        shares = fit.mixtures.explode("topics", "shares", empty_as_null=False)
        assert set(shares["topics"]) <= set(fit.topics["topic_id"])


@given(SEEDS)
@quick
def test_planted_themes_keep_their_ids_when_vectors_and_words_move(seed):
    before, after = material(range(60)), material(range(66), noise=0.2, seed=seed)
    first = fit_topics(vectors(), before, CONFIG, COUNTS)

    second = fit_topics(vectors(seed, noise=0.5), after, CONFIG, COUNTS, past_of(first, before))

    assert second.former_share == pytest.approx(60 / 66)
    assert ids(second, THEMES) == ids(first, THEMES)
    features = [
        dict(fit.topics.filter(topic_count=THEMES).select("topic_id", "features").iter_rows())
        for fit in (first, second)
    ]
    assert features[0] == features[1]


@given(SEEDS)
@quick
def test_the_order_of_items_and_of_past_rows_does_not_matter(seed):
    random = np.random.default_rng(seed)
    before = material(range(60))
    first = fit_topics(vectors(), before, CONFIG, COUNTS)
    past = past_of(first, before)
    shuffled = replace(
        past,
        item_ids=list(random.permutation(past.item_ids)),
        nodes=past.nodes.sample(fraction=1.0, shuffle=True, seed=seed),
        topics=past.topics.sample(fraction=1.0, shuffle=True, seed=seed),
    )
    after = material(range(70)), vectors(seed, noise=1.0)

    one = fit_topics(after[1], after[0], CONFIG, COUNTS, past)
    other = fit_topics(after[1], after[0], CONFIG, COUNTS, shuffled)

    assert_frame_equal(one.nodes, other.nodes)
    assert_frame_equal(one.topics, other.topics)


def test_a_theme_that_arrives_is_born_and_the_others_stay():
    before, after = material(range(60), without=[5]), material(range(66))
    first = fit_topics(vectors(), before, CONFIG, [THEMES - 1])
    past = replace(past_of(first, before), topics=first.topics.with_columns(topic_count=THEMES))

    second = fit_topics(vectors(), after, CONFIG, [THEMES], past)

    (new,) = ids(second, THEMES) - ids(first, THEMES - 1)
    assert second.changes is not None
    told = second.changes.select("change", "topic_id", "relatives").rows()
    assert told == [("born", new, [])]


def test_a_theme_that_leaves_dies():
    before, after = material(range(60)), material(range(60), without=[2])
    first = fit_topics(vectors(), before, CONFIG, [THEMES])
    past = past_of(first, before, has_same_settings=False)

    second = fit_topics(vectors(), after, CONFIG, [THEMES], past)

    assert second.changes is not None
    died = second.changes.filter(change="died")
    assert died["words_lost"].list.sort().to_list() == [sorted(f"word{w}" for w in range(20, 30))]


def test_features_of_another_autoencoder_are_matched_by_words():
    before, after = material(range(60)), material(range(60), sae_id="retrained")
    first = fit_topics(vectors(), before, CONFIG, [THEMES])

    second = fit_topics(vectors()[::-1], after, CONFIG, [THEMES], past_of(first, before))

    assert second.former_share == 0
    words = [
        dict(fit.topics.select("topic_id", pl.col("words").list.sort()).iter_rows())
        for fit in (first, second)
    ]
    assert words[0] == words[1]


def test_other_settings_or_other_items_grow_a_tree_of_their_own():
    before, after = material(range(60)), material(range(100, 160))
    first = fit_topics(vectors(), before, CONFIG, COUNTS)

    shares = [
        fit_topics(vectors(), now, CONFIG, COUNTS, past).former_share
        for now, past in (
            (before, past_of(first, before, has_same_settings=False)),
            (after, past_of(first, before)),
        )
    ]

    assert shares == [0, 0]


def test_kmeans_topics_keep_their_ids():
    before, after = material(range(60)), material(range(66), noise=0.2)
    first = fit_topics(vectors(), before, KMEANS, [THEMES, 9])

    second = fit_topics(vectors(1, noise=0.3), after, KMEANS, [THEMES, 9], past_of(first, before))

    assert ids(second, THEMES) == ids(first, THEMES)
    assert len(ids(second, 9) & ids(first, 9)) >= 8


def test_ten_small_refits_count_the_first_tree_as_one_large_refit_does():
    shares = []
    for ends in ([66], range(61, 67)):
        before, product = material(range(60)), 1.0
        fit = fit_topics(vectors(), before, CONFIG, COUNTS)
        for end in ends:
            past, before = past_of(fit, before), material(range(end))
            fit = fit_topics(vectors(), before, CONFIG, COUNTS, past)
            product *= fit.former_share
        shares.append(product)

    assert shares[0] == pytest.approx(shares[1])
