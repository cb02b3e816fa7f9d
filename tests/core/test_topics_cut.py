import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saetm.errors import ContractError
from saetm.topics.config import TopicConfig
from saetm.topics.cut import by_weight, cut, cut_nodes, node_ids, topic_id
from saetm.topics.kmeans import kmeans_topics
from saetm.topics.leaves import feature_leaves
from saetm.topics.ward import ward_tree

FIRM = TopicConfig(min_items=5, max_leaves=100)


def random_tree(seed, n_features):
    random = np.random.default_rng(seed)
    weights = random.gamma(0.5, size=n_features) * (random.random(n_features) < 0.9)
    weights[0] = 1.0
    return ward_tree(random.integers(-3, 4, (n_features, 2)), weights), weights


def replayed(tree, n_topics):
    """Join leaves merge by merge and return the groups of features that are left."""
    groups = {leaf: set(np.flatnonzero(tree.leaf_of == leaf)) for leaf in range(tree.n_leaves)}
    for step in range(max(tree.n_leaves - n_topics, 0)):
        left, right = tree.merges[step]
        groups[tree.n_leaves + step] = groups.pop(left) | groups.pop(right)
    return {frozenset(group) for group in groups.values()}


def groups_of(labels):
    return {frozenset(np.flatnonzero(labels == topic)) for topic in range(labels.max() + 1)}


@given(seed=st.integers(0, 10_000), n_features=st.integers(1, 40), n_topics=st.integers(1, 50))
@settings(deadline=None)
def test_a_cut_replays_the_merges(seed, n_features, n_topics):
    tree, weights = random_tree(seed, n_features)

    labels = cut(tree, n_topics)

    assert groups_of(labels) == replayed(tree, n_topics)
    assert ((labels >= 0) == (weights > 0)).all()
    assert labels.max() + 1 == min(n_topics, tree.n_leaves)


@given(seed=st.integers(0, 10_000), n_features=st.integers(2, 40), n_topics=st.integers(1, 40))
@settings(deadline=None)
def test_cuts_nest(seed, n_features, n_topics):
    tree, _ = random_tree(seed, n_features)
    coarse, fine = groups_of(cut(tree, n_topics)), groups_of(cut(tree, n_topics + 1))

    assert all(any(small <= large for large in coarse) for small in fine)


@given(seed=st.integers(0, 10_000), n_features=st.integers(1, 40), n_topics=st.integers(1, 40))
@settings(deadline=None)
def test_topics_come_heaviest_first(seed, n_features, n_topics):
    tree, weights = random_tree(seed, n_features)
    labels, nodes = cut(tree, n_topics), cut_nodes(tree, n_topics)
    held = labels >= 0

    summed = np.bincount(labels[held], weights[held])

    np.testing.assert_allclose(tree.weights[nodes], summed)
    assert (np.diff(tree.weights[nodes]) <= 0).all()


def test_a_node_has_the_id_of_its_features_at_every_cut():
    tree, _ = random_tree(0, 30)
    ids = node_ids(tree, salt="sae")

    for n_topics in (1, 2, 5, 12, 100):
        labels = cut(tree, n_topics)
        nodes = cut_nodes(tree, n_topics)
        expected = [topic_id(np.flatnonzero(labels == t), salt="sae") for t in range(len(nodes))]

        assert [ids[node] for node in nodes] == expected


def test_an_id_is_short_stable_and_depends_on_features_and_salt():
    ids = [topic_id(np.array(f), salt=s) for f, s in (([1, 2], "a"), ([1, 2], "b"), ([1, 3], "a"))]

    assert len(set(ids)) == 3
    assert topic_id(np.array([2, 1], dtype=np.int32), salt="a") == ids[0] == "tce89424e66"


def test_no_topic_at_all_is_refused():
    with pytest.raises(ContractError, match="n_topics"):
        cut(random_tree(0, 5)[0], 0)


def test_renumbering_keeps_the_groups_and_orders_them_by_weight():
    labels = np.array([0, 1, -1, 1, 2, 0], dtype=np.int32)

    ordered = by_weight(labels, np.array([1.0, 2.0, 9.0, 2.0, 1.0, 0.0]))

    assert ordered.tolist() == [1, 0, -1, 0, 2, 1]


def planted_features(seed):
    random = np.random.default_rng(seed)
    theme = np.repeat(np.arange(6), 30)
    vectors = random.normal(size=(6, 8))[theme] * 20 + random.normal(size=(180, 8))
    return vectors, random.gamma(1.0, size=180), theme


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_tree_and_kmeans_both_recover_planted_themes(seed):
    vectors, weights, theme = planted_features(seed)

    by_tree = cut(ward_tree(vectors, weights), 6)
    by_means = kmeans_topics(vectors, weights, n_topics=6, seed=seed)

    assert groups_of(by_tree) == groups_of(by_means) == groups_of(theme)


def test_kmeans_gives_the_same_topics_for_the_same_seed_and_never_more_than_vectors():
    vectors, weights, _ = planted_features(0)
    vectors[:, :] = vectors[np.arange(180) % 4]
    weights[7] = 0.0

    labels = kmeans_topics(vectors, weights, n_topics=10, seed=3)

    assert labels[7] == -1
    assert labels.max() == 3
    np.testing.assert_array_equal(labels, kmeans_topics(vectors, weights, n_topics=10, seed=3))


def test_a_rare_feature_lives_in_the_leaf_of_the_nearest_firm_one():
    vectors = np.array([[0.0], [10.0], [9.0], [1.0], [5.1], [2.0]])
    weights = np.array([1.0, 1.0, 1.0, 1.0, 1.0, 0.0])

    leaves = feature_leaves(vectors, weights, np.array([9, 9, 1, 2, 9, 9]), FIRM)

    assert leaves.tolist() == [0, 1, 1, 0, 2, -1]


def test_where_all_features_are_rare_each_has_a_leaf():
    leaves = feature_leaves(np.eye(3), np.ones(3), np.ones(3, dtype=int), FIRM)

    assert leaves.tolist() == [0, 1, 2]


def test_beyond_max_leaves_micro_topics_form_the_leaves():
    vectors, weights, theme = planted_features(0)

    leaves = feature_leaves(vectors, weights, np.full(180, 9), TopicConfig(max_leaves=40))
    labels = cut(ward_tree(vectors, weights, leaves), 6)

    assert sorted(set(leaves)) == list(range(40))
    assert groups_of(labels) == groups_of(theme)
