"""The lake: Delta tables by contract, local or in an object store.

Every overwrite and delete predicate holds the dataset as an escaped literal, so that writers of
different datasets never conflict. New rows are appended, never merged; a commit that loses its
race is retried, then the table is reopened and the write redone.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import polars as pl
from deltalake import CommitProperties, DeltaTable, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError
from deltalake.writer.properties import ColumnProperties, WriterProperties

from saetm.tables import TABLES, Table

COMMIT_RETRIES = 100  # deltalake gives up after 15, which eight concurrent writers use up
REOPEN_ATTEMPTS = 5
DELETE_CHUNK = 500  # keys per predicate: a longer one is slow to plan


class Lake:
    """Reads and writes the tables of `saetm.tables` below one root."""

    def __init__(self, root: str) -> None:
        """Point at a folder or an object store URI (s3://, gs://, az://)."""
        self.root = root.rstrip("/")

    def uri(self, table: Table) -> str:
        """Where the table lies."""
        return f"{self.root}/{table.name}"

    def create(self) -> None:
        """Create every table that is not there yet."""
        for table in TABLES.values():
            self._open(table)

    def scan(self, table: Table, dataset: str | None = None) -> pl.LazyFrame:
        """Scan a table, or one dataset of it; a table that was never written is empty."""
        frame = pl.scan_delta(self._open(table))
        return frame if dataset is None else frame.filter(pl.col("dataset") == dataset)

    def version(self, table: Table) -> int:
        """Return the table's Delta version."""
        return self._open(table).version()

    def append(self, table: Table, rows: pl.DataFrame, *, note: dict[str, str]) -> int:
        """Append rows and return how many; an empty frame makes no commit.

        Args:
            table: the contract; rows are cast to it.
            rows: frame with at least the contract's columns.
            note: commit metadata, such as the run that writes.
        """
        if rows.is_empty():
            return 0
        cast = table.cast(rows)
        self._write(lambda: self._commit(table, cast, "append", None, note))
        return cast.height

    def replace(
        self, table: Table, dataset: str, rows: pl.DataFrame, *, note: dict[str, str], **where: str
    ) -> int:
        """Replace the rows of one dataset, narrowed by further equalities, in one commit."""
        predicate = _equalities({"dataset": dataset, **where})
        cast = table.cast(rows)
        self._write(lambda: self._commit(table, cast, "overwrite", predicate, note))
        return cast.height

    def delete(
        self, table: Table, dataset: str, keys: pl.DataFrame, *, note: dict[str, str]
    ) -> int:
        """Delete the rows of a dataset whose columns equal a row of `keys` (all strings)."""
        for chunk in keys.iter_slices(DELETE_CHUNK):
            predicate = _any_of(dataset, chunk)
            self._write(lambda where=predicate: self._delete(table, where, note))
        return keys.height

    def remove(self, table: Table, dataset: str, *, note: dict[str, str]) -> None:
        """Delete every row of a dataset."""
        self._write(lambda: self._delete(table, _equalities({"dataset": dataset}), note))

    def _open(self, table: Table) -> DeltaTable:
        uri = self.uri(table)
        if not DeltaTable.is_deltatable(uri):
            self._write(lambda: self._create(table, uri))
        return DeltaTable(uri)

    def _create(self, table: Table, uri: str) -> None:
        if "://" not in uri:
            Path(uri).mkdir(parents=True, exist_ok=True)
        partition_by = ["dataset"] if table.is_partitioned else None
        write_deltalake(
            uri, table.empty(), mode="ignore", partition_by=partition_by, description=table.row
        )

    def _commit(
        self,
        table: Table,
        rows: pl.DataFrame,
        mode: str,
        predicate: str | None,
        note: dict[str, str],
    ) -> None:
        write_deltalake(
            self._open(table),
            rows,
            mode=mode,  # type: ignore[arg-type]  # "append" or "overwrite", from this class alone
            predicate=predicate,
            commit_properties=_properties(note),
            writer_properties=_writer(table),
        )

    def _delete(self, table: Table, predicate: str, note: dict[str, str]) -> None:
        self._open(table).delete(predicate, commit_properties=_properties(note))

    def _write(self, commit: Callable[[], None]) -> None:
        for attempt in range(REOPEN_ATTEMPTS):
            try:
                return commit()
            except (CommitFailedError, DeltaError) as error:
                if not _is_race(error) or attempt == REOPEN_ATTEMPTS - 1:
                    raise
                time.sleep(0.05 * 2**attempt)
        return None


def batches(frame: pl.DataFrame, *, size: int) -> Iterator[pl.DataFrame]:
    """Cut a frame into slices of at most `size` rows, without copying."""
    yield from frame.iter_slices(size)


def literal(value: str) -> str:
    """Quote a string for a Delta predicate.

    Example:
        >>> literal("it's")
        "'it''s'"
    """
    return "'" + value.replace("'", "''") + "'"


def _equalities(values: dict[str, str]) -> str:
    return " AND ".join(f'"{column}" = {literal(value)}' for column, value in values.items())


def _any_of(dataset: str, keys: pl.DataFrame) -> str:
    head, *others = keys.columns
    groups = keys.group_by(others).agg(head) if others else keys.select(pl.col(head).implode())
    clauses = [_group_clause(head, row) for row in groups.iter_rows(named=True)]
    return f"{_equalities({'dataset': dataset})} AND ({' OR '.join(clauses)})"


def _group_clause(head: str, row: dict[str, str | Sequence[str]]) -> str:
    members = ", ".join(literal(value) for value in row[head])
    rest = {name: str(value) for name, value in row.items() if name != head}
    clause = f'"{head}" IN ({members})'
    return f"({clause} AND {_equalities(rest)})" if rest else f"({clause})"


def _properties(note: dict[str, str]) -> CommitProperties:
    return CommitProperties(custom_metadata=dict(note), max_commit_retries=COMMIT_RETRIES)


def _writer(table: Table) -> WriterProperties:
    """Switch dictionaries and statistics off for vectors: they cost time and gain nothing."""
    plain = ColumnProperties(dictionary_enabled=False, statistics_enabled="NONE")
    vectors = {column.name: plain for column in table.columns if column.dtype == pl.Binary}
    return WriterProperties(compression="ZSTD", compression_level=1, column_properties=vectors)


def _is_race(error: DeltaError | CommitFailedError) -> bool:
    message = str(error).lower()
    return isinstance(error, CommitFailedError) or any(
        sign in message for sign in ("concurrent", "changed since last commit", "already exists")
    )
