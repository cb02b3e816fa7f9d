"""Work done ahead of whoever takes the results, and not further ahead than memory allows."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from typing import TypeVar

Input = TypeVar("Input")
Output = TypeVar("Output")


def ahead(
    pool: Executor, work: Callable[[Input], Output], inputs: Iterable[Input], *, window: int
) -> Iterator[Output]:
    """Yield the results in the order of inputs, at most `window` of them begun and not taken."""
    begun: deque[Future[Output]] = deque()
    for each in inputs:
        begun.append(pool.submit(work, each))
        if len(begun) >= window:
            yield begun.popleft().result()
    while begun:
        yield begun.popleft().result()
