"""Threads that share the words of a loop."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar, TypeVarTuple

import numpy as np
from numpy.typing import NDArray

from saetm.emission.compiled import compiled
from saetm.emission.loops import Span

Ts = TypeVarTuple("Ts")
R = TypeVar("R")

SPANS_PER_THREAD = 4  # so that a thread that is held up leaves its last spans to the others


@dataclass(frozen=True, slots=True)
class Crew:
    """So many threads; how many changes nothing but the time, and the last digits of sums."""

    n_threads: int

    def walk(
        self,
        loop: Callable[[Span, *Ts], R],
        costs: NDArray[np.integer],
        *arguments: *Ts,
    ) -> list[R]:
        """Run a loop over all words, cut into spans of about equal cost.

        Args:
            loop: takes a span of words before the arguments.
            costs: (V + 1,) cost of all words before each word, and of all.
            arguments: for the loop.

        Returns:
            What the loop returned for each span, from the first words to the last.
        """
        ready, spans = compiled(loop), _spans(costs, SPANS_PER_THREAD * self.n_threads)
        if self.n_threads == 1:
            return [ready(span, *arguments) for span in spans]
        with ThreadPoolExecutor(self.n_threads) as pool:
            return list(pool.map(lambda span: ready(span, *arguments), spans))


def whole_crew() -> Crew:
    """Return as many threads as the machine gives this process."""
    from numba import config  # noqa: PLC0415  # as in saetm.emission.compiled

    return Crew(int(config.NUMBA_NUM_THREADS))


def _spans(costs: NDArray[np.integer], n_spans: int) -> list[Span]:
    goals = np.linspace(0, float(costs[-1]), n_spans + 1)[1:-1]
    inner = np.searchsorted(costs, goals.astype(costs.dtype))
    bounds = np.unique(np.concatenate([[0], inner, [len(costs) - 1]])).tolist()
    return list(pairwise(bounds))
