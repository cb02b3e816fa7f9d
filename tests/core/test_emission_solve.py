"""The solver against planted truth, a naive dense form, and the laws it must keep."""

from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from saetm.crew import Crew
from saetm.emission.certificate import penalty
from saetm.emission.config import EmissionConfig
from saetm.emission.emissions import dense
from saetm.emission.layout import Estimate
from saetm.emission.passes import climb
from saetm.emission.problem import build_problem
from saetm.emission.solve import solve
from saetm.errors import ContractError
from tests.core.planted_words import planted_words


def fixed(*, prior=2.0, passes=4, **changes):
    return EmissionConfig(prior=prior, passes=passes, heldout_share=0, **changes)


def small(seed):
    return planted_words(n_items=40, n_features=6, n_words=15, length=12, seed=seed)


def naive(theta, counts, *, prior, passes, pi=0.3):
    theta, counts = theta.toarray(), counts.toarray()
    unigram = counts.sum(0) / counts.sum()
    df = (counts > 0).sum(0)
    idf = np.log(len(counts) / np.maximum(df, 1))
    idf = np.where(df > 0, np.maximum(idf / idf[df > 0].max(), 0.01), 1)
    emissions = np.full((theta.shape[1], len(unigram)), 1 / len(unigram))
    for _ in range(passes):
        q = (1 - pi) * theta @ emissions + pi * unigram
        ratio = np.divide(idf * counts, q, out=np.zeros_like(q), where=counts > 0)
        emissions = prior / len(unigram) + emissions * ((1 - pi) * theta.T @ ratio)
        emissions /= emissions.sum(1, keepdims=True)
    return emissions


@pytest.mark.parametrize("prior", [0.0, 0.5, 30.0])
@pytest.mark.parametrize("passes", [1, 7])
def test_sparse_passes_equal_the_naive_dense_form(prior, passes):
    world = small(3)

    fit = solve(world.theta, world.counts, fixed(prior=prior, passes=passes))

    expected = naive(world.theta, world.counts, prior=prior, passes=passes)
    np.testing.assert_allclose(dense(fit.emissions), expected, atol=1e-7)


def test_a_planted_matrix_is_recovered_with_enough_words():
    world = planted_words(n_items=3000, n_features=12, n_words=40, length=300, seed=1)

    fit = solve(world.theta, world.counts, EmissionConfig(idf_weighting=False))

    total_variation = 0.5 * np.abs(dense(fit.emissions) - world.emissions).sum(1)
    assert total_variation.max() < 0.04


def test_more_words_bring_the_estimate_closer_to_the_planted_matrix():
    def distance(n_items):
        world = planted_words(n_items=n_items, n_features=8, n_words=30, seed=5)
        fit = solve(world.theta, world.counts, EmissionConfig(idf_weighting=False))
        return np.abs(dense(fit.emissions) - world.emissions).sum(1).mean()

    assert distance(2000) < 0.5 * distance(60)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    prior=st.sampled_from([0.0, 0.3, 20.0]),
    idf=st.booleans(),
)
def test_every_row_is_a_distribution(seed, prior, idf):
    world = small(seed)

    rows = dense(solve(world.theta, world.counts, fixed(prior=prior, idf_weighting=idf)).emissions)

    assert rows.min() >= 0
    np.testing.assert_allclose(rows.sum(1), 1, atol=1e-6)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), prior=st.sampled_from([0.0, 0.3, 20.0]))
def test_no_pass_lowers_the_penalised_likelihood(seed, prior):
    world = small(seed)
    problem = build_problem(world.theta, world.counts, fixed(), Crew(1))
    even = Estimate(np.zeros(len(problem.columns.feature)), np.ones(6))  # in double precision

    objective = [
        sweep.tally.seen_log + penalty(problem, sweep.estimate, prior=prior)
        for sweep in islice(climb(problem, even, prior=prior), 25)
    ]

    assert np.diff(objective).min() >= -1e-9
    assert objective[-1] > objective[0] + 1.0


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), order=st.integers(0, 10_000))
def test_the_order_of_items_and_features_does_not_matter(seed, order):
    world = small(seed)
    rng = np.random.default_rng(order)
    items, features = rng.permutation(40), rng.permutation(6)

    straight = dense(solve(world.theta, world.counts, fixed()).emissions)
    shuffled = solve(world.theta[items][:, features], world.counts[items], fixed()).emissions

    np.testing.assert_allclose(dense(shuffled), straight[features], atol=1e-7)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), factor=st.integers(2, 9))
