import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import linkage

from saetm.errors import ContractError
from saetm.topics import distances, neighbours
from saetm.topics.ward import ward_tree


def naive_ward(vectors, weights):
    """Greedy merging that looks at all pairs of all clusters at every step, O(K^3)."""
    clusters = {k: [k] for k in range(len(weights))}
    merges, heights = [], []
    for step in range(len(weights) - 1):
        cost, pair = min(
            (growth(vectors, weights, clusters[u], clusters[v]), (u, v))
            for u in clusters
            for v in clusters
            if u < v
        )
        clusters[len(weights) + step] = clusters.pop(pair[0]) + clusters.pop(pair[1])
        merges.append(pair)
        heights.append(cost)
    return np.array(merges), np.array(heights)


def growth(vectors, weights, one, other):
    return sum(
        sign * inertia(vectors[members], weights[members])
        for sign, members in ((1, one + other), (-1, one), (-1, other))
    )


def inertia(vectors, weights):
    centre = np.average(vectors, axis=0, weights=weights)
    return float(weights @ ((vectors - centre) ** 2).sum(axis=1))


def random_features(seed, n_features, n_dimensions=3):
    random = np.random.default_rng(seed)
    return random.normal(size=(n_features, n_dimensions)), random.gamma(0.5, size=n_features) + 1e-3


@given(seed=st.integers(0, 10_000), n_features=st.integers(1, 14))
@settings(max_examples=30, deadline=None)
def test_the_chain_finds_the_merges_of_the_naive_search(seed, n_features):
    vectors, weights = random_features(seed, n_features)
    merges, heights = naive_ward(vectors, weights)

    tree = ward_tree(vectors, weights)

    np.testing.assert_array_equal(tree.merges, merges.reshape(-1, 2))
    np.testing.assert_allclose(tree.heights, heights, rtol=1e-7, atol=1e-12)


def test_with_equal_weights_it_is_the_ward_linkage_of_scipy():
    vectors, _ = random_features(0, 300, 5)
    reference = linkage(vectors, method="ward")

    tree = ward_tree(vectors, np.ones(300))

    np.testing.assert_array_equal(tree.merges, reference[:, :2])
    np.testing.assert_allclose(np.sqrt(2 * tree.heights), reference[:, 2])


@given(seed=st.integers(0, 10_000), n_features=st.integers(2, 60), n_distinct=st.integers(1, 60))
@settings(max_examples=60, deadline=None)
def test_heights_never_fall_and_sum_to_the_variance_even_with_equal_vectors(
    seed, n_features, n_distinct
):
    vectors, weights = random_features(seed, n_features)
    vectors = vectors[
        np.random.default_rng(seed).integers(min(n_distinct, n_features), size=n_features)
    ]

    tree = ward_tree(vectors, weights)

    assert (np.diff(tree.heights) >= 0).all()
    assert (tree.merges < np.arange(n_features, 2 * n_features - 1)[:, None]).all()
    assert sorted(tree.merges.ravel()) == list(range(2 * n_features - 2))
    assert tree.heights.sum() == pytest.approx(inertia(vectors, weights), rel=1e-9, abs=1e-12)
    assert tree.weights[-1] == pytest.approx(weights.sum())


def test_a_heavy_feature_counts_as_so_many_light_ones_in_the_same_place():
    vectors, _ = random_features(1, 12)
    weights = np.array([3, 1, 1, 2, 1, 1, 4, 1, 1, 1, 2, 1])
    repeated = ward_tree(np.repeat(vectors, weights, axis=0), np.ones(weights.sum()))

    tree = ward_tree(vectors, weights.astype(float))

    np.testing.assert_allclose(tree.heights, repeated.heights[-11:], rtol=1e-9)


def test_a_feature_without_weight_has_no_leaf_and_changes_nothing():
    vectors, weights = random_features(2, 10)
    with_silent = np.insert(vectors, 4, 99.0, axis=0), np.insert(weights, 4, 0.0)

    tree, expected = ward_tree(*with_silent), ward_tree(vectors, weights)

    assert tree.leaf_of.tolist() == [0, 1, 2, 3, -1, 4, 5, 6, 7, 8, 9]
    np.testing.assert_array_equal(tree.merges, expected.merges)


def test_features_of_one_leaf_act_as_one_at_their_mean():
    vectors, weights = random_features(3, 8)
    leaf_of = np.array([0, 0, 1, 2, 2, 2, 3, 4])
    means = [
        np.average(vectors[leaf_of == j], axis=0, weights=weights[leaf_of == j]) for j in range(5)
    ]

    tree = ward_tree(vectors, weights, leaf_of)
    expected = ward_tree(np.array(means), np.bincount(leaf_of, weights))

    np.testing.assert_array_equal(tree.merges, expected.merges)
    np.testing.assert_allclose(tree.heights, expected.heights)


def test_two_features_at_the_same_place_far_out_merge_at_no_cost():
    vectors = np.array([[1e8, 0.0], [1e8, 0.0], [0.0, 1.0]])

    tree = ward_tree(vectors, np.ones(3))

    assert tree.merges[0].tolist() == [0, 1]
    assert tree.heights[0] == 0.0


@given(seed=st.integers(0, 10_000), most=st.integers(1, 40))
@settings(max_examples=20, deadline=None)
def test_how_many_look_for_their_nearest_at_a_time_changes_nothing(seed, most):
    vectors, weights = random_features(seed, 40)
    expected = ward_tree(vectors, weights)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(neighbours, "FEWEST", most)
        patch.setattr(distances, "BLOCK_ENTRIES", 3 * most)
        tree = ward_tree(vectors, weights)

    np.testing.assert_array_equal(tree.merges, expected.merges)
    np.testing.assert_allclose(tree.heights, expected.heights)


def test_many_features_in_few_places_far_out_all_merge():
    places = np.random.default_rng(5).normal(scale=1e8, size=(3, 5))
    vectors = np.repeat(places, 50, axis=0) / 3

    tree = ward_tree(vectors, np.random.default_rng(6).gamma(0.5, size=150) + 1e-3)

    assert tree.heights[146] < 1e-12 * tree.heights[147]


@pytest.mark.parametrize(
    ("vectors", "weights", "leaf_of"),
    [
        (np.ones((3, 2)), np.ones(4), None),
        (np.ones(3), np.ones(3), None),
        (np.full((3, 2), np.nan), np.ones(3), None),
        (np.ones((3, 2)), np.array([1.0, -1.0, 1.0]), None),
        (np.ones((3, 2)), np.zeros(3), None),
        (np.ones((3, 2)), np.ones(3), np.array([0, 1, -1])),
        (np.ones((3, 2)), np.ones(3), np.array([0, 2, 2])),
    ],
)
def test_features_that_break_the_contract_are_refused(vectors, weights, leaf_of):
    with pytest.raises(ContractError):
        ward_tree(vectors, weights, leaf_of)


@pytest.mark.slow
def test_four_thousand_features_take_seconds():
    vectors, weights = random_features(4, 4000, 200)

    assert ward_tree(vectors, weights).n_leaves == 4000
