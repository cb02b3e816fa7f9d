"""Coroutines in flight: fed and emptied by ordinary code, done by an event loop in a thread.

The loop goes on while the caller writes down what came or reads what comes next, so that a slow
disk leaves no gap between requests.
"""

from collections.abc import Awaitable, Callable, Generator, Iterable
from concurrent.futures import Future
from functools import partial
from itertools import islice
from queue import SimpleQueue
from typing import TypeVar

from anyio.from_thread import BlockingPortal

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_flight(
    portal: BlockingPortal,
    work: Callable[[Item], Awaitable[Result]],
    items: Iterable[Item],
    *,
    at_once: int,
) -> Generator[tuple[Item, Future[Result]], None, None]:
    """Yield every item with its finished future, in order of completion.

    Args:
        portal: way to the event loop.
        work: what is done with an item, in the loop.
        items: taken one by one, in the caller's thread, when there is room.
        at_once: items that are begun and whose result is not taken yet; what is in memory.
    """
    finished: SimpleQueue[tuple[Item, Future[Result]]] = SimpleQueue()
    open_: set[Future[Result]] = set()
    waiting = iter(items)
    try:
        while True:
            for item in islice(waiting, at_once - len(open_)):
                future = portal.start_task_soon(work, item)
                open_.add(future)
                future.add_done_callback(partial(_put, finished, item))
            if not open_:
                return
            item, future = finished.get()
            open_.remove(future)
            yield item, future
    finally:
        for future in open_:
            future.cancel()


def _put(
    finished: SimpleQueue[tuple[Item, Future[Result]]], item: Item, future: Future[Result]
) -> None:
    finished.put((item, future))
