"""The progress door: long work shows how far it is, in a terminal or in a log."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol, TextIO

Advance = Callable[[int], None]
LOG_EVERY_SECONDS = 10.0


class Progress(Protocol):
    """Shows how far long work is."""

    def bar(self, label: str, total: int | None) -> AbstractContextManager[Advance]:
        """Open a bar of `total` units, which the caller advances by some units at a time."""
        ...


class LoggedProgress:
    """Writes a line to a logger every ten seconds, and one at the end."""

    def __init__(self, logger: logging.Logger) -> None:
        """Write to this logger."""
        self._logger = logger

    @contextmanager
    def bar(self, label: str, total: int | None) -> Iterator[Advance]:
        """Log the units done at intervals."""
        done, said = 0, time.monotonic()

        def advance(units: int) -> None:
            nonlocal done, said
            done += units
            if time.monotonic() - said >= LOG_EVERY_SECONDS:
                said = time.monotonic()
                self._logger.info("%s: %s of %s", label, f"{done:,}", _count(total))

        yield advance
        self._logger.info("%s: %s done", label, f"{done:,}")


class SilentProgress:
    """Shows nothing."""

    @contextmanager
    def bar(self, label: str, total: int | None) -> Iterator[Advance]:  # noqa: ARG002  the protocol's
        """Count for nobody."""
        yield lambda _units: None


class TerminalProgress:
    """Draws a bar per piece of work into a terminal.

    Dagster captures file descriptors 1 and 2 of a running step, so the bars are drawn to a
    stream that was opened before.
    """

    def __init__(self, stream: TextIO) -> None:
        """Draw to this stream."""
        from rich.console import Console

        self._console = Console(file=stream, force_terminal=stream.isatty())

    @contextmanager
    def bar(self, label: str, total: int | None) -> Iterator[Advance]:
        """Draw a bar until the work is done; it leaves a line behind."""
        from rich import progress as rich

        columns = (
            rich.TextColumn("  {task.description:<28}"),
            rich.BarColumn(bar_width=30),
            rich.MofNCompleteColumn(),
            rich.TimeElapsedColumn(),
        )
        with rich.Progress(*columns, console=self._console) as progress:
            task = progress.add_task(label, total=total)
            yield lambda units: progress.advance(task, units)


def in_steps(advance: Advance, total: int) -> Callable[[float], None]:
    """Take shares of some work, which sum to one, as whole units of a bar, `total` in all."""
    done = 0.0

    def tell(share: float) -> None:
        nonlocal done
        before, done = round(total * done), min(done + share, 1.0)
        advance(round(total * done) - before)

    return tell


def _count(total: int | None) -> str:
    return "an unknown number" if total is None else f"{total:,}"
