"""The lake: Delta tables by contract, local or in an object store.

Every overwrite and delete predicate holds the dataset as an escaped literal, so that writers of
different datasets never conflict. New rows are appended, never merged; a commit that loses its
race is retried, then the table is reopened and the write redone. A contract may gain columns: a
table that is older shows them as null, and has them added before the next write.
"""

import json
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import unquote

import polars as pl
from deltalake import CommitProperties, DeltaTable, write_deltalake
from deltalake.exceptions import DeltaError

from resources.delta import (
    Files,
    add_columns,
    fitted,
    is_there,
    retention,
    writer_properties,
)
from resources.kept_scans import KeptScans
from resources.lake_faults import check_root, is_race, translated
from resources.predicates import any_of, equalities
from saetm.errors import ContractError
from saetm.options import SAE_TM
from saetm.tables import DATASETS, TABLES, Table
from saetm.unions import Membership, is_shared, joined

COMMIT_RETRIES = 100  # deltalake gives up after 15, which eight concurrent writers use up
REOPEN_ATTEMPTS = 8  # the last one after six seconds
KEEP_DAYS = 30  # of new tables; maintenance sets what the settings say
DELETE_CHUNK = 500  # keys per predicate: a longer one is slow to plan
PATIENCE = 1.0  # seconds for which unions are believed to be as they were


