"""What a piece of work costs in a process of its own: seconds and peak memory (Linux)."""

import multiprocessing
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Footprint(Generic[T]):
    """What one call gave and took."""

    result: T
    seconds: float  # by the clock
    cpu_seconds: float  # of all threads
    peak_mb: float  # MiB resident at most, imports and arguments included
    grown_mb: float  # MiB by which the call raised the peak


def footprint(work: Callable[..., T], *arguments: object) -> Footprint[T]:
    """Call a function in a fresh process and return its result with what it took.

    Args:
        work: a function of a module, so that the new process can import it.
        arguments: for it; they are copied to the process.

    Raises:
        RuntimeError: the process ended without a result.
    """
    here, there = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=_measure, args=(there, work, arguments)
    )
    process.start()
    there.close()
    try:
        found: Footprint[T] = here.recv()
    except EOFError:
        raise RuntimeError(f"{work.__name__} ended without a result") from None
    finally:
        process.join()
    return found


def _measure(there: Connection, work: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    before = _peak()
    began, cpu_began = time.perf_counter(), time.process_time()
    result = work(*arguments)
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu_began
    there.send(Footprint(result, seconds, cpu_seconds, _peak(), _peak() - before))


def _peak() -> float:
    """Return MiB resident at most; getrusage would count what the parent held as well."""
    status = Path("/proc/self/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024
