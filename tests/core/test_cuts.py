from functools import partial
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from scipy import sparse

from saetm.cuts import (
    STORED_ITEMS,
    Material,
    cut_kmeans,
    cut_tree,
    describe_cut,
    grow_tree,
    mixture_rows,
    node_rows,
    tree_of,
)
from saetm.emission.emissions import Emissions, dense
from saetm.evidence import merging_vectors
from saetm.topics.config import TopicConfig

SEEDS = st.integers(0, 10_000)
CONFIG = TopicConfig(min_items=1, stored_words=6, presence_share=0.2)
quick = settings(deadline=None, max_examples=25)


def random_material(random, *, n_items=30, n_features=12, n_words=9):
    """Every item has a feature; the last feature is dead."""
    raw = random.gamma(1.0, size=(n_items, n_features))
    raw *= random.random((n_items, n_features)) < 0.3
    raw[np.arange(n_items), np.arange(n_items) % (n_features - 1)] += 0.1
    raw[:, -1] = 0.0
    theta = raw / raw.sum(axis=1, keepdims=True)
    rows = random.dirichlet(np.full(n_words, 0.3), size=n_features).astype(np.float32)
    shared = random.random(n_features)
    return Material(
        sae_id="sae",
        item_ids=[f"item{row:02d}" for row in range(n_items)],
        shares=sparse.csr_array(theta.astype(np.float32)),
        weights=theta.mean(axis=0),
        item_counts=(theta > 0).sum(axis=0),
        emissions=Emissions(
            sparse.csr_array(rows * (1 - shared)[:, None].astype(np.float32)),
            shared,
            random.dirichlet(np.ones(n_words)),
        ),
        words=[f"word{word}" for word in range(n_words)],
    )


def chance(seed, config=CONFIG, **sizes):
    random = np.random.default_rng(seed)
    material = random_material(random, **sizes)
    decoder = random.normal(size=(len(material.weights), 4))
    vectors = merging_vectors(material, decoder, config)
    return material, vectors, grow_tree(vectors, material, config)


def permuted(material, order):
    return Material(
        **{
            **vars(material),
            "item_ids": [material.item_ids[row] for row in order],
            "shares": material.shares[order],
        }
    )


@given(SEEDS, st.integers(1, 15))
@quick
def test_a_cut_conserves_all_mass(seed, count):
    material, _, tree = chance(seed)

    found = cut_tree(tree, count, material, CONFIG)

    assert found.topics["weight"].sum() == pytest.approx(1.0, abs=1e-5)
    sums = found.mixtures.select(pl.col("shares").list.sum()).to_series()
    np.testing.assert_allclose(sums.to_numpy(), 1.0, atol=1e-5)


@given(SEEDS, st.integers(1, 15))
@quick
def test_a_cut_equals_the_naive_form_topic_by_topic(seed, count):
    material, _, tree = chance(seed)
    theta, rows = material.shares.toarray().astype(np.float64), dense(material.emissions)
    said = material.emissions.words.toarray()
    p0 = material.emissions.unigram

    topics = cut_tree(tree, count, material, CONFIG).topics

    assert topics.height == min(count, tree.n_leaves)
    assert topics["rank"].to_list() == list(range(topics.height))
    for row in topics.iter_rows(named=True):
        members = row["features"]
        share = theta[:, members].sum(axis=1)
        averages = partial(np.average, axis=0, weights=material.weights[members])
        words = averages(rows[members])
        lift = np.log1p(said[members] / (p0 + 1 / len(p0)))
        agreed = averages(np.sqrt(said[members])) ** 2 * averages(lift)
        best = np.sort(agreed)[::-1][: CONFIG.stored_words]
        assert row["weight"] == pytest.approx(share.mean(), abs=1e-6)
        assert abs(row["item_count"] - (share >= CONFIG.presence_share).sum()) <= (
            np.isclose(share, CONFIG.presence_share, atol=1e-6).sum()
        )
        ids = [material.words.index(word) for word in row["words"]]
        np.testing.assert_allclose(agreed[ids], best, atol=1e-6)
        held = [words[material.words.index(word)] for word in row["words"]]
        np.testing.assert_allclose(held, row["probabilities"], atol=1e-6)
        unigram = [material.emissions.unigram[material.words.index(w)] for w in row["words"]]
        np.testing.assert_allclose(row["specificities"], np.log(held) - np.log(unigram), atol=1e-4)
        assert set(row["items"]) == {material.item_ids[item] for item in np.flatnonzero(share)}


@given(SEEDS)
@quick
def test_topics_are_ranked_by_weight_and_share_out_the_features_that_live(seed):
    material, _, tree = chance(seed)

    topics = cut_tree(tree, 5, material, CONFIG).topics

    assert topics["weight"].to_list() == sorted(topics["weight"], reverse=True)
    assert sorted(topics.explode("features")["features"]) == list(range(11))


@given(SEEDS)
@quick
def test_one_more_topic_splits_exactly_one_topic_into_two(seed):
    material, _, tree = chance(seed)
    cuts = [cut_tree(tree, count, material, CONFIG).topics for count in range(1, 12)]
    members = [dict(zip(cut["topic_id"], cut["features"].to_list(), strict=True)) for cut in cuts]

    for coarse, fine in pairwise(members):
        (gone,) = set(coarse) - set(fine)
        one, other = set(fine) - set(coarse)
        assert sorted(fine[one] + fine[other]) == coarse[gone]