class Lake:
    """Reads and writes the tables of `saetm.tables` below one root."""

    def __init__(self, root: str) -> None:
        """Point at a folder or an object store URI (s3://, gs://, az://).

        Raises:
            InputError: the folder has a name that Delta tables do not work in.
        """
        folder = unquote(root.removeprefix("file://")) if root.startswith("file://") else root
        self.root = check_root(folder).rstrip("/")
        self._looked, self._unions = float("-inf"), dict[str, Membership]()
        self._scans = KeptScans()

    def uri(self, table: Table) -> str:
        """Where the table lies."""
        return f"{self.root}/{table.name}"

    def create(self) -> None:
        """Create every table that is not there yet."""
        for table in TABLES.values():
            with translated("written", self.uri(table)):
                self._open(table)

    def scan(self, table: Table, dataset: str | None = None) -> pl.LazyFrame:
        """Scan a table, or one dataset of it; a table that was never written is empty.

        Raises:
            SaetmError: the table is damaged or out of reach.
        """
        uri = self.uri(table)
        with translated("read", uri):
            frame = self._scan(table, uri)
        return frame if dataset is None else self.part(frame, table, dataset)

    def part(self, rows: pl.LazyFrame, table: Table, dataset: str) -> pl.LazyFrame:
        """Select a dataset's rows of a table; what a union has of its members are theirs."""
        union = self.unions().get(dataset) if is_shared(table) else None
        if union is not None and union.has(table):
            return union.rows(rows, table)
        return rows.filter(pl.col("dataset") == dataset)

    def stored(self, table: Table, dataset: str) -> pl.LazyFrame:
        """Scan what is stored under a dataset's own name: a union's members are left out."""
        return self.scan(table).filter(pl.col("dataset") == dataset)

    def unions(self) -> dict[str, Membership]:
        """Return what each union consists of, as it was a second ago at most."""
        if time.monotonic() - self._looked > PATIENCE:
            self._unions = memberships(self.scan(DATASETS))
            self._looked = time.monotonic()
        return self._unions

    def version(self, table: Table) -> int:
        """Return the table's Delta version."""
        with translated("read", self.uri(table)):
            return self._open(table).version()

    def append(self, table: Table, rows: pl.DataFrame, *, note: dict[str, str]) -> int:
        """Append rows and return how many; an empty frame makes no commit.

        Args:
            table: the contract; rows are cast to it.
            rows: frame with at least the contract's columns.
            note: commit metadata, such as the run that writes.

        Raises:
            ContractError: a column is missing or of another type.
            SaetmError: the table cannot be written.
        """
        if rows.is_empty():
            return 0
        cast = table.cast(rows)
        self._write(table, lambda: self._append(table, cast, note))
        return cast.height

    def replace(
        self, table: Table, dataset: str, rows: pl.DataFrame, *, note: dict[str, str], **where: str
    ) -> int:
        """Replace the rows of one dataset, narrowed by further equalities, in one commit.

        Raises:
            ContractError: a column is missing or of another type, or a row lies outside of what
                is replaced.
            SaetmError: the table cannot be written.
        """
        cast = table.cast(rows)
        scope = {"dataset": dataset, **where}
        for column, value in scope.items():
            if column not in table.schema or not cast[column].eq_missing(value).all():
                raise ContractError(f"table {table.name}: {column} is not {value!r} in every row")
        predicate = equalities(scope)
        self._write(table, lambda: self._overwrite(table, cast, predicate, note))
        return cast.height

    def rewrite(
        self, table: Table, dataset: str, rows: pl.DataFrame, *, key: str, note: dict[str, str]
    ) -> int:
        """Write rows over those with the same key, so many at a time in one commit each.

        A crash leaves every row as it was or as it is to be.

        Args:
            table: the contract; rows are cast to it.
            dataset: the dataset of every row.
            rows: frame with at least the contract's columns, each key once.
            key: column of text that tells rows of the dataset apart.
            note: commit metadata.

        Raises:
            ContractError: a column is missing or of another type.
            SaetmError: the table cannot be written.
        """
        cast = table.cast(rows)
        for chunk in cast.iter_slices(DELETE_CHUNK):
            predicate = any_of(dataset, chunk.select(key))
            self._write(table, partial(self._overwrite, table, chunk, predicate, note))
        return cast.height

    def delete(
        self, table: Table, dataset: str, keys: pl.DataFrame, *, note: dict[str, str]
    ) -> int:
        """Delete the rows of a dataset whose columns equal a row of `keys`.

        Returns:
            The number of keys.

        Raises:
            ContractError: the keys are neither text nor whole numbers.
            SaetmError: the table cannot be written.
        """
        for chunk in keys.iter_slices(DELETE_CHUNK):
            self._write(table, partial(self._delete, table, any_of(dataset, chunk), note))
        return keys.height

    def remove(self, table: Table, dataset: str, *, note: dict[str, str]) -> None:
        """Delete every row of a dataset."""
        predicate = equalities({"dataset": dataset})
        self._write(table, lambda: self._delete(table, predicate, note))

    def _scan(self, table: Table, uri: str) -> pl.LazyFrame:
        def scan() -> pl.LazyFrame:
            there = is_there(uri)
            return fitted(pl.scan_delta(Files(uri)), table) if there else table.empty().lazy()

        return self._scans.get(uri, scan)

    def _open(self, table: Table) -> DeltaTable:
        uri = self.uri(table)
        if not is_there(uri):
            redo_races(lambda: self._create(table, uri))
        delta = DeltaTable(uri)
        add_columns(delta, table)
        return delta

    def _create(self, table: Table, uri: str) -> None:
        if "://" not in uri:
            Path(uri).mkdir(parents=True, exist_ok=True)
        partition_by = ["dataset"] if table.is_partitioned else None
        write_deltalake(
            uri,
            table.empty(),
            mode="ignore",
            partition_by=partition_by,
            description=table.row,
            configuration=retention(KEEP_DAYS),
        )

    def _append(self, table: Table, rows: pl.DataFrame, note: dict[str, str]) -> None:
        write_deltalake(
            self._open(table),
            rows,
            mode="append",
            commit_properties=_properties(note),
            writer_properties=writer_properties(table),
        )

    def _overwrite(
        self, table: Table, rows: pl.DataFrame, predicate: str, note: dict[str, str]
    ) -> None:
        write_deltalake(
            self._open(table),
            rows,
            mode="overwrite",
            predicate=predicate,
            commit_properties=_properties(note),
            writer_properties=writer_properties(table),
        )

    def _delete(self, table: Table, predicate: str, note: dict[str, str]) -> None:
        self._open(table).delete(predicate, commit_properties=_properties(note))

    def _write(self, table: Table, commit: Callable[[], None]) -> None:
        with translated("written", self.uri(table)):
            redo_races(commit)
        if table is DATASETS:
            self._looked = float("-inf")


def memberships(datasets: pl.LazyFrame) -> dict[str, Membership]:
    """Return what each union consists of, by name.

    Args:
        datasets: rows of the datasets table.
    """
    named = pl.col("options").str.contains('"members"', literal=True)
    rows = datasets.filter(named).select("dataset", "options").collect()
    found = {name: json.loads(options) for name, options in rows.iter_rows()}
    return {
        name: joined(tree["members"], tree.get("autoencoder"), tree.get("model", SAE_TM))
        for name, tree in found.items()
        if tree.get("members")
    }


def redo_races(commit: Callable[[], None]) -> None:
    """Do a commit, and do it again on the table as it is then when another writer was first.

    Raises:
        DeltaError: others were first each time, or something else went wrong.
    """
    for attempt in range(REOPEN_ATTEMPTS):
        try:
            return commit()
        except DeltaError as error:
            if not is_race(error) or attempt == REOPEN_ATTEMPTS - 1:
                raise
            time.sleep(0.05 * 2**attempt)
    return None


def _properties(note: dict[str, str]) -> CommitProperties:
    return CommitProperties(custom_metadata=dict(note), max_commit_retries=COMMIT_RETRIES)
