from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saetm import counting
from saetm.counting import TopicCounts, count_topics, no_counts
from saetm.errors import ContractError
from saetm.tables import ACTIVATIONS

SEEDS = st.integers(0, 10_000)
GROUPS = ["spring", "summer", "winter"]
N_FEATURES, SHARE = 12, 0.2
quick = settings(deadline=None, max_examples=30)


def chance(seed, n_items=25):
    """Items with no active feature to five, of a known group, another one or none."""
    random = np.random.default_rng(seed)
    counts = random.integers(0, 6, n_items)
    features = [sorted(random.permutation(N_FEATURES)[:count].tolist()) for count in counts]
    rows = pl.DataFrame(
        {
            "features": features,
            "activations": [random.gamma(1.0, size=count).tolist() for count in counts],
            "group": random.choice([*GROUPS, "elsewhere", None], n_items).tolist(),
        },
        schema={
            "features": ACTIVATIONS.schema["features"],
            "activations": ACTIVATIONS.schema["activations"],
            "group": pl.String(),
        },
    )
    labels = np.append(random.integers(-1, 4, N_FEATURES - 1), 3)
    return rows, labels


def naive(rows, labels, groups):
    """Count as one would by hand: item by item, feature by feature."""
    counts = no_counts(len(groups), max(labels) + 1)
    for features, activations, name in rows.iter_rows():
        if name not in groups:
            continue
        group, shares = groups.index(name), {}
        for feature, activation in zip(features, activations, strict=True):
            if labels[feature] >= 0:
                share = activation / sum(activations)
                shares[labels[feature]] = shares.get(labels[feature], 0.0) + share
        counts.item_count[group] += 1
        for topic, share in shares.items():
            counts.mass[group, topic] += share
            counts.present[group, topic] += share >= SHARE
        seen = [topic for topic, share in shares.items() if share >= SHARE]
        if seen:
            counts.first[group, min(seen)] += 1
    return counts


def assert_equal(one, other):
    for name in ("item_count", "present", "first"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    np.testing.assert_allclose(one.mass, other.mass, atol=1e-5)


@given(SEEDS)
@quick
def test_counts_are_those_of_a_loop_over_items_and_features(seed):
    rows, labels = chance(seed)

    found = count_topics([rows], labels, presence_share=SHARE, groups=GROUPS)

    assert_equal(found, naive(rows, labels, GROUPS))


@given(SEEDS, st.lists(st.integers(0, 25), max_size=5), st.integers(1, 30))
@quick
def test_any_division_into_blocks_gives_the_same_counts(seed, cuts, block_rows):
    rows, labels = chance(seed)
    whole = count_topics([rows], labels, presence_share=SHARE, groups=GROUPS)
    edges = [0, *sorted(cuts), rows.height]
    blocks = [rows[start:stop] for start, stop in pairwise(edges)]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(counting, "BLOCK_ROWS", block_rows)
        found = count_topics(reversed(blocks), labels, presence_share=SHARE, groups=GROUPS)

    assert_equal(found, whole)


@given(SEEDS)
@quick
def test_without_groups_all_items_are_one(seed):
    rows, labels = chance(seed)

    found = count_topics([rows], labels, presence_share=SHARE)

    assert_equal(found, naive(rows.with_columns(group=pl.lit("all")), labels, ["all"]))


@given(SEEDS)
@quick
def test_shares_are_shares(seed):
    rows, labels = chance(seed)

    found = count_topics([rows], labels, presence_share=SHARE, groups=GROUPS)

    held = found.mass.sum(axis=0) > 0
    np.testing.assert_allclose(found.composition.sum(axis=0), held)
    np.testing.assert_allclose(found.mass_share.sum(), held.any())
    assert (found.profile.sum(axis=1) <= 1 + 1e-6).all()
    assert (np.diff(found.coverage) >= 0).all()
    assert (found.coverage >= found.prevalence - 1e-12).all()
    assert found.coverage[-1] <= 1


def test_features_of_a_made_up_collection_are_counted():
    rows = pl.DataFrame(
        {
            "features": [[0, 1], [1], [0, 2], []],
            "activations": [[3.0, 1.0], [2.0], [0.1, 0.9], []],
            "group": ["a", "a", "b", "b"],
        },
        schema_overrides={"features": pl.List(pl.Int32), "activations": pl.List(pl.Float32)},
    )

    found = count_topics([rows], np.arange(3), presence_share=0.25, groups=["a", "b"])

    np.testing.assert_allclose(found.prevalence, [0.25, 0.5, 0.25])
    np.testing.assert_allclose(found.coverage, [0.25, 0.5, 0.75])
    np.testing.assert_allclose(found.mass_share, np.array([0.85, 1.25, 0.9]) / 3, atol=1e-6)
    np.testing.assert_allclose(found.composition[0], [0.75 / 0.85, 1.0, 0.0], atol=1e-6)
    np.testing.assert_allclose(found.profile[1], [0.05, 0.0, 0.45], atol=1e-6)


def test_no_items_have_no_shares():
    found = count_topics([], np.arange(2), presence_share=0.1, groups=["a"])

    for shares in (found.prevalence, found.coverage, found.mass_share, found.composition):
        assert not shares.any()
    assert isinstance(found + found, TopicCounts)


def test_a_feature_without_a_label_is_refused():
    rows, labels = chance(0)

    with pytest.raises(ContractError, match="outside"):
        count_topics([rows], labels[:3], presence_share=0.1)
