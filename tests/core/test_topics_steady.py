from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saetm.topics import steady
from saetm.topics.cut import cut
from saetm.topics.former import Former
from saetm.topics.steady import steadied
from saetm.topics.tree import Tree
from saetm.topics.ward import ward_tree

SEEDS = st.integers(0, 10_000)
quick = settings(deadline=None, max_examples=40)


def grown(seed, n_features=20, moved=0.0):
    random = np.random.default_rng(seed)
    vectors = random.normal(size=(n_features, 3))
    weights = random.gamma(0.5, size=n_features) + 1e-3
    vectors += moved * np.random.default_rng(seed + 1).normal(size=vectors.shape)
    return vectors, weights, ward_tree(vectors, weights)


def groups(tree, count):
    labels = cut(tree, count)
    return {frozenset(np.flatnonzero(labels == topic)) for topic in range(labels.max() + 1)}


def nodes(tree):
    """Nodes by their features, with height and weight."""
    sets = [frozenset(np.flatnonzero(tree.leaf_of == leaf)) for leaf in range(tree.n_leaves)]
    for left, right in tree.merges:
        sets.append(sets[left] | sets[right])
    heights = [0.0] * tree.n_leaves + tree.heights.tolist()
    return dict(zip(sets, zip(heights, tree.weights, strict=True), strict=True))


@given(SEEDS)
@quick
def test_a_tree_steadied_by_itself_is_itself(seed):
    _, weights, tree = grown(seed)

    again = steadied(tree, tree, weights)

    np.testing.assert_array_equal(again.merges, tree.merges)
    np.testing.assert_allclose(again.heights, tree.heights)


@given(SEEDS, st.sampled_from([0.02, 0.2, 2.0]))
@quick
def test_it_is_the_same_tree_with_other_heights(seed, moved):
    _, weights, former = grown(seed)
    _, _, tree = grown(seed, moved=moved)

    found = steadied(tree, former, weights)

    before, after = nodes(tree), nodes(found)
    assert before.keys() == after.keys()
    assert all(before[node][1] == pytest.approx(after[node][1]) for node in before)
    assert (np.diff(found.heights) >= 0).all()
    assert (found.merges < np.arange(20, 39)[:, None]).all()
    cuts = [cut(found, count) for count in range(1, 21)]
    for coarse, fine in pairwise(cuts):
        assert len({*zip(fine, coarse, strict=True)}) == fine.max() + 1


@given(SEEDS, st.integers(1, 20))
@quick
def test_what_moves_within_the_band_shows_the_same_topics(seed, count):
    _, weights, former = grown(seed)
    shaken = former.heights * np.random.default_rng(seed).uniform(0.95, 1.05, 19)
    tree = steady._in_order(former, np.maximum.accumulate(shaken))

    found = steadied(tree, former, weights)

    assert groups(found, count) == groups(former, count)


@given(SEEDS)
@quick
def test_a_cost_that_has_left_the_band_is_the_height(seed):
    _, weights, tree = grown(seed)
    distant = Tree(tree.leaf_of, tree.merges, tree.heights ** np.linspace(1, 9, 19), tree.weights)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(steady, "BAND", 0.0)
        found = steadied(tree, distant, weights)

    np.testing.assert_allclose(found.heights, tree.heights)


def test_near_ties_change_places_in_the_cut_only_without_the_band():
    """Two pairs at nearly the same cost: the cheaper is merged at three topics."""
    weights = np.ones(4)
    former = ward_tree(np.array([[0.0], [1.0], [9.0], [10.05]]), weights)
    tree = ward_tree(np.array([[0.0], [1.05], [9.0], [10.0]]), weights)

    assert groups(former, 3) == {frozenset([0, 1]), frozenset([2]), frozenset([3])}
    assert groups(tree, 3) != groups(former, 3)
    assert groups(steadied(tree, former, weights), 3) == groups(former, 3)


@given(SEEDS)
@quick
def test_a_steadied_tree_grows_again_where_it_counts_fully(seed):
    _, weights, former = grown(seed)
    vectors, _, tree = grown(seed, moved=0.1)
    found = steadied(tree, former, weights)

    again = ward_tree(vectors, weights, former=Former(found, 1.0))

    relative = [each.heights / each.heights.sum() for each in (again, found)]
    np.testing.assert_allclose(*relative, rtol=1e-6)


def test_trees_of_one_leaf_have_no_heights_to_keep():
    tree = ward_tree(np.ones((1, 2)), np.ones(1))

    assert steadied(tree, tree, np.ones(1)).n_leaves == 1
