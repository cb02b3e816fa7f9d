"""Compiled loops against the same loops as plain Python, and what happens without a cache."""

import subprocess
import sys
from itertools import islice

import numpy as np
import pytest
from scipy import sparse

from saetm.crew import Crew
from saetm.emission.config import EmissionConfig
from saetm.emission.layout import Support
from saetm.emission.loops import earn_words, improve_words, steepest_words, sweep_words
from saetm.emission.passes import climb
from saetm.emission.problem import build_problem
from saetm.emission.start import from_even
from saetm.emission.support import count_met, list_met
from saetm.emission.thinning import hold_out
from saetm.emission.turning import by_feature, count_rows, list_rows
from tests.core.planted_words import planted_words


@pytest.fixture(scope="module")
def halfway():
    """A problem with words held out, and its third sweep."""
    world = planted_words(n_items=25, n_features=6, n_words=12, length=10, seed=3)
    problem = build_problem(world.theta, world.counts, EmissionConfig(), Crew(1))
    problem = problem.hold_out(0.2, seed=1)
    return problem, next(islice(climb(problem, from_even(problem), prior=0.7), 3, None))


def both(loop, problem, costs, make):
    """Run a loop compiled and plain, each with arguments of its own."""
    compiled, plain = make(), make()
    returned = Crew(1).walk(loop, costs, *compiled)
    expected = loop((0, len(problem.columns.unigram)), *plain)
    return returned, expected, compiled[-1], plain[-1]


def test_a_sweep_equals_its_plain_twin(halfway):
    problem, sweep = halfway
    (block,) = problem.blocks
    layout = block.mixtures, block.entries, problem.columns, sweep.estimate

    tallies, expected, gradient, plain = both(
        sweep_words, problem, block.costs, lambda: (*layout, np.zeros_like(sweep.gradient))
    )

    np.testing.assert_allclose(np.sum(tallies, axis=0), expected, rtol=1e-12)
    np.testing.assert_allclose(gradient, plain, rtol=1e-6)


def test_what_features_say_and_their_steepest_slopes_equal_their_plain_twins(halfway):
    problem, sweep = halfway
    known = problem.columns, sweep.estimate, sweep.gradient

    earned, plain, *_ = both(earn_words, problem, problem.columns.start, lambda: known)
    np.testing.assert_allclose(np.sum(earned, axis=0), plain, rtol=1e-12)

    steepest, plain, *_ = both(
        steepest_words, problem, problem.columns.start, lambda: (*known, 0.7)
    )
    np.testing.assert_allclose(np.max(steepest, axis=0), plain, rtol=1e-12)


def test_an_improvement_equals_its_plain_twin(halfway):
    problem, sweep = halfway
    divisor = np.linspace(1, 2, 6)

    *_, improved, plain = both(
        improve_words,
        problem,
        problem.columns.start,
        lambda: (
            problem.columns,
            sweep.estimate,
            sweep.gradient,
            divisor,
            np.zeros_like(sweep.gradient),
        ),
    )

    np.testing.assert_allclose(improved, plain, rtol=1e-6)


def test_the_support_equals_its_plain_twin_and_is_every_pair_that_occurs(halfway):
    problem, _ = halfway
    (block,), columns = problem.blocks, problem.columns
    none = Support(np.zeros(13, np.uint64), np.zeros(0, np.uint32))
    layout = block.mixtures, block.entries, none

    *_, met, plain = both(count_met, problem, block.costs, lambda: (*layout, np.zeros(12, "u8")))
    np.testing.assert_array_equal(met, plain)

    *_, wider, plain = both(
        list_met,
        problem,
        block.costs,
        lambda: (*layout, Support(columns.start, np.zeros_like(columns.feature))),
    )
    np.testing.assert_array_equal(wider.feature, plain.feature)
    np.testing.assert_array_equal(wider.feature, columns.feature)


def test_what_is_held_out_equals_its_plain_twin(halfway):
    problem, _ = halfway
    (block,) = problem.blocks
    keys = np.array([5, 17, 0.3 * 2**64], np.uint64)

    def draw():
        return block.entries._replace(heldout=np.zeros_like(block.entries.seen)), keys

    compiled, plain = draw(), draw()
    Crew(1).walk(hold_out, block.costs, *compiled)
    with np.errstate(over="ignore"):  # a hash wraps around
        hold_out((0, len(problem.columns.unigram)), *plain)

    np.testing.assert_array_equal(compiled[0].heldout, plain[0].heldout)
    assert plain[0].heldout.sum() > 0


def test_rows_equal_their_plain_twins_and_leave_zeros_out(halfway):
    problem, sweep = halfway
    words = sweep.estimate.words.copy()
    words[::3] = 0.0
    rows = by_feature(problem.columns, words, 6)
    lengths = np.zeros(6, np.int64)
    count_rows(problem.columns, words, lengths)
    start = np.cumsum([0, *lengths])
    word, value = np.zeros(start[-1], np.int32), np.zeros(start[-1], np.float32)
    list_rows(problem.columns, words, start[:-1].copy(), word, value)

    plain = sparse.csr_array((value, word, start), shape=(6, 12))
    columns = (words, problem.columns.feature, problem.columns.start.astype(int))
    np.testing.assert_array_equal(rows.toarray(), plain.toarray())
    np.testing.assert_array_equal(
        rows.toarray(), sparse.csc_array(columns, shape=(6, 12)).toarray()
    )
    assert rows.nnz == np.count_nonzero(words)
    assert rows.has_sorted_indices


def test_where_nothing_can_be_kept_the_loops_are_compiled_all_the_same():
    code = """
import numba.core.caching as caching
caching.CacheImpl._locator_classes = []  # as on a disk that cannot be written
caching.CompileResultCacheImpl._locator_classes = []
from saetm.compiled import compiled
from saetm.emission.support import count_met
print(compiled(count_met).py_func is count_met)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.stdout == "True\n", done.stderr
