"""The prior and the number of passes, chosen on words held out of every item."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from saetm.emission.config import EmissionConfig
from saetm.emission.passes import climb, log_likelihood
from saetm.emission.problem import Problem
from saetm.emission.start import from_unigram
from saetm.errors import ContractError

PATIENCE = 2  # passes in a row that may fail to gain on held-out words before the search ends
LEAST_GAIN = 1e-4  # log likelihood per weighted held-out word that is worth another pass


@dataclass(frozen=True, slots=True)
class EmissionStep:
    """One pass, as told to `on_step`."""

    prior: float
    passes: int
    """Passes done under this prior."""
    log_likelihood: float
    """Of the words that the passes see, per weighted word."""
    heldout_log_likelihood: float | None
    """Of the words held out, per weighted word; None in the final fit, which sees them all."""


OnStep = Callable[[EmissionStep], None]


@dataclass(frozen=True, slots=True)
class Choice:
    """A prior and a number of passes, with the search that led to them."""

    prior: float
    passes: int
    heldout_log_likelihood: float | None
    """Per weighted held-out word; None where no word was held out."""
    candidates: tuple[EmissionStep, ...]
    """Every prior after every pass that was tried."""


def choose(problem: Problem, config: EmissionConfig, *, on_step: OnStep | None = None) -> Choice:
    """Solve on part of the words of every item and keep what explains the other part best.

    Words are split and not items, for the mixture of an item is known without its words.
    Ties, as where there is no word to hold out, go to the stronger prior and fewer passes.

    Raises:
        ContractError: counts are not whole numbers.
    """
    heldout = _thin(problem.counts, share=config.heldout_share, seed=config.seed)
    rest = replace(problem, counts=problem.counts - heldout)
    priors = config.prior_grid if config.prior is None else (config.prior,)
    tried = [
        step for prior in priors for step in _try(rest, heldout, config, prior, on_step=on_step)
    ]
    allowed = [step for step in tried if config.passes in (None, step.passes)]
    best = max(allowed, key=lambda s: (s.heldout_log_likelihood, s.prior, -s.passes))
    explained = best.heldout_log_likelihood if heldout.any() else None
    return Choice(best.prior, best.passes, explained, tuple(tried))


def _thin(counts: NDArray[np.float64], *, share: float, seed: int) -> NDArray[np.float64]:
    whole = counts.astype(np.int64)
    if not np.array_equal(whole, counts):
        raise ContractError("counts must be whole numbers where words are held out")
    return np.random.default_rng(seed).binomial(whole, share).astype(np.float64)


def _try(
    rest: Problem,
    heldout: NDArray[np.float64],
    config: EmissionConfig,
    prior: float,
    *,
    on_step: OnStep | None,
) -> list[EmissionStep]:
    """Climb under one prior until the held-out words gain no more."""
    steps: list[EmissionStep] = []
    for passes, sweep in enumerate(climb(rest, from_unigram(rest), prior=prior)):
        step = EmissionStep(
            prior,
            passes,
            log_likelihood(rest, sweep, rest.counts),
            log_likelihood(rest, sweep, heldout),
        )
        if passes > 0:
            steps.append(step)
            if on_step:
                on_step(step)
        if passes == (config.passes or config.max_passes):
            break
        if config.passes is None and _stalled(steps):
            break
    return steps


def _stalled(steps: list[EmissionStep]) -> bool:
    """Tell whether the last passes failed to gain on the best one before them."""
    explained = [step.heldout_log_likelihood or 0.0 for step in steps]
    if len(explained) <= PATIENCE:
        return False
    return max(explained[-PATIENCE:]) < max(explained[:-PATIENCE]) + LEAST_GAIN
