"""Trends on planted curves: what moved is found, what did not is left alone, at stated rates."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import xlogy

from saetm.trends.curves import curves, dispersion
from saetm.trends.segments import false_alarms, penalty_at, segment
from saetm.trends.shapes import RATE, shapes
from tests.core.planted_trends import planted_sums

PERIODS, ITEMS = 24, 60


def steady(seed, n_topics=20):
    shares = np.geomspace(0.002, 0.08, n_topics)[:, None]
    truth = np.repeat(shares, PERIODS, axis=1)
    return truth, planted_sums(truth, np.full(PERIODS, ITEMS), seed=seed)


def test_steady_topics_are_said_to_move_no_more_often_than_stated():
    runs = [shapes(steady(seed)[1]) for seed in range(40)]

    alarms = sum(any(each.direction != "steady" for each in run) for run in runs)
    p = np.array([each.p for run in runs for each in run])
    assert alarms <= 6  # 40 runs at a rate of 5 %: more than 6 with a probability of 1 %
    assert (p <= 0.05).mean() <= 0.06
    assert (p <= 0.01).mean() <= 0.015
    assert all(not each.changes for run in runs for each in run if each.direction == "steady")


def test_periods_that_differ_by_more_than_their_items_are_no_change():
    random = np.random.default_rng(0)
    alarms = 0
    for seed in range(20):
        shocks = np.exp(0.8 * random.standard_normal((10, 40)))
        truth = np.full((10, 40), 0.05) * shocks.clip(max=5)
        found = shapes(planted_sums(truth, np.full(40, 100), seed=seed))
        alarms += sum(each.direction != "steady" for each in found)
    assert alarms <= 0.05 * 200


def test_intervals_hold_what_was_planted_as_often_as_they_say():
    held, empty = [], []
    for seed in range(20):
        truth, sums = steady(seed)
        found = curves(sums)
        inside = (found.low <= truth) & (truth <= found.high)
        held.append(inside.mean())
        empty.extend(inside[sums.totals == 0])
    assert 0.93 <= np.mean(held) <= 0.97
    assert np.mean(empty) > 0.9  # where the topic is nowhere, an interval still says how sure


def planted_moves():
    at = np.arange(PERIODS)
    return {
        "t0": np.where(at < 10, 0.02, 0.09),  # a step
        "t1": np.linspace(0.09, 0.01, PERIODS),  # a slope
        "t2": np.where((at >= 8) & (at < 16), 0.09, 0.02),  # there and back
        "t3": np.where(at < 17, 0.0, 0.05),  # new
        "t4": np.full(PERIODS, 0.05),
        "t5": np.full(PERIODS, 0.01),
    }


@pytest.mark.parametrize("seed", range(3))
def test_planted_moves_are_found_where_they_are(seed):
    truth = np.array(list(planted_moves().values()))
    sums = planted_sums(truth, np.full(PERIODS, 150), seed=seed)

    step, slope, back, new, *still = shapes(sums)

    kinds = [each.direction for each in (step, slope, back, new)]
    assert kinds == ["rising", "falling", "other", "rising"]
    assert [each.direction for each in still] == ["steady"] * 2
    assert step.changes == pytest.approx((10,), abs=1)
    assert step.levels == pytest.approx((0.02, 0.09), abs=0.015)
    assert back.changes == pytest.approx((8, 16), abs=1)
    assert new.new_since == pytest.approx(17, abs=1)
    assert new.first_seen >= 17
    assert [each.new_since for each in (step, slope, back)] == [None] * 3
    assert slope.slope == pytest.approx(-0.08 / 23, rel=0.2)
    assert all(each.q <= RATE for each in (step, slope, back, new))


def test_few_periods_are_told_apart_by_their_items():
    truth = np.array([[0.02, 0.05, 0.1], [0.05, 0.05, 0.05]])
    rising, still = shapes(planted_sums(truth, np.full(3, 400), seed=0))

    assert (rising.direction, still.direction) == ("rising", "steady")


@pytest.mark.parametrize("n_periods", [1, 2])
def test_a_single_period_has_no_trend(n_periods):
    truth = np.full((2, n_periods), 0.05)
    found = shapes(planted_sums(truth, np.full(n_periods, 50), seed=0))

    assert [each.direction for each in found] == ["steady"] * 2
    assert all(0 <= each.q <= 1 for each in found)


def log_likelihood(sizes, totals):
    mean = totals.sum() / sizes.sum()
    return 2 * sizes.sum() * (xlogy(mean, mean) + xlogy(1 - mean, 1 - mean))


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(1, 30), st.floats(0, 1)), min_size=2, max_size=7))
def test_the_best_cuts_are_the_best_of_all(periods):
    sizes = np.array([size for size, _ in periods], dtype=float)
    totals = sizes * np.array([share for _, share in periods])
    found = segment(sizes, totals)

    whole = log_likelihood(sizes, totals)
    for n_cuts, (gain, cuts) in enumerate(zip(found.gains, found.cuts, strict=True), 1):
        gains = {
            each: sum(
                log_likelihood(sizes[a:b], totals[a:b])
                for a, b in zip((0, *each), (*each, len(sizes)), strict=True)
            )
            - whole
            for each in combinations(range(1, len(sizes)), n_cuts)
        }
        assert gain == pytest.approx(max(gains.values()), abs=1e-6)
        assert gains[cuts] == pytest.approx(gain, abs=1e-6)


@given(st.integers(2, 300), st.floats(1e-6, 0.5))
def test_the_penalty_is_the_least_with_its_rate(n_places, level):
    penalty = penalty_at(level, n_places)

    assert false_alarms(penalty, n_places) <= level * (1 + 1e-5)
    if penalty > 0:
        assert false_alarms(penalty - 1e-3, n_places) > level


def test_a_long_series_is_looked_at_in_steps():
    sizes, totals = np.full(1500, 20.0), np.r_[np.full(900, 1.0), np.full(600, 4.0)]

    assert segment(sizes, totals).cuts[0][0] == pytest.approx(900, abs=4)


def test_shares_that_vary_less_than_coins_have_narrower_intervals():
    truth = np.full((2, 10), 0.2)
    coins = planted_sums(truth, np.full(10, 100), seed=0, mass=(1e6, 1.0))
    smooth = planted_sums(truth, np.full(10, 100), seed=0, mass=(8.0, 12.0))

    assert dispersion(coins) == pytest.approx(1, abs=0.01)
    assert (dispersion(smooth) < 0.6).all()
    wide, narrow = (curves(each).high - curves(each).low for each in (coins, smooth))
    assert narrow.mean() < 0.8 * wide.mean()
