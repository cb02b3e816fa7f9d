"""Loops in machine code: compiled on first use, kept on disk where that can be written."""

from collections.abc import Callable
from functools import cache
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

REORDERED = {"arcp", "contract", "nsz", "reassoc"}  # sums may be reordered; NaN stays NaN


@cache
def compiled(loop: Callable[P, R]) -> Callable[P, R]:
    """Return a loop that runs as machine code, without holding the interpreter's lock.

    The first call of all compiles for about a second; later processes read what was kept. Where
    neither the package nor the user's cache can be written, every process compiles anew. What is
    divided by zero is infinite, as in NumPy: asking each time would keep divisions out of vectors.
    """
    import numba  # noqa: PLC0415  # loads a compiler, which only a fit needs

    how = {"nogil": True, "fastmath": REORDERED, "error_model": "numpy"}
    try:
        ready: Callable[P, R] = numba.njit(cache=True, **how)(loop)
    except RuntimeError:  # no place to keep it
        ready = numba.njit(**how)(loop)
    return ready
