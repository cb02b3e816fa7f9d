"""How a Delta table is opened: by the names of its files, with the columns of its contract."""

from pathlib import Path
from urllib.parse import unquote

import polars as pl
from deltalake import CommitProperties, DeltaTable, Schema
from deltalake.table import FilterType
from deltalake.writer.properties import ColumnProperties, WriterProperties

from saetm.errors import SaetmError
from saetm.tables import Table

LOG = "_delta_log"
CHECKPOINT_INTERVAL = 10  # commits; to open a table is to read its log since the last checkpoint


class Files(DeltaTable):
    """A table that names its files as the file system does.

    deltalake percent-encodes the folder of a table (a space, an umlaut), and Polars opens the
    files by exactly the names that it is given.
    """

    def file_uris(
        self,
        partition_filters: FilterType | None = None,
        *,
        file_pruning_predicate: str | FilterType | None = None,
    ) -> list[str]:
        """Return the files of the table: paths, or URIs in an object store."""
        folder = self.table_uri.removeprefix("file://")
        uris = super().file_uris(partition_filters, file_pruning_predicate=file_pruning_predicate)
        return [unquote(folder) + uri.removeprefix(folder) for uri in uris]


def is_there(uri: str) -> bool:
    """Say whether there is a table; files without a log are a damaged one, not an empty one.

    Raises:
        SaetmError: the log is lost.
    """
    if DeltaTable.is_deltatable(uri):
        return True
    if "://" in uri or not _names(Path(uri)) - {LOG}:
        return False
    if not DeltaTable.is_deltatable(uri):  # else another process has just created it
        raise SaetmError(f"the table {uri} has lost its {LOG}: restore it, or move the folder away")
    return True


def add_columns(delta: DeltaTable, table: Table) -> None:
    """Add what the contract has gained since the table was made; nothing is rewritten."""
    stored = {field.name for field in delta.schema().fields}
    gained = [name for name in table.schema if name not in stored]
    if gained:
        fields = Schema.from_arrow(table.empty().select(gained).schema).fields
        note = CommitProperties(custom_metadata={"asset": "contract"})
        delta.alter.add_columns(fields, commit_properties=note)


def fitted(frame: pl.LazyFrame, table: Table) -> pl.LazyFrame:
    """Select the contract's columns in its order; those that a table has not yet are null."""
    stored = set(frame.collect_schema())
    gained = [
        pl.lit(None, dtype).alias(name)
        for name, dtype in table.schema.items()
        if name not in stored
    ]
    return frame.with_columns(gained).select(table.schema.names())


def retention(keep_days: int) -> dict[str, str]:
    """Return the table properties that keep what was replaced for so many days.

    The log, and what a checkpoint says of removed files: without it, vacuum would take a file that
    was removed yesterday for one that nobody knows. Checkpoints come often, and let nothing
    expire: that is for maintenance, which knows where a log may end.
    """
    interval = f"interval {keep_days} days"
    return {
        "delta.logRetentionDuration": interval,
        "delta.deletedFileRetentionDuration": interval,
        "delta.checkpointInterval": str(CHECKPOINT_INTERVAL),
        "delta.enableExpiredLogCleanup": "false",
    }


def writer_properties(table: Table) -> WriterProperties:
    """Switch dictionaries and statistics off for vectors: they cost time and gain nothing."""
    plain = ColumnProperties(dictionary_enabled=False, statistics_enabled="NONE")
    vectors = {column.name: plain for column in table.columns if column.dtype == pl.Binary}
    return WriterProperties(compression="ZSTD", compression_level=1, column_properties=vectors)


def _names(folder: Path) -> set[str]:
    try:
        return {path.name for path in folder.iterdir()}
    except FileNotFoundError:
        return set()
