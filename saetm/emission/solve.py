"""The word emission matrix of the features of an autoencoder, by expectation-maximisation."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from saetm.crew import whole_crew
from saetm.emission.blocks import Source
from saetm.emission.certificate import Certificate, certify
from saetm.emission.choose import Choice, EmissionStep, OnStep, choose
from saetm.emission.config import EmissionConfig
from saetm.emission.emissions import Emissions
from saetm.emission.layout import Estimate
from saetm.emission.passes import climb
from saetm.emission.problem import Problem, build_problem, stream_problem
from saetm.emission.start import from_emissions, from_even
from saetm.emission.turning import by_feature
from saetm.errors import ContractError


@dataclass(frozen=True, slots=True, eq=False)
class EmissionFit:
    """Solved emissions, with how they were chosen and how far they are from the optimum."""

    emissions: Emissions
    """The word distribution of every feature."""
    prior: float
    """Weighted words that each feature borrows from all words evenly, eta."""
    passes: int
    """Passes over all words."""
    heldout_log_likelihood: float | None
    """Per weighted word held out in the choice; None where no word was held out."""
    curve: tuple[float, ...]
    """Training log likelihood per weighted word after each pass."""
    candidates: tuple[EmissionStep, ...]
    """Every prior after every pass of the search; empty where no words were held out."""
    certificate: Certificate
    """What the optimum under this prior could still gain; passes stop before on purpose."""


def solve(
    theta: "sparse.csr_array[np.floating]",
    counts: "sparse.csr_array[np.floating]",
    config: EmissionConfig,
    *,
    start: Emissions | None = None,
    on_step: OnStep | None = None,
    device: str = "cpu",
) -> EmissionFit:
    """Maximise the likelihood of the items' words over the emission matrix.

    q = (1 - pi) theta B + pi unigram, theta, pi and the unigram being fixed. Prior and
    passes that the config leaves open are chosen on held-out words; then all words are used.

    Args:
        theta: (N, K) feature mixture of each item; rows sum to one, or to zero where no
            feature is active.
        counts: (N, V) how often each item holds each word, whole numbers.
        config: settings.
        start: emissions to begin at instead of even rows. The config must then give prior
            and passes: emissions that have seen a word cannot be judged by holding it out.
        on_step: told of every pass of the search and of the final fit.
        device: where passes run, as Torch names it.

    Returns:
        The fit; a feature without items, or whose items have no words, is even.

    Raises:
        ContractError: a matrix breaks its contract, or start comes without prior and passes.

    References:
        SAE-TM (arXiv 2511.16309), word emissions.
    """
    problem = build_problem(theta, counts, config, whole_crew(), device=device)
    return _solve(problem, config, start=start, on_step=on_step)


def solve_blocks(
    source: Source,
    config: EmissionConfig,
    *,
    start: Emissions | None = None,
    on_step: OnStep | None = None,
    device: str = "cpu",
) -> EmissionFit:
    """Do what `solve` does, for items that are read a block at a time.

    Memory is what one block takes, and 24 bytes per pair of feature and word that occurs; it
    does not depend on the number of items. The size of blocks changes nothing but rounding.

    Args:
        source: blocks of theta and counts; read once before the passes and once in each.
        config: settings.
        start: as in `solve`.
        on_step: as in `solve`.
        device: as in `solve`.

    Raises:
        ContractError: as `solve`; or the source has no block, blocks of different widths, or
            can be read only once.
    """
    problem = stream_problem(source, config, whole_crew(), device=device)
    return _solve(problem, config, start=start, on_step=on_step)


def _solve(
    problem: Problem, config: EmissionConfig, *, start: Emissions | None, on_step: OnStep | None
) -> EmissionFit:
    if start is None:
        choice = _choice(problem, config, on_step=on_step)
        return _fit(problem, from_even(problem), choice, on_step=on_step)
    if config.prior is None or config.passes is None:
        raise ContractError("a start needs a config with prior and passes")
    given = Choice(config.prior, config.passes, None, ())
    return _fit(problem, from_emissions(problem, start), given, on_step=on_step)


def _choice(problem: Problem, config: EmissionConfig, *, on_step: OnStep | None) -> Choice:
    if config.heldout_share == 0 and config.prior is not None and config.passes is not None:
        return Choice(config.prior, config.passes, None, ())
    return choose(problem, config, on_step=on_step)


def _fit(
    problem: Problem, start: Estimate, choice: Choice, *, on_step: OnStep | None
) -> EmissionFit:
    sweeps = climb(problem, start, prior=choice.prior)
    sweep = next(sweeps)
    curve = []
    for passes in range(1, choice.passes + 1):
        sweep = next(sweeps)
        curve.append(sweep.log_likelihood)
        if on_step:
            on_step(EmissionStep(choice.prior, passes, curve[-1], None))
    certificate, estimate = certify(problem, sweep, prior=choice.prior), sweep.estimate
    del sweep, sweeps  # and with them the gradient, whose memory the emissions need
    return EmissionFit(
        emissions=Emissions(
            by_feature(problem.columns, estimate.words, problem.n_features),
            estimate.prior_share,
            problem.columns.unigram,
        ),
        prior=choice.prior,
        passes=choice.passes,
        heldout_log_likelihood=choice.heldout_log_likelihood,
        curve=tuple(curve),
        candidates=choice.candidates,
        certificate=certificate,
    )