@given(SEEDS)
@quick
def test_every_topic_of_every_cut_is_a_node_and_keeps_its_words(seed):
    material, _, tree = chance(seed)
    nodes = node_rows(tree, "sae")
    cuts = pl.concat(cut_tree(tree, count, material, CONFIG).topics for count in range(1, 12))

    assert set(cuts["topic_id"]) == set(nodes["topic_id"])
    described = cuts.group_by("topic_id").agg(pl.col("words", "probabilities").n_unique())
    assert described["words"].to_list() == [1] * nodes.height


@given(SEEDS)
@quick
def test_a_tree_read_back_from_shuffled_rows_cuts_equally_everywhere(seed):
    material, _, tree = chance(seed)
    rows = node_rows(tree, "sae").sample(fraction=1.0, shuffle=True, seed=seed)

    back = tree_of(rows, n_features=12)

    for count in range(1, 14):
        ours, theirs = (cut_tree(each, count, material, CONFIG) for each in (tree, back))
        assert_frame_equal(ours.topics, theirs.topics)
        assert_frame_equal(ours.mixtures, theirs.mixtures)


@pytest.mark.parametrize("n_features", [2, 3])
def test_the_smallest_trees_are_read_back(n_features):
    material, _, tree = chance(3, n_features=n_features)

    back = tree_of(node_rows(tree, "sae"), n_features=n_features)

    assert back.n_leaves == tree.n_leaves == n_features - 1
    assert_frame_equal(
        cut_tree(back, 1, material, CONFIG).topics, cut_tree(tree, 1, material, CONFIG).topics
    )


@given(SEEDS, st.integers(1, 12))
@quick
def test_the_order_of_items_does_not_matter(seed, count):
    material, _, tree = chance(seed)
    order = np.random.default_rng(seed).permutation(len(material.item_ids))

    straight = cut_tree(tree, count, material, CONFIG)
    shuffled = cut_tree(tree, count, permuted(material, order), CONFIG)

    # Items with equal shares stand in the order of rows; all else is equal up to rounding.
    assert_frame_equal(straight.topics.drop("items"), shuffled.topics.drop("items"))
    assert_frame_equal(
        straight.topics.select(pl.col("items").list.sort()),
        shuffled.topics.select(pl.col("items").list.sort()),
    )
    assert_frame_equal(straight.mixtures, shuffled.mixtures.sort("item_id"))


def test_ids_depend_on_the_autoencoder():
    _, _, tree = chance(0)

    ours, theirs = (set(node_rows(tree, sae_id)["topic_id"]) for sae_id in ("one", "other"))

    assert not ours & theirs


@given(SEEDS, st.integers(1, 20))
@quick
def test_kmeans_shares_out_every_living_feature_among_at_most_the_topics_asked_for(seed, count):
    config = CONFIG.model_copy(update={"method": "kmeans"})
    material, vectors, _ = chance(seed, config)

    found = cut_kmeans(vectors, count, material, config)

    assert found.topics.height == min(count, 11)
    assert sorted(found.topics.explode("features")["features"]) == list(range(11))
    assert found.topics["weight"].to_list() == sorted(found.topics["weight"], reverse=True)
    assert set(found.topics["method"]) == {"kmeans"}
    assert found.topics["weight"].sum() == pytest.approx(1.0, abs=1e-5)


def test_features_outside_of_all_topics_take_their_mass_with_them():
    material, _, _ = chance(0)
    labels = np.where(np.arange(12) < 3, 0, -1).astype(np.int32)

    found = describe_cut(labels, material, CONFIG)

    expected = material.shares.toarray()[:, :3].sum(axis=1)
    shares = found.mixtures.select(pl.col("shares").list.sum()).to_series().to_numpy()
    np.testing.assert_allclose(shares, expected, atol=1e-6)


def test_a_topic_keeps_its_most_representative_items_only():
    material, _, tree = chance(0, n_items=4 * STORED_ITEMS)

    found = cut_tree(tree, 2, material, CONFIG)

    shares = found.mixtures.explode("topics", "shares", empty_as_null=False)
    for topic, items in found.topics.select("topic_id", "items").iter_rows():
        every = shares.filter(topics=topic).sort("shares", descending=True)["shares"].to_list()
        kept = shares.filter(pl.col("item_id").is_in(items), topics=topic)["shares"].to_list()
        assert len(items) == STORED_ITEMS
        assert sorted(kept, reverse=True) == every[:STORED_ITEMS]


def test_mixtures_go_from_the_largest_share_to_the_smallest_and_ties_by_rank():
    mixtures = sparse.csr_array(np.array([[0.25, 0.5, 0.25], [0.0, 0.0, 0.0], [0.0, 0.0, 1.0]]))

    rows = mixture_rows(mixtures, ["heavy", "middle", "light"], ["a", "b", "c"])

    assert rows["topics"].to_list() == [["middle", "heavy", "light"], [], ["light"]]
    assert rows["shares"].to_list() == [[0.5, 0.25, 0.25], [], [1.0]]


def test_an_item_without_features_stays_with_an_empty_mixture():
    material, _, tree = chance(1)
    shares = material.shares.toarray()
    shares[7] = 0.0
    empty = Material(**{**vars(material), "shares": sparse.csr_array(shares)})

    found = cut_tree(tree, 4, empty, CONFIG)

    row = found.mixtures.row(7, named=True)
    assert (row["item_id"], row["topics"], row["shares"]) == ("item07", [], [])
    assert "item07" not in found.topics.explode("items")["items"]
    assert found.topics["weight"].sum() == pytest.approx(29 / 30, abs=1e-5)
