"""Threads that share the words, items or features of a loop."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from multiprocessing import current_process
from typing import TypeVar, TypeVarTuple

import numpy as np
from numpy.typing import NDArray

from saetm.compiled import compiled

Ts = TypeVarTuple("Ts")
R = TypeVar("R")

Span = tuple[int, int]
"""The first word, item or feature, and the one after the last."""

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
        """Run a loop over all of something, cut into spans of about equal cost.

        Args:
            loop: takes a span before the arguments.
            costs: (n + 1,) cost of all before each, and of all.
            arguments: for the loop.

        Returns:
            What the loop returned for each span, from the first to the last.
        """
        ready = compiled(loop)
        if self.n_threads == 1:
            return [ready((0, len(costs) - 1), *arguments)]
        spans = _spans(costs, SPANS_PER_THREAD * self.n_threads)
        pool = _pool(self.n_threads, current_process().ident)
        return list(pool.map(lambda span: ready(span, *arguments), spans))


def whole_crew() -> Crew:
    """Return as many threads as the machine gives this process."""
    from numba import config  # noqa: PLC0415  # as in saetm.compiled

    return Crew(int(config.NUMBA_NUM_THREADS))


@cache
def _pool(n_threads: int, process: int | None) -> ThreadPoolExecutor:  # noqa: ARG001
    """Return threads that stay; a process forked from this one needs its own."""
    return ThreadPoolExecutor(n_threads, thread_name_prefix="crew")


def _spans(costs: NDArray[np.integer], n_spans: int) -> list[Span]:
    goals = np.linspace(0, float(costs[-1]), n_spans + 1)[1:-1]
    inner = np.searchsorted(costs, goals.astype(costs.dtype))
    bounds = np.unique(np.concatenate([[0], inner, [len(costs) - 1]])).tolist()
    return list(pairwise(bounds))
