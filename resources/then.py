"""The lake as it was for one dataset at a moment: what time travel reads.

Every table is read at the version before the first commit that came after the moment, so that
queries give the answer that they gave then.
"""

from collections.abc import Collection
from datetime import datetime
from functools import cached_property

import polars as pl

from resources.history import Commit, commits, gone, table_at
from resources.lake import Lake, memberships
from resources.timeline import Moment, find_moment, instant
from saetm.errors import InputError
from saetm.tables import DATASETS, FOUNDATIONS, MATERIALISATIONS, RETIREMENTS, Table
from saetm.unions import Membership


class LakeThen:
    """A source of the rows of one dataset, as they were at the end of a run."""

    def __init__(self, lake: Lake, dataset: str, moment: Moment) -> None:
        """Read the tables of this lake at the moment; their logs are read when they are asked."""
        self.dataset, self.moment = dataset, moment
        self._lake = lake
        self._versions: dict[str, int | None] = {}

    def scan(self, table: Table, dataset: str | None = None) -> pl.LazyFrame:
        """Scan the rows that a table held of the dataset.

        Args:
            table: the table.
            dataset: the dataset of this source, or None for the same.

        Raises:
            InputError: another dataset is asked for.
            SaetmError: the log does not reach back so far.
        """
        if dataset not in {None, self.dataset}:
            raise InputError(f"this is the lake as it was for {self.dataset!r} only")
        if table is MATERIALISATIONS:
            return self.moment.held.lazy()
        if table is RETIREMENTS:  # a retired dataset has no moments
            return table.empty().lazy()
        if table is FOUNDATIONS:  # only ever added to
            return self._lake.scan(table).filter(pl.col("promoted_at") <= self.moment.at)
        if table is not DATASETS and (union := self._union) and union.has(table):
            return union.rows(self._table(table, union.members), table)
        return self._table(table, (self.dataset,)).filter(pl.col("dataset") == self.dataset)

    @cached_property
    def _union(self) -> Membership | None:
        """What the dataset consisted of, where it was a union."""
        if self.dataset not in self._lake.unions():
            return None
        return memberships(self.scan(DATASETS)).get(self.dataset)

    def _table(self, table: Table, datasets: Collection[str]) -> pl.LazyFrame:
        """Scan a table that holds what it held of some datasets."""
        if table.name not in self._versions:
            self._versions[table.name] = version_then(self._lake, table, datasets, self.moment)
        version = self._versions[table.name]
        if version is None:
            return self._lake.scan(table)
        return table_at(self._lake, table, version)


def lake_at(lake: Lake, dataset: str, when: datetime | str) -> LakeThen:
    """Open the lake as it was for a dataset at the last moment at or before an instant.

    Args:
        lake: the lake.
        dataset: the dataset.
        when: an instant, one in ISO 8601, or a run's id, of which the first eight characters
            will do.

    Raises:
        InputError: the dataset had no finished run then.
        SaetmError: the ledger of that time is gone.
    """
    to = (instant(when) or when) if isinstance(when, str) else when
    return LakeThen(lake, dataset, find_moment(lake, dataset, to))


def version_then(lake: Lake, table: Table, datasets: Collection[str], moment: Moment) -> int | None:
    """Return the version that held datasets' rows at a moment; None where it is the present one.

    Raises:
        SaetmError: the log does not reach back so far.
    """
    changes = changes_since(lake, table, datasets, moment)
    return changes[0].version - 1 if changes else None


def changes_since(
    lake: Lake, table: Table, datasets: Collection[str], moment: Moment
) -> list[Commit]:
    """Return the commits after a moment that changed datasets' rows of a table, oldest first.

    Raises:
        SaetmError: the log does not reach back so far.
    """
    log = commits(lake, table)
    if log and not _reaches(log[0], moment):
        raise gone(table)
    return [commit for commit in log if _concerns(commit, datasets, moment)]


def _reaches(oldest: Commit, moment: Moment) -> bool:
    """Tell whether a log that begins with this commit knows all that changed after a moment."""
    return oldest.version == 0 or moment.until is None or oldest.since <= moment.until


def _concerns(commit: Commit, datasets: Collection[str], moment: Moment) -> bool:
    return commit.is_change and commit.dataset in {*datasets, ""} and moment.is_before(commit)
