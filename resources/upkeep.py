"""Upkeep of the lake: fewer and larger files, nothing kept for ever, a log that opens quickly.

A checkpoint lets the log before it expire, and with it the version just before it, whatever its
age: that one may have held until yesterday. So checkpoints are made at a commit of our own that
changed no row: what is lost is the same rows again.
"""

from dataclasses import dataclass

import polars as pl
from deltalake import CommitProperties, DeltaTable
from deltalake.exceptions import DeltaError

from resources.delta import is_there, retention, writer_properties
from resources.history import MAINTENANCE
from resources.lake import COMMIT_RETRIES, Lake, redo_races
from resources.lake_faults import is_race, translated
from resources.thumbnails import Thumbnails
from saetm.tables import ITEMS, Table

NOTE = CommitProperties(custom_metadata={"asset": MAINTENANCE}, max_commit_retries=COMMIT_RETRIES)
SINCE = "since"  # of a note: since when the rows are what they are, in milliseconds
FULL_SIZE = 32 * 2**20  # bytes; larger ones scan no faster, and a delete rewrites all of a file
HOURS = 24


@dataclass(frozen=True)
class Upkeep:
    """What maintenance did to a table."""

    table: str
    files_before: int  # files of the newest version
    files_after: int
    bytes_before: int
    bytes_after: int
    vacuumed: int  # files of older versions that were deleted
    busy: tuple[str, ...]  # datasets that others kept writing: compacted the next time


def maintain(lake: Lake, table: Table, *, keep_days: int) -> Upkeep | None:
    """Compact a table, vacuum and expire what is older than `keep_days`, make a checkpoint.

    Writers may be at work beside it: whoever loses a race does its commit again.

    Args:
        lake: the lake.
        table: the contract.
        keep_days: how far back `saetm restore` is to reach.

    Returns:
        What was done; None where there is no table.

    Raises:
        SaetmError: the table cannot be read or written.
    """
    uri = lake.uri(table)
    with translated("written", uri):
        if not is_there(uri):
            return None
        before = files(DeltaTable(uri))
        busy = tuple(part for part in _crowded(before) if not _compact(table, uri, part))
        vacuumed = _vacuum(uri, keep_days)
        redo_races(lambda: _keep_for(DeltaTable(uri), keep_days))
        redo_races(lambda: _mark(DeltaTable(uri)))
        _renew_log(DeltaTable(uri))
        after = files(DeltaTable(uri))
    return Upkeep(
        table.name, before.height, after.height, _bytes(before), _bytes(after), vacuumed, busy
    )


def files(delta: DeltaTable) -> pl.DataFrame:
    """Return path, size in bytes and dataset of the files of a table's newest version."""
    actions = pl.DataFrame(delta.get_add_actions(flatten=True))
    part = "partition.dataset"
    dataset = pl.col(part) if part in actions.columns else pl.lit("")
    return actions.select("path", "size_bytes", dataset=dataset)


def _crowded(present: pl.DataFrame) -> list[str]:
    """Return the datasets with several files that are not full; "" stands for a whole table."""
    small = present.filter(pl.col("size_bytes") < FULL_SIZE)
    counts = small.group_by("dataset").len().filter(pl.col("len") > 1)
    return sorted(counts["dataset"])


def _compact(table: Table, uri: str, dataset: str) -> bool:
    """Write the small files of a dataset as one; say whether others did not keep writing it."""
    part = [("dataset", "=", dataset)] if table.is_partitioned else None

    def commit() -> None:
        DeltaTable(uri).optimize.compact(
            partition_filters=part,
            target_size=FULL_SIZE,
            writer_properties=writer_properties(table),
            commit_properties=NOTE,
        )

    try:
        redo_races(commit)
    except DeltaError as error:
        if not is_race(error):
            raise
        return False
    return True


def _vacuum(uri: str, keep_days: int) -> int:
    """Delete files that nothing younger needs, those of killed writers too."""
    deleted = DeltaTable(uri).vacuum(
        keep_days * HOURS,
        dry_run=False,
        enforce_retention_duration=False,  # the settings say how long, and at least a day
        full=True,
        commit_properties=NOTE,
    )
    return len(deleted)


def _keep_for(delta: DeltaTable, keep_days: int) -> None:
    wanted = retention(keep_days)
    if not wanted.items() <= delta.metadata().configuration.items():
        delta.alter.set_table_properties(wanted, commit_properties=NOTE)


def _mark(delta: DeltaTable) -> None:
    """Let the newest commit be an empty one, which says since when the rows are what they are."""
    history = delta.history()
    if SINCE in history[0]:
        return
    told = (each for each in history if each.get("asset") != MAINTENANCE or SINCE in each)
    last = next(told, history[-1])
    note = {"asset": MAINTENANCE, SINCE: str(last.get(SINCE, last["timestamp"]))}
    delta.create_write_transaction(
        [],
        mode="append",
        schema=delta.schema(),
        partition_by=delta.metadata().partition_columns,
        commit_properties=CommitProperties(custom_metadata=note, max_commit_retries=COMMIT_RETRIES),
    )


def _renew_log(delta: DeltaTable) -> None:
    delta.create_checkpoint()
    delta.cleanup_metadata()


def _bytes(present: pl.DataFrame) -> int:
    return int(present["size_bytes"].sum())


@dataclass(frozen=True)
class Maintenance:
    """Keeps the tables of one lake, as long back as its settings say."""

    lake: Lake
    keep_days: int
    thumbnails: Thumbnails

    def forget_thumbnails(self) -> int:
        """Delete the thumbnails of images that no dataset holds any more, and return how many."""
        return self.thumbnails.forget(self._items_among)

    def _items_among(self, item_ids: set[str]) -> set[str]:
        asked = pl.LazyFrame({"item_id": sorted(item_ids)}, schema={"item_id": pl.String})
        held = self.lake.scan(ITEMS).select("item_id")
        return set(asked.join(held, on="item_id", how="semi").collect()["item_id"])

    def of(self, table: Table) -> Upkeep | None:
        """Do what `maintain` does."""
        return maintain(self.lake, table, keep_days=self.keep_days)
