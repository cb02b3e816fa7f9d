"""Items in blocks: how they are cut, on how many threads, and where, changes nothing."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from saetm.crew import Crew
from saetm.emission.config import EmissionConfig
from saetm.emission.device import sweep_on
from saetm.emission.emissions import dense
from saetm.emission.passes import climb, take_sweep
from saetm.emission.problem import build_problem, stream_problem
from saetm.emission.solve import solve, solve_blocks
from saetm.emission.start import from_even
from saetm.errors import ContractError
from tests.core.planted_words import planted_words


class Cut:
    """A world in blocks of so many items, read anew every time."""

    def __init__(self, world, n_rows):
        self.world, self.n_rows, self.readings = world, n_rows, 0

    def __iter__(self):
        self.readings += 1
        for first in range(0, self.world.theta.shape[0], self.n_rows):
            rows = slice(first, first + self.n_rows)
            yield self.world.theta[rows], self.world.counts[rows]


def world(seed, n_items=60):
    return planted_words(n_items=n_items, n_features=7, n_words=30, length=15, seed=seed)


@settings(max_examples=15)
@given(seed=st.integers(0, 10_000), n_rows=st.integers(1, 70))
def test_blocks_of_any_size_give_the_same_choice_and_the_same_emissions(seed, n_rows):
    whole, config = world(seed), EmissionConfig(max_passes=6)

    together = solve(whole.theta, whole.counts, config)
    parts = solve_blocks(Cut(whole, n_rows), config)

    assert (parts.prior, parts.passes) == (together.prior, together.passes)
    np.testing.assert_allclose(dense(parts.emissions), dense(together.emissions), atol=1e-6)
    np.testing.assert_allclose(parts.curve, together.curve, rtol=1e-6)
    assert parts.certificate.gap == pytest.approx(together.certificate.gap, rel=1e-4, abs=1e-4)


@settings(max_examples=15)
@given(seed=st.integers(0, 10_000), n_threads=st.integers(2, 9))
def test_any_number_of_threads_gives_the_same_estimates(seed, n_threads):
    whole, config = world(seed), EmissionConfig()

    alone, shared = (
        climb(problem, from_even(problem), prior=1.0)
        for problem in (
            build_problem(whole.theta, whole.counts, config, Crew(n)) for n in (1, n_threads)
        )
    )

    for one, many in islice(zip(alone, shared, strict=True), 5):
        np.testing.assert_allclose(many.gradient, one.gradient, rtol=1e-6)
        np.testing.assert_allclose(many.tally, one.tally, rtol=1e-9)


def test_every_pass_reads_the_source_once_and_keeps_nothing_of_it():
    source = Cut(world(1), 20)

    problem = stream_problem(source, EmissionConfig(), Crew(1))
    before = source.readings
    list(islice(climb(problem, from_even(problem), prior=1.0), 4))

    assert source.readings - before == 4


@settings(max_examples=10)
@given(seed=st.integers(0, 10_000), double=st.booleans())
def test_tensors_compute_what_the_compiled_loops_compute(seed, double):
    whole = world(seed)
    posed = build_problem(whole.theta, whole.counts, EmissionConfig(), Crew(1))
    posed = posed.hold_out(0.2, seed=seed)
    sweep = next(islice(climb(posed, from_even(posed), prior=2.0), 2, None))
    estimate = sweep.estimate._replace(
        words=sweep.estimate.words.astype(np.float64 if double else np.float32)
    )
    (block,), gradient = posed.blocks, np.zeros_like(estimate.words)

    tally = sweep_on("cpu", block, posed.columns, estimate, gradient)

    expected, near = take_sweep(posed, estimate), 1e-12 if double else 1e-4
    np.testing.assert_allclose(gradient, expected.gradient, rtol=near)
    np.testing.assert_allclose(tally, expected.tally, rtol=near)


def test_tensors_in_many_small_spans_give_the_same(monkeypatch):
    whole = world(3)
    posed = build_problem(whole.theta, whole.counts, EmissionConfig(), Crew(1))
    monkeypatch.setattr("saetm.emission.device.PAIRS", 40)
    estimate = from_even(posed)
    (block,), gradient = posed.blocks, np.zeros_like(estimate.words)

    sweep_on("cpu", block, posed.columns, estimate, gradient)

    np.testing.assert_allclose(gradient, take_sweep(posed, estimate).gradient, rtol=1e-5)


@pytest.mark.gpu
def test_an_accelerator_finds_the_same_emissions():
    whole = world(2, n_items=2000)

    here, there = (
        solve(whole.theta, whole.counts, EmissionConfig(), device=device)
        for device in ("cpu", "cuda")
    )

    assert (here.prior, here.passes) == (there.prior, there.passes)
    np.testing.assert_allclose(dense(there.emissions), dense(here.emissions), atol=1e-5)


def test_a_share_of_all_occurrences_is_held_out_and_none_is_lost():
    whole = world(4, n_items=800)
    problem = build_problem(whole.theta, whole.counts, EmissionConfig(), Crew(2))
    (all_words,) = problem.blocks

    for seed, share in ((0, 0.1), (1, 0.4)):
        (thin,) = problem.hold_out(share, seed=seed).blocks
        np.testing.assert_array_equal(
            thin.entries.seen + thin.entries.heldout, all_words.entries.seen
        )
        assert thin.entries.heldout.sum() == pytest.approx(share * 800 * 15, rel=0.1)


def test_held_out_words_depend_on_the_seed_and_not_on_the_blocks():
    whole = world(5)

    def heldout(n_rows, seed):
        problem = stream_problem(Cut(whole, n_rows), EmissionConfig(), Crew(1))
        blocks = problem.hold_out(0.3, seed=seed).blocks
        parts = [
            sparse.csc_array(
                (part.entries.heldout, part.entries.item, part.entries.start.astype(int)),
                shape=(part.n_items, 30),
            )
            for part in blocks
        ]
        return sparse.vstack(parts).toarray()

    np.testing.assert_array_equal(heldout(60, 0), heldout(7, 0))
    assert (heldout(60, 0) != heldout(60, 1)).any()


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        (iter([]), "read only once"),
        ([], "no block of items"),
        (
            [
                (sparse.eye_array(2).tocsr(), sparse.eye_array(2).tocsr()),
                (sparse.csr_array((1, 3)), sparse.csr_array((1, 2))),
            ],
            "different numbers",
        ),
    ],
)
def test_what_is_no_source_is_refused(source, complaint):
    with pytest.raises(ContractError, match=complaint):
        solve_blocks(source, EmissionConfig())


def test_blocks_without_items_or_words_change_nothing():
    whole, config = world(6), EmissionConfig(prior=1.0, passes=3, heldout_share=0)
    empty = whole.theta[:0], whole.counts[:0]
    silent = whole.theta[:5], sparse.csr_array((5, 30))

    fit = solve_blocks([empty, (whole.theta, whole.counts), silent, empty], config)

    expected = solve(whole.theta, whole.counts, config)
    np.testing.assert_allclose(dense(fit.emissions), dense(expected.emissions), atol=1e-7)
    assert replace(fit.certificate, feature_gaps=0).gap == pytest.approx(expected.certificate.gap)