def test_scaling_counts_and_prior_together_changes_nothing(seed, factor):
    world = small(seed)

    once = solve(world.theta, world.counts, fixed(prior=2.0))
    scaled = solve(world.theta, factor * world.counts, fixed(prior=2.0 * factor))

    np.testing.assert_allclose(dense(scaled.emissions), dense(once.emissions), atol=1e-7)
    np.testing.assert_allclose(scaled.curve, once.curve, rtol=1e-7)
    assert scaled.certificate.gap == pytest.approx(factor * once.certificate.gap, rel=1e-4)


def test_items_without_words_change_nothing():
    world = small(2)
    theta = sparse.vstack([world.theta, world.theta[:3]], format="csr")
    counts = sparse.vstack([world.counts, sparse.csr_array((3, 15))], format="csr")

    longer = solve(theta, counts, fixed())

    expected = dense(solve(world.theta, world.counts, fixed()).emissions)
    np.testing.assert_allclose(dense(longer.emissions), expected, atol=1e-7)


def test_an_item_without_features_is_explained_by_the_unigram_alone():
    counts = sparse.csr_array([[2.0, 1.0, 1.0]])

    fit = solve(sparse.csr_array((1, 4)), counts, fixed(passes=1))

    unigram = np.array([0.5, 0.25, 0.25])
    np.testing.assert_allclose(dense(fit.emissions), np.full((4, 3), 1 / 3))
    assert fit.curve[0] == pytest.approx(unigram @ np.log(unigram))


def test_features_never_seen_are_even_whatever_the_prior():
    world = small(4)
    theta = sparse.hstack([world.theta, sparse.csr_array((40, 2))], format="csr")

    for prior in (0.0, 5.0):
        emissions = solve(theta, world.counts, fixed(prior=prior)).emissions

        np.testing.assert_array_equal(emissions.prior_share[6:], 1.0)
        np.testing.assert_allclose(dense(emissions, [6, 7]), np.full((2, 15), 1 / 15))
        assert emissions.prior_share[:6].max() < 1


@pytest.mark.parametrize("n_items", [1, 2, 20])
def test_small_corpora_are_solved_with_every_choice_left_open(n_items):
    world = planted_words(n_items=n_items, n_features=5, n_words=30, length=8, seed=n_items)

    fit = solve(world.theta, world.counts, EmissionConfig())

    rows = dense(fit.emissions)
    np.testing.assert_allclose(rows.sum(1), 1, atol=1e-6)
    assert np.isfinite(fit.curve).all()
    assert np.isfinite(fit.certificate.gap)


@pytest.mark.parametrize("n_items", [0, 3])
def test_a_corpus_without_words_leaves_every_feature_even(n_items):
    theta = sparse.csr_array(np.full((n_items, 2), 0.5))

    fit = solve(theta, sparse.csr_array((n_items, 4)), EmissionConfig())

    np.testing.assert_array_equal(dense(fit.emissions), np.full((2, 4), 0.25))
    assert fit.heldout_log_likelihood is None
    assert fit.certificate.gap == 0


@pytest.mark.parametrize(
    ("theta", "counts", "complaint"),
    [
        ([[0.5, 0.5]], [[1.0], [1.0]], "theta is"),
        ([[0.9, 0.9]], [[1.0]], "sums to 1.8"),
        ([[-0.5, 0.5]], [[1.0]], "theta has an entry"),
        ([[0.5, 0.5]], [[np.nan]], "counts has an entry"),
    ],
)
def test_matrices_that_break_their_contract_are_refused(theta, counts, complaint):
    with pytest.raises(ContractError, match=complaint):
        solve(sparse.csr_array(theta), sparse.csr_array(counts), fixed())
