"""Passes of expectation-maximisation over the words, a block of items at a time."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saetm.emission.blocks import Block
from saetm.emission.layout import Estimate, Tally
from saetm.emission.loops import earn_words, improve_words, sweep_words
from saetm.emission.problem import Problem


@dataclass(frozen=True, slots=True, eq=False)
class Sweep:
    """An estimate held against all words once."""

    estimate: Estimate
    """What was held against the words."""
    gradient: NDArray[np.floating]
    """(S,) derivative of the weighted log likelihood by each entry of the matrix."""
    tally: Tally
    """What the estimate foretold of the words, in all."""

    @property
    def log_likelihood(self) -> float:
        """Of the words seen, per weighted word; zero where there are none."""
        return _mean(self.tally.seen_log, self.tally.seen_weight)

    @property
    def heldout_log_likelihood(self) -> float:
        """Of the words held out, per weighted word; zero where there are none."""
        return _mean(self.tally.heldout_log, self.tally.heldout_weight)


def climb(problem: Problem, start: Estimate, *, prior: float) -> Iterator[Sweep]:
    """Hold ever better estimates against the words, without end; the first is `start`.

    A row becomes proportional to prior / V + row * gradient, the exact maximiser of
    the lower bound that touches at the present estimate. The penalised log likelihood is
    concave in the matrix and never falls.

    Each sweep is overwritten by the next, so that memory holds one matrix and one gradient;
    `start` stays as it is.

    Departs from the paper (SAE-TM, arXiv 2511.16309), which descends by AdamW on a softmax:
    this has no learning rate, and a bound on what is left to gain.
    """
    yield from climb_from(problem, take_sweep(problem, start), prior=prior)


def climb_from(problem: Problem, sweep: Sweep, *, prior: float) -> Iterator[Sweep]:
    """Climb as `climb` does, from a sweep that has been taken already and stays as it is."""
    yield sweep
    words, gradient = np.empty_like(sweep.estimate.words), np.empty_like(sweep.gradient)
    while True:
        estimate = improve(problem, sweep, prior=prior, out=words)
        sweep = take_sweep(problem, estimate, out=gradient)
        yield sweep


def take_sweep(
    problem: Problem, estimate: Estimate, *, out: NDArray[np.floating] | None = None
) -> Sweep:
    """Compute the gradient and what is foretold.

    Args:
        problem: the words, and the mixtures of items.
        estimate: what is held against the words.
        out: (S,) where the gradient goes, of the kind of the estimate; new unless given.
    """
    gradient = np.empty_like(estimate.words) if out is None else out
    gradient.fill(0.0)
    tally = np.zeros(len(Tally._fields))
    for block in problem.blocks:
        tally += _hold_against(problem, block, estimate, gradient)
    return Sweep(estimate, gradient, Tally(*tally.tolist()))


def improve(problem: Problem, sweep: Sweep, *, prior: float, out: NDArray[np.floating]) -> Estimate:
    """Maximise the lower bound that touches the objective at the sweep's estimate.

    Args:
        problem: the words, and the mixtures of items.
        sweep: the estimate, held against these words.
        prior: weighted words that each feature borrows from all words evenly.
        out: (S,) where the words of the new estimate go; the old ones may lie there.
    """
    total = prior + earned_words(problem, sweep)
    divisor = np.where(total > 0, total, 1.0)
    known = problem.columns, sweep.estimate, sweep.gradient
    problem.crew.walk(improve_words, problem.columns.start, *known, divisor, out)
    return Estimate(out, np.where(total > 0, prior / divisor, 1.0))


def earned_words(problem: Problem, sweep: Sweep) -> NDArray[np.float64]:
    """Return the weighted words that each feature is expected to have said, (K,)."""
    known = problem.columns, sweep.estimate, sweep.gradient
    parts = problem.crew.walk(earn_words, problem.columns.start, *known)
    return np.sum(parts, axis=0)


def _hold_against(
    problem: Problem, block: Block, estimate: Estimate, gradient: NDArray[np.floating]
) -> NDArray[np.float64]:
    if problem.device != "cpu":
        from saetm.emission.device import sweep_on  # noqa: PLC0415  # loads Torch

        return np.array(sweep_on(problem.device, block, problem.columns, estimate, gradient))
    layout = block.mixtures, block.entries, problem.columns
    parts = problem.crew.walk(sweep_words, block.costs, *layout, estimate, gradient)
    return np.sum(parts, axis=0)


def _mean(total: float, weight: float) -> float:
    return total / weight if weight > 0 else 0.0
