import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saetm.topics.former import Former, former_leaves, tree_axes
from saetm.topics.ward import ward_tree

SEEDS = st.integers(0, 10_000)
quick = settings(deadline=None, max_examples=40)


def features(seed, n_features=14, n_dimensions=3):
    random = np.random.default_rng(seed)
    return random.normal(size=(n_features, n_dimensions)), random.gamma(0.5, size=n_features) + 1e-3


def axes(tree):
    """One axis per merge, on which its two sides lie where joining them costs its height."""
    below = [{leaf} for leaf in range(tree.n_leaves)]
    points = np.zeros((tree.n_leaves, tree.n_leaves - 1))
    for merge, (left, right) in enumerate(tree.merges):
        mass, other = tree.weights[left], tree.weights[right]
        apart = np.sqrt(tree.heights[merge] * (mass + other) / (mass * other))
        points[list(below[left]), merge] = apart * other / (mass + other)
        points[list(below[right]), merge] = -apart * mass / (mass + other)
        below.append(below[left] | below[right])
    return points


@given(SEEDS, st.integers(2, 16))
@quick
def test_each_leaf_lies_on_the_axes_of_the_merges_above_it(seed, n_features):
    tree = ward_tree(*features(seed, n_features))

    np.testing.assert_allclose(tree_axes(tree).toarray(), axes(tree), atol=1e-12)


@given(SEEDS, st.integers(1, 16), st.sampled_from([0.1, 0.5, 1.0]))
@quick
def test_the_same_features_grow_the_same_tree_again(seed, n_features, share):
    vectors, weights = features(seed, n_features)
    tree = ward_tree(vectors, weights)

    again = ward_tree(vectors, weights, former=Former(tree, share))

    np.testing.assert_array_equal(again.merges, tree.merges)
    np.testing.assert_allclose(again.heights, tree.heights, atol=1e-12)


@given(SEEDS, st.sampled_from([0, 3, 256]))
@quick
def test_it_does_not_matter_how_many_axes_leaves_share(seed, shared_axes):
    vectors, weights = features(seed, 30)
    former = Former(ward_tree(*features(seed + 1, 30)), 0.5)
    expected = ward_tree(vectors, weights, former=former)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("saetm.topics.former.SHARED_AXES", shared_axes)
        tree = ward_tree(vectors, weights, former=former)

    np.testing.assert_array_equal(tree.merges, expected.merges)
    np.testing.assert_allclose(tree.heights, expected.heights)


@given(SEEDS)
@quick
def test_a_former_tree_of_full_share_is_grown_from_whatever_vectors(seed):
    vectors, weights = features(seed)
    tree = ward_tree(vectors, weights)

    moved = ward_tree(features(seed + 1)[0], weights, former=Former(tree, 1.0))

    np.testing.assert_array_equal(moved.merges, tree.merges)


@given(SEEDS)
@quick
def test_a_former_tree_of_no_share_is_forgotten(seed):
    vectors, weights = features(seed)
    other = ward_tree(*features(seed + 1))

    free = ward_tree(vectors, weights)
    forgetful = ward_tree(vectors, weights, former=Former(other, 0.0))

    np.testing.assert_array_equal(free.merges, forgetful.merges)


@given(SEEDS, st.sampled_from([1e-3, 1e3]))
@quick
def test_the_scale_of_the_vectors_does_not_matter(seed, scale):
    vectors, weights = features(seed)
    former = Former(ward_tree(*features(seed + 1)), 0.5)

    plain = ward_tree(vectors, weights, former=former)
    scaled = ward_tree(vectors * scale, weights, former=former)

    np.testing.assert_array_equal(plain.merges, scaled.merges)


def test_a_feature_that_is_new_joins_by_its_vector():
    vectors = np.array([[0.0], [1.0], [10.0], [11.0], [10.4]])
    tree = ward_tree(vectors, np.array([1.0, 1.0, 1.0, 1.0, 0.0]))

    grown = ward_tree(vectors, np.ones(5), former=Former(tree, 1.0))

    (new,) = [pair for pair in grown.merges.tolist() if 4 in pair]
    assert new in ([2, 4], [3, 4])


def test_a_leaf_stands_where_its_heaviest_feature_stood():
    tree = ward_tree(np.eye(4), np.array([1.0, 1.0, 0.0, 1.0]))
    leaf_of = np.array([0, 0, 1, 2])

    leaves = former_leaves(tree, leaf_of, np.array([1.0, 2.0, 1.0, 1.0]))

    assert leaves.tolist() == [1, -1, 2]


@pytest.mark.parametrize("share", [0.3, 0.9])
def test_features_that_are_gone_leave_the_rest_as_it_was(share):
    vectors, weights = features(3)
    tree = ward_tree(vectors, weights)
    fewer = np.where(np.arange(14) < 2, 0.0, weights)

    grown = ward_tree(vectors, fewer, former=Former(tree, share))

    assert grown.n_leaves == 12
    assert grown.weights[-1] == pytest.approx(fewer.sum())
