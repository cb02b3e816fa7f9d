"""The gap bounds what is left to gain, and closes."""

from dataclasses import replace
from itertools import islice, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saetm.crew import Crew
from saetm.emission.certificate import certify, penalty
from saetm.emission.config import EmissionConfig
from saetm.emission.layout import Estimate
from saetm.emission.passes import climb
from saetm.emission.problem import build_problem
from tests.core.planted_words import planted_words


def problem(seed):
    world = planted_words(n_items=30, n_features=5, n_words=12, length=15, seed=seed)
    return build_problem(world.theta, world.counts, EmissionConfig(), Crew(1))


def even_start(posed):
    return Estimate(np.zeros(len(posed.columns.feature)), np.ones(posed.n_features))


def objective(posed, sweep, prior):
    return sweep.tally.seen_log + penalty(posed, sweep.estimate, prior=prior)


def sweeps(posed, prior, stops):
    wanted = set(stops)
    climbing = islice(climb(posed, even_start(posed), prior=prior), max(stops) + 1)
    return [kept(sweep) for passes, sweep in enumerate(climbing) if passes in wanted]


def kept(sweep):
    """Copy what the next sweep overwrites."""
    words = sweep.estimate.words.copy()
    estimate = sweep.estimate._replace(words=words)
    return replace(sweep, estimate=estimate, gradient=sweep.gradient.copy())


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000), prior=st.sampled_from([0.0, 0.5, 10.0]))
def test_the_gap_bounds_the_gain_that_is_left(seed, prior):
    posed = problem(seed)
    *early, last = sweeps(posed, prior, [0, 1, 2, 5, 20, 100, 1000])
    best = objective(posed, last, prior)

    for sweep in early:
        left = best - objective(posed, sweep, prior)
        assert certify(posed, sweep, prior=prior).gap >= left - 1e-9


@pytest.mark.parametrize("prior", [0.0, 0.5, 10.0])
def test_the_gap_shrinks_to_zero_as_passes_converge(prior):
    posed = problem(1)

    gaps = [
        certify(posed, sweep, prior=prior).gap_per_word
        for sweep in sweeps(posed, prior, [0, 3, 10, 30, 300])
    ]

    assert all(later < earlier for earlier, later in pairwise(gaps))
    assert 0 <= gaps[-1] < 1e-4


def test_the_gap_names_the_features_that_are_far_from_done():
    posed = problem(2)
    (done,) = sweeps(posed, 5.0, [1000])
    words, share = done.estimate.words.copy(), done.estimate.prior_share.copy()
    words[posed.columns.feature == 3] = 0.0
    share[3] = 1.0

    disturbed = next(climb(posed, Estimate(words, share), prior=5.0))

    assert np.argmax(certify(posed, disturbed, prior=5.0).feature_gaps) == 3


def test_the_gradient_is_the_slope_of_the_log_likelihood():
    posed = problem(3)
    (sweep,) = sweeps(posed, 1.0, [2])
    step = 1e-6

    for place in (0, 17, len(sweep.gradient) - 1):
        words = sweep.estimate.words.copy()
        words[place] += step
        moved = next(climb(posed, Estimate(words, sweep.estimate.prior_share), prior=1.0))
        rise = moved.tally.seen_log - sweep.tally.seen_log
        assert rise / step == pytest.approx(sweep.gradient[place], rel=1e-3)


def test_the_penalty_is_the_divergence_of_the_rows_from_even_ones():
    posed = problem(4)
    (sweep,) = sweeps(posed, 2.0, [3])
    columns, (words, share) = posed.columns, sweep.estimate
    word = np.repeat(np.arange(12), np.diff(columns.start).astype(int))
    matrix = np.tile(share / 12, (12, 1))
    matrix[word, columns.feature] += words

    divergence = -np.log(12 * matrix).sum() / 12
    assert penalty(posed, sweep.estimate, prior=2.0) == pytest.approx(-2.0 * divergence)
    assert np.bincount(columns.feature, weights=words) + share == pytest.approx(1)
