"""The moments of a dataset that it can be taken back to: ends of runs with no other one amid."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

import polars as pl

from resources.history import Commit, commits, read_at
from resources.lake import Lake
from saetm.errors import InputError
from saetm.queries.source import newest_entries
from saetm.tables import MATERIALISATIONS

REMOVE, RESTORE = "remove", "restore"  # what the notes of such commits name as their asset
SHORT_ID = 8  # characters of a run's id, as people are shown it
BEGUN, DONE = "begun", "done"
LAST_OF_SECOND = timedelta(microseconds=999_999)


@dataclass(frozen=True)
class Moment:
    """The end of a run of a dataset, while no other one was in the middle.

    What came earlier and what later is told by the order of the ledger, not by clocks.
    """

    run_id: str
    at: datetime
    until: datetime | None  # when the next run began, or the dataset was retired
    ledger: pl.DataFrame  # what the ledger held before the next retirement, if there was one
    newer: frozenset[str]  # runs after that retirement, and the retirement itself

    @cached_property
    def held(self) -> pl.DataFrame:
        """All rows of the ledger then."""
        return self.ledger.filter(pl.col("created_at") <= self.at)

    @cached_property
    def entries(self) -> pl.DataFrame:
        """Rows of the ledger that held then, one per asset."""
        return newest_entries(self.held.lazy()).collect()

    @cached_property
    def earlier(self) -> frozenset[str]:
        """Runs that had ended, this one included."""
        return frozenset(self.held["run_id"])

    @cached_property
    def later(self) -> frozenset[str]:
        """Runs that the ledger knows to have ended later."""
        return self.newer | (frozenset(self.ledger["run_id"]) - self.earlier)

    def is_before(self, commit: Commit) -> bool:
        """Tell whether a commit came later; one by a run without an entry goes by the clock."""
        if commit.run_id in self.earlier:
            return False
        return commit.run_id in self.later or commit.at > self.at


def find_moment(lake: Lake, dataset: str, to: datetime | str) -> Moment:
    """Return the last moment at or before an instant, or the end of a run.

    Args:
        lake: the lake.
        dataset: the dataset.
        to: an instant, or a run's id, of which the first eight characters will do.

    Raises:
        InputError: the dataset had no finished run then, or no such run can be gone back to.
        SaetmError: the ledger of that time is gone.
    """
    first = None
    for moment in moments(lake, dataset):
        first = moment
        if isinstance(to, str) and to in {moment.run_id, moment.run_id[:SHORT_ID]}:
            return moment
        if isinstance(to, datetime) and moment.at <= to:
            return moment
    if first is None:
        raise InputError(f"dataset {dataset!r} has no finished run to go back to")
    if isinstance(to, str):
        raise InputError(
            f"{to!r} is neither a time, such as 2026-05-06T17:00, nor a finished run of {dataset!r}"
        )
    raise InputError(
        f"dataset {dataset!r} had no finished run then: its first one ended at {shown(first.at)}"
    )


def moments(lake: Lake, dataset: str) -> Iterator[Moment]:
    """Yield the moments of a dataset, the last one first, back to before it was ever retired."""
    written = [each for each in commits(lake, MATERIALISATIONS) if each.dataset == dataset]
    ended = {each.run_id for each in written if each.state == DONE}
    broken = {each.run_id for each in written if each.asset == RESTORE} - ended  # no moments
    removals = [each for each in written if each.asset == REMOVE]
    ledger = lake.scan(MATERIALISATIONS, dataset).collect()
    until, newer = None, frozenset[str]()
    for removal in [*reversed(removals), None]:
        for run_id, at, next_began in _quiet_ends(ledger):
            if run_id not in broken:
                yield Moment(run_id, at, next_began or until, ledger, newer)
        if removal is not None:
            until, newer = removal.at, newer | {removal.run_id, *ledger["run_id"]}
            ledger = read_at(lake, MATERIALISATIONS, removal.version - 1, dataset)


def shown(instant: datetime) -> str:
    """Write an instant for a person, in the time of this machine.

    Example:
        >>> from datetime import UTC
        >>> shown(datetime(2026, 5, 6, 7, 8, 9, 10, UTC))[-8:-6]  # seconds, then the zone
        '09'
    """
    return instant.astimezone().isoformat(" ", "seconds")


def instant(text: str) -> datetime | None:
    """Read an ISO date or time; None where it is none.

    A time without a zone is one of this machine; one without fractions is all of its second.

    Example:
        >>> instant("2026-05-06T07:08:09Z").isoformat()
        '2026-05-06T07:08:09.999999+00:00'
        >>> instant("a1b2c3d4")
    """
    try:
        parsed = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    aware = parsed.astimezone() if parsed.tzinfo is None else parsed
    return aware if aware.microsecond else aware + LAST_OF_SECOND


def _quiet_ends(ledger: pl.DataFrame) -> list[tuple[str, datetime, datetime | None]]:
    """Return ends of runs while no run that ended later had begun, the last one first.

    Returns:
        Run, its end, and when the first of the later ones began.
    """
    begin = pl.col("created_at") - pl.duration(microseconds=pl.col("seconds") * 1e6)
    spans = ledger.group_by("run_id").agg(began=begin.min(), ended=pl.col("created_at").max())
    spans = spans.sort("ended", descending=True)
    spans = spans.with_columns(next_began=pl.col("began").cum_min().shift(1))
    quiet = spans.filter(pl.col("next_began").is_null() | (pl.col("next_began") > pl.col("ended")))
    return list(quiet.select("run_id", "ended", "next_began").iter_rows())
