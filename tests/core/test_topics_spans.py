import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saetm.topics import spans
from saetm.topics.spans import overlaps, spans_of_labels, spans_of_tree
from saetm.topics.tree import Tree

SEEDS = st.integers(0, 10_000)
quick = settings(deadline=None, max_examples=60)


def random_tree(random, n_leaves, n_features):
    """Leaves with one feature or several, some features in none; merges of chance."""
    leaf_of = np.full(n_features, -1, dtype=np.int32)
    placed = random.permutation(n_features)
    leaf_of[placed[:n_leaves]] = np.arange(n_leaves)
    more = placed[n_leaves : n_leaves + (n_features - n_leaves) // 2]
    leaf_of[more] = random.integers(0, n_leaves, size=len(more))
    alive, merges = list(range(n_leaves)), []
    for step in range(n_leaves - 1):
        pair = sorted(alive.pop(random.integers(len(alive))) for _ in range(2))
        merges.append(pair)
        alive.append(n_leaves + step)
    return Tree(
        leaf_of,
        np.array(merges, dtype=np.int32).reshape(-1, 2),
        np.arange(n_leaves - 1.0),
        np.ones(2 * n_leaves - 1),
    )


def members(tree):
    groups = [set(np.flatnonzero(tree.leaf_of == leaf)) for leaf in range(tree.n_leaves)]
    for left, right in tree.merges:
        groups.append(groups[left] | groups[right])
    return groups


def naive(old, new, weights, least):
    found = {}
    for row, one in enumerate(old):
        for column, other in enumerate(new):
            likeness = weights[list(one & other)].sum() / weights[list(one | other)].sum()
            if likeness >= least:
                found[row, column] = likeness
    return found


@given(SEEDS, st.integers(1, 12), st.integers(1, 12), st.sampled_from([0.1, 0.37, 0.5, 0.9]))
@quick
def test_overlaps_are_those_of_all_pairs(seed, n_old, n_new, least):
    random = np.random.default_rng(seed)
    old, new = random_tree(random, n_old, 14), random_tree(random, n_new, 14)
    weights = random.gamma(0.5, size=14) + 1e-6

    found = overlaps(spans_of_tree(old), spans_of_tree(new), weights, least=least)

    expected = naive(members(old), members(new), weights, least)
    pairs = dict(zip(zip(found.old, found.new, strict=True), found.likeness, strict=True))
    assert pairs == pytest.approx(expected)


def test_blocks_do_not_change_what_is_found(monkeypatch):
    random = np.random.default_rng(0)
    old, new = (spans_of_tree(random_tree(random, 40, 60)) for _ in range(2))
    weights = random.gamma(0.5, size=60) + 1e-6

    whole = overlaps(old, new, weights, least=0.3)
    monkeypatch.setattr(spans, "BLOCK_ROWS", 3)
    parts = overlaps(old, new, weights, least=0.3)

    for name in ("old", "new", "likeness"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(parts, name))


def test_of_very_many_similar_groups_the_most_similar_are_kept(monkeypatch):
    monkeypatch.setattr(spans, "CANDIDATES", 2)
    chain = [[0, 1], *([node, 8 + node - 2] for node in range(2, 8))]
    tree = Tree(np.arange(8), np.array(chain), np.arange(7.0), np.ones(15))

    found = overlaps(spans_of_tree(tree), spans_of_tree(tree), np.ones(8), least=0.1)

    assert np.bincount(found.old).max() == 2
    assert all(found.likeness[found.old == found.new] == 1)
    assert set(found.old[found.old == found.new]) == set(range(15))


def test_topics_of_a_cut_are_groups_too():
    old, new = np.array([0, 0, 1, -1]), np.array([1, 1, 1, 0])

    found = overlaps(spans_of_labels(old), spans_of_labels(new), np.ones(4), least=0.2)

    assert list(zip(found.old, found.new, strict=True)) == [(0, 1), (1, 1)]
    np.testing.assert_allclose(found.likeness, [2 / 3, 1 / 3])


def test_groups_without_weight_are_like_nothing():
    labels = np.array([0, 1])

    found = overlaps(
        spans_of_labels(labels), spans_of_labels(labels), np.array([0.0, 1.0]), least=0.5
    )

    assert (found.old.tolist(), found.new.tolist()) == ([1], [1])
