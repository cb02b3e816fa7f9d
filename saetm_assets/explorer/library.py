"""The datasets that are open in the explorer, each at the newest state of the ledger."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from contextlib import suppress
from threading import RLock
from typing import TypeVar

from deltalake import DeltaTable

from resources.delta import is_there
from resources.lake import Lake
from resources.registry import Registry
from resources.view import DatasetView, Entry, ledgers
from saetm.errors import SaetmError
from saetm.tables import MATERIALISATIONS
from saetm_assets.explorer.answers import Answers
from saetm_assets.explorer.dataset import Dataset
from saetm_assets.explorer.held_items import State

T = TypeVar("T")

KEPT = 3  # datasets in memory; 100,000 items with their vectors are about 400 MB
PATIENCE = 1.0  # seconds for which the ledger is believed to be as it was


class Library:
    """Opens datasets and keeps the last few; one that has changed is opened anew.

    While a run is amid writing, who has a dataset open sees it as it was before.
    """

    def __init__(
        self, lake: Lake, registry: Registry, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Read from a lake.

        Args:
            lake: the tables.
            registry: which datasets there are.
            clock: seconds from anywhere.
        """
        self.lake, self.registry = lake, registry
        self._clock, self._lock = clock, RLock()
        self._open: OrderedDict[str, tuple[int, Dataset]] = (
            OrderedDict()
        )  # with what version it is of
        self._answers = Answers(KEPT)
        self._version, self._looked = -1, float("-inf")
        self._ledgers: dict[str, dict[str, Entry]] = {}

    def names(self) -> list[str]:
        """Return the names of all datasets that have topics, sorted."""
        with self._lock:
            self._look()
            return sorted(name for name, entries in self._ledgers.items() if "topics" in entries)

    def lately(self, key: Hashable, load: Callable[[], T]) -> T:
        """Return an answer about the lake as a whole, worked out again after a second."""
        return self._answers.get((key, int(self._clock() / PATIENCE)), load)

    def warm(self) -> None:
        """Load what most pages read of the datasets that there is room for.

        Whoever opens the first page then waits for nothing; what fails here fails again, with its
        sentence, when it is asked for.
        """
        for name in self.names()[:KEPT]:
            with suppress(SaetmError):
                self.dataset(name).warm()

    def dataset(self, name: str) -> Dataset:
        """Return a dataset as it is now.

        Raises:
            InputError: there is no dataset of this name.
        """
        with self._lock:
            self._look()
            version, kept = self._open.get(name, (None, None))
            if kept is None or version != self._version:
                kept = self._fresh(name, kept)
            self._open[name] = self._version, kept
            self._open.move_to_end(name)
            while len(self._open) > KEPT:
                self._open.popitem(last=False)
            return kept

    def _look(self) -> None:
        """Read the ledger if it has changed since it was last looked at."""
        if self._clock() - self._looked < PATIENCE:
            return
        self._looked = self._clock()
        version = _version(self.lake)
        if version != self._version:
            self._version, self._ledgers = version, ledgers(self.lake)

    def _fresh(self, name: str, kept: Dataset | None) -> Dataset:
        state = State(self.registry.find(name), self._ledgers.get(name, {}))
        if kept is not None and (kept.state == state or not state.is_settled):
            return kept
        return Dataset(DatasetView(self.lake, name), state)


def _version(lake: Lake) -> int:
    """Return the version of the ledger, -1 where there is none; nothing is written."""
    uri = lake.uri(MATERIALISATIONS)
    return DeltaTable(uri).version() if is_there(uri) else -1
