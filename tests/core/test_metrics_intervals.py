"""Intervals of scores."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saetm.errors import ContractError
from saetm.metrics.agreement import nmi, partition_estimates, purity
from saetm.metrics.intervals import mean_estimate, pair_estimate

VALUES = st.lists(st.floats(-5, 5, width=16), min_size=3, max_size=9).map(np.array)


@given(VALUES, st.integers(0, 3))
def test_the_value_is_the_mean_and_lies_within_its_interval(values, seed):
    found = mean_estimate(values, seed=seed)

    assert found.value == pytest.approx(values.mean())
    assert found.low <= found.value + 1e-9
    assert found.value <= found.high + 1e-9
    assert found.units == len(values)
    assert found == mean_estimate(values, seed=seed)


def test_intervals_of_means_hold_the_truth_as_often_as_they_say():
    rng = np.random.default_rng(0)
    found = [mean_estimate(rng.normal(3, 2, 60), seed=seed) for seed in range(200)]

    assert 0.9 <= np.mean([each.low <= 3 <= each.high for each in found]) <= 0.99


def test_intervals_over_pairs_draw_topics_for_pairs_are_not_independent():
    rng = np.random.default_rng(0)
    held, too_short = [], []
    for seed in range(60):
        places = rng.normal(0, 1, 25)
        pairs = np.abs(places[:, None] - places)
        found = pair_estimate(pairs, seed=seed)
        naive = mean_estimate(pairs[np.triu_indices(25, k=1)], seed=seed)
        truth = 2 / np.sqrt(np.pi)  # mean distance of two standard normal numbers
        held.append(found.low <= truth <= found.high)
        too_short.append(naive.low <= truth <= naive.high)

    assert np.mean(held) >= 0.88
    assert np.mean(too_short) < 0.6


def test_a_topic_drawn_twice_is_no_pair_with_itself():
    pairs = 1.0 - np.eye(5)

    found = pair_estimate(pairs)

    assert (found.value, found.low, found.high) == pytest.approx((1, 1, 1))


def test_few_units_have_no_interval():
    assert mean_estimate(np.array([1.0, 2.0])).low is None
    assert pair_estimate(np.array([[0.0, 2.0], [2.0, 0.0]])).value == 2.0
    assert pair_estimate(np.zeros((1, 1))).value == 0.0


@pytest.mark.parametrize("values", [np.empty(0), np.array([1.0, np.nan])])
def test_nothing_and_what_is_not_finite_are_refused(values):
    with pytest.raises(ContractError):
        mean_estimate(values)


@settings(max_examples=20)
@given(st.lists(st.tuples(st.integers(-1, 2), st.integers(0, 2)), min_size=1, max_size=25))
def test_partitions_keep_their_values_and_get_intervals_around_them(pairs):
    labels, groups = (np.array(each) for each in zip(*pairs, strict=True))

    found = partition_estimates(labels, groups)

    assert found["nmi"].value == nmi(labels, groups)
    assert found["purity"].value == purity(labels, groups)
    for each in found.values():
        assert each.low - 1e-9 <= each.value <= each.high + 1e-9
        assert each.units == len(pairs)


def test_intervals_of_partitions_are_those_of_items_drawn_one_by_one():
    rng = np.random.default_rng(0)
    groups = rng.integers(0, 4, 400)
    labels = np.where(rng.random(400) < 0.6, groups, rng.integers(0, 4, 400))
    draws = rng.integers(0, 400, (300, 400))

    found = partition_estimates(labels, groups)

    for name, score in {"nmi": nmi, "purity": purity}.items():
        spread = np.std([score(labels[drawn], groups[drawn]) for drawn in draws])
        width = found[name].high - found[name].low
        assert width == pytest.approx(2 * 1.96 * spread, rel=0.25)
