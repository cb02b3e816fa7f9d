"""The prior and the number of passes, chosen on words held out of every item."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

from saetm.emission.config import EmissionConfig
from saetm.emission.passes import Sweep, climb_from, take_sweep
from saetm.emission.problem import Problem
from saetm.emission.start import from_even

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

    Words are split and not items, for the mixture of an item is known without its words. What
    held-out words gain has one peak along the priors, so the search begins at the middle of
    the grid and goes on, to weaker priors first, for as long as it gains. Ties, as where there
    is no word to hold out, go to the stronger prior and fewer passes.

    Raises:
        ContractError: counts are not whole numbers.
    """
    rest = problem.hold_out(config.heldout_share, seed=config.seed)
    start = take_sweep(rest, from_even(rest))  # the same under every prior
    tried: dict[float, list[EmissionStep]] = {}

    def best(prior: float) -> EmissionStep:
        if prior not in tried:
            tried[prior] = _try(rest, start, config, prior, on_step=on_step)
        return max(filter(_allowed(config), tried[prior]), key=_rank)

    found = _peak(best, sorted(set(config.prior_grid)) if config.prior is None else [config.prior])
    explained = found.heldout_log_likelihood if start.tally.heldout_weight > 0 else None
    steps = tuple(step for steps in tried.values() for step in steps)
    return Choice(found.prior, found.passes, explained, steps)


def _peak(best: Callable[[float], EmissionStep], priors: list[float]) -> EmissionStep:
    """Climb from the middle of ascending priors to weaker ones, or else to stronger ones."""
    middle = len(priors) // 2
    found = best(priors[middle])
    for direction in (priors[:middle][::-1], priors[middle + 1 :]):
        for prior in direction:
            step = best(prior)
            if _rank(step) < _rank(found):
                break
            found = step
        if found.prior != priors[middle]:
            break
    return found


def _rank(step: EmissionStep) -> tuple[float, float, int]:
    return step.heldout_log_likelihood or 0.0, step.prior, -step.passes


def _allowed(config: EmissionConfig) -> Callable[[EmissionStep], bool]:
    return lambda step: config.passes in (None, step.passes)


def _try(
    rest: Problem,
    start: Sweep,
    config: EmissionConfig,
    prior: float,
    *,
    on_step: OnStep | None,
) -> list[EmissionStep]:
    """Climb under one prior until the held-out words gain no more."""
    steps: list[EmissionStep] = []
    sweeps = climb_from(rest, start, prior=prior)
    for passes, sweep in enumerate(islice(sweeps, 1, (config.passes or config.max_passes) + 1), 1):
        step = EmissionStep(prior, passes, sweep.log_likelihood, sweep.heldout_log_likelihood)
        steps.append(step)
        if on_step:
            on_step(step)
        if config.passes is None and _stalled(steps):
            break
    return steps


def _stalled(steps: list[EmissionStep]) -> bool:
    """Tell whether the last passes failed to gain on the best one before them."""
    explained = [step.heldout_log_likelihood or 0.0 for step in steps]
    if len(explained) <= PATIENCE:
        return False
    return max(explained[-PATIENCE:]) < max(explained[:-PATIENCE]) + LEAST_GAIN
