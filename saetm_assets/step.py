"""A step: one asset at work on one dataset. What it reads, whether it is owed, what it wrote.

A stage opens a step, asks it for frames, calls a pure function, hands the result back and closes
the step. The step keeps the ledger, the `materialisations` table: an asset whose code, options
and upstream data are those of its last materialisation has nothing to do. What an asset reads of
the options, it says in its definition's metadata.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

import dagster as dg
import polars as pl

from resources.lake import Lake
from resources.portions import Owed
from resources.progress import Advance, Progress
from resources.registry import Registration, Registry
from resources.settings import now
from resources.view import DatasetView, Entry, ledgers
from saetm.errors import ContractError, InputError, OutOfReachError
from saetm.owed import Stage, input_version, stage_for, with_members
from saetm.rows import IDENTITY, content_version, pending, stale
from saetm.tables import ITEMS, MATERIALISATIONS, TABLES, Table
from saetm.unions import Membership, made_by, membership_of
from saetm_assets.partitions import BY_COMMAND_LINE, dataset_of
from saetm_assets.previews import column_lineage, preview, schema

OPTIONS = "options"  # metadata of an asset: the options that it reads
OPTIONAL = "optional"  # metadata of an asset: what it reads where it is there, and goes without
STAMPS = ("run_id", "created_at")  # columns that say when a row was written, not what it holds

Metadata = dict[str, dg.MetadataValue | int | float | str]


@dataclass
class Step(DatasetView):
    """One asset at work on one dataset."""

    declared: Stage  # as it is for a dataset with items of its own
    run_id: str
    registration: Registration
    progress: Progress
    folders: Mapping[str, str]  # of the files, by dataset: of a union, those of its members
    started: float = field(default_factory=time.monotonic)
    rows_written: int = 0

    @property
    def stage(self) -> Stage:
        """What tells whether the asset has to run again."""
        return stage_for(self.declared, self.registration.options)

    @property
    def union(self) -> Membership | None:
        """What the dataset consists of; None where it has items of its own."""
        return membership_of(self.registration.options)

    @property
    def asset(self) -> str:
        """Name of the asset."""
        return self.declared.name

    @property
    def note(self) -> dict[str, str]:
        """Commit metadata: the Delta history of each table names the run and the asset."""
        return {"run_id": self.run_id, "asset": self.asset, "dataset": self.dataset}

    @cached_property
    def upstream(self) -> dict[str, str]:
        """Data version of each upstream asset that has one, as they were first asked for."""
        entries = self.entries()
        return {name: entries[name].data_version for name in self.stage.upstream if name in entries}

    @cached_property
    def input_version(self) -> str:
        """Hash of code version, options and upstream data versions, as they were first asked for.

        Raises:
            InputError: an upstream asset was never materialised.
        """
        version = input_version(self.stage, self.registration.options, self.upstream)
        if version is None:
            missing = next(name for name in self.stage.upstream if name not in self.upstream)
            member, _, asset = missing.rpartition("/")
            whose = member or self.dataset
            raise InputError(f"{asset} of {whose!r} was never materialised: run `saetm run` first")
        return version

    def entries(self) -> dict[str, Entry]:
        """Return the ledger's last entries: this step alone writes on while it is at work."""
        return self._entries

    def adopt(self, registration: Registration) -> None:
        """Go on with options that this step itself has just read: they are what it works by."""
        self.registration = registration
        for name in ("_entries", "upstream", "input_version"):
            vars(self).pop(name, None)

    def owes(self, table: Table, *, producer: str = "") -> bool:
        """Tell whether a whole table has to be computed, and note that it is begun.

        Nothing is owed when the last materialisation had the same inputs and producer and its
        rows are there. From the note on, what the table holds counts as unknown, so that a crash
        between two writes is not taken for a result.
        """
        entry = self.last(self.asset)
        if entry is None:
            return True
        was = entry.input_version, entry.producer, entry.row_count
        if was == (self.input_version, producer, self.count(table)):
            return False
        self._enter("", entry.data_version, entry.producer, entry.row_count)
        return True

    def replace(self, table: Table, rows: pl.DataFrame, **where: str) -> None:
        """Replace this dataset's rows of a table, narrowed by further equalities."""
        stamped = self._stamped(table, rows)
        self.rows_written += self.lake.replace(
            table, self.dataset, stamped, note=self.note, **where
        )

    def renew(self, table: Table, rows: pl.DataFrame, **where: str) -> None:
        """Replace rows as `replace` does, unless they are the same; their order has no meaning."""
        content = [name for name in table.schema if name not in STAMPS]
        wanted = (
            self._stamped(table, rows)
            .select(content)
            .cast({name: table.schema[name] for name in content})
        )
        mine = [pl.col(name) == value for name, value in where.items()]
        present = self.scan(table).filter(*mine).select(content).collect()
        if content_version(present) != content_version(wanted):
            self.replace(table, rows, **where)

    def append(self, table: Table, rows: pl.DataFrame) -> None:
        """Append rows of this dataset."""
        self.rows_written += self.lake.append(table, self._stamped(table, rows), note=self.note)

    def record(self, table: Table, rows: pl.DataFrame) -> None:
        """Append rows that tell about the work; they do not count among the rows written."""
        self.lake.append(table, self._stamped(table, rows), note=self.note)

    def rewrite(self, table: Table, rows: pl.DataFrame, *, key: str) -> None:
        """Write rows of this dataset over those with the same key."""
        stamped = self._stamped(table, rows)
        self.rows_written += self.lake.rewrite(
            table, self.dataset, stamped, key=key, note=self.note
        )

    def delete(self, table: Table, keys: pl.DataFrame) -> None:
        """Delete rows of this dataset whose columns equal a row of `keys`."""
        self.rows_written += self.lake.delete(table, self.dataset, keys, note=self.note)

    def work(
        self,
        table: Table,
        wanted: pl.LazyFrame,
        compute: Callable[[Iterator[pl.DataFrame]], Iterator[pl.DataFrame]],
        *,
        producer: str,
        batch: int,
    ) -> None:
        """Do owed row work: delete what is stale, then compute, and commit what is done at once.

        Batches go by item_id, so that two fresh runs compute the same batches; only those that
        `compute` has taken are in memory.

        Args:
            table: a row table, with item_id, producer and input_hash.
            wanted: frame with item_id, input_hash and whatever `compute` reads.
            compute: takes batches of wanted rows, and yields frames of the table's rows, each of
                which is a commit. They need not be the rows of one batch, and may be fewer.
            producer: the producer in service.
            batch: rows that are handed to `compute` at a time.
        """
        owed = self._owed(table, wanted, producer, batch)
        with self.bar(owed.keys.height) as advance:
            for rows in compute(_counted(owed.read(), advance)):
                self.append(table, rows.with_columns(producer=pl.lit(producer)))

    def spread(
        self,
        table: Table,
        wanted: pl.LazyFrame,
        compute: Callable[[Owed], Iterator[pl.DataFrame]],
        *,
        producer: str,
        batch: int,
    ) -> None:
        """Do owed row work as `work` does, where `compute` reads the rows itself, anywhere.

        Args:
            table: as for `work`.
            wanted: as for `work`.
            compute: takes what is owed, and yields frames of the table's rows, one per item;
                each is a commit.
            producer: as for `work`.
            batch: rows of a portion.
        """
        owed = self._owed(table, wanted, producer, batch)
        with self.bar(owed.keys.height) as advance:
            for rows in compute(owed):
                self.append(table, rows.with_columns(producer=pl.lit(producer)))
                advance(rows.height)

    def _owed(self, table: Table, wanted: pl.LazyFrame, producer: str, batch: int) -> Owed:
        """Delete what is stale, and return what is owed."""
        present = self.scan(table).select("item_id", "producer", "input_hash")
        items = self.scan(ITEMS).select("item_id")
        self.delete(table, stale(wanted, present, items, producer=producer).collect())
        mine = self.scan(table).filter(pl.col("producer") == producer)
        keys = pending(wanted, mine).select(IDENTITY).sort("item_id").collect()
        return Owed(wanted, keys, batch)

    @contextmanager
    def bar(self, total: int | None) -> Iterator[Advance]:
        """Show a progress bar named after the asset, unless there is nothing to do.

        Args:
            total: units of work; None where nobody knows before.
        """
        if total == 0:
            yield lambda _units: None
            return
        with self.progress.bar(self.asset.replace("_", " "), total) as advance:
            yield advance

    def close(
        self,
        table: Table,
        *,
        version: str | None = None,
        version_of: Sequence[str] = (),
        producer: str = "",
        metadata: Metadata | None = None,
    ) -> dg.MaterializeResult[None]:
        """Enter the materialisation into the ledger and report it.

        Args:
            table: the asset's first table.
            version: data version, if it is known.
            version_of: columns of `table` whose content is the data version otherwise.
            producer: the producer in service.
            metadata: further metadata, such as a picture.
        """
        rows = self.scan(table)
        if producer:
            rows = rows.filter(made_by(producer))
        if version is None:
            version = content_version(rows.select(version_of).collect())
        count = self.count(table)
        self._enter(self.input_version, version, producer, count)
        return dg.MaterializeResult(
            data_version=dg.DataVersion(version),
            metadata={
                "dagster/partition_row_count": count,
                "rows_written": self.rows_written,
                "producer": producer or self.asset,
                "dagster/column_schema": schema(table),
                "dagster/column_lineage": column_lineage(table),
                "preview": preview(rows, table),
                **(metadata or {}),
            },
        )

    def _enter(self, input_version: str, version: str, producer: str, count: int) -> None:
        row = {
            "dataset": self.dataset,
            "asset": self.asset,
            "input_version": input_version,
            "data_version": version,
            "producer": producer,
            "row_count": count,
            "rows_written": self.rows_written,
            "seconds": time.monotonic() - self.started,
            "run_id": self.run_id,
            "created_at": self.next_instant(now()),
            "code_version": self.stage.code_version,
            "options": self.registration.options.part(*self.stage.options),
            "upstream": json.dumps(self.upstream, sort_keys=True),
            "table_versions": self._table_versions() if input_version else None,
        }
        self.lake.append(MATERIALISATIONS, pl.DataFrame([row]), note=self.note)
        vars(self).pop("_entries", None)

    def _table_versions(self) -> str:
        """Return the Delta versions that hold the asset's rows now: no other run writes them."""
        mine = [table for table in TABLES.values() if table.asset == self.asset]
        versions = {table.name: self.lake.version(table) for table in mine}
        return json.dumps(versions, sort_keys=True)

    @cached_property
    def _entries(self) -> dict[str, Entry]:
        options = self.registration.options
        if not options.members:
            return super().entries()
        return with_members(ledgers(self.lake), self.dataset, options)

    @cached_property
    def _earliest(self) -> datetime:
        """An instant after all that earlier steps have written, wherever the clock was set."""
        return self.next_instant(now())

    def _stamped(self, table: Table, rows: pl.DataFrame) -> pl.DataFrame:
        instant = max(now(), self._earliest)
        stamps = {"dataset": self.dataset, "run_id": self.run_id, "created_at": instant}
        return rows.with_columns(
            pl.lit(value).alias(name) for name, value in stamps.items() if name in table.schema
        )


def _counted(batches: Iterator[pl.DataFrame], advance: Advance) -> Iterator[pl.DataFrame]:
    """Count a batch as done when the next one is taken."""
    for rows in batches:
        yield rows
        advance(rows.height)


def stage_of(definition: dg.AssetsDefinition) -> Stage:
    """Read from an asset's definition what tells whether it has to run again.

    What it reads only where it is there is not among it: it has to ask for that by itself.
    """
    key = definition.key
    metadata = definition.metadata_by_key[key]
    parents = {parent.to_user_string() for parent in definition.asset_deps[key]}
    return Stage(
        name=key.to_user_string(),
        code_version=str(definition.code_versions_by_key[key]),
        options=tuple(metadata.get(OPTIONS, ())),
        upstream=tuple(sorted(parents - {*metadata.get(OPTIONAL, ())})),
    )


@dataclass(frozen=True)
class Desk:
    """What every stage works with: the lake, the registry and a progress display."""

    lake: Lake
    registry: Registry
    progress: Progress

    @contextmanager
    def open(self, context: dg.AssetExecutionContext) -> Iterator[Step]:
        """Open the step that this context is about; an unknown dataset is refused.

        Trouble that only a person can mend fails the step with its one sentence, without retries;
        so does what is out of reach while somebody waits at the command line.
        """
        try:
            dataset = dataset_of(context.partition_key)
            registration = self.registry.find(dataset)
            step = Step(
                declared=stage_of(context.assets_def),
                run_id=context.run_id,
                registration=registration,
                lake=self.lake,
                dataset=dataset,
                progress=self.progress,
                folders=self._folders(registration),
            )
            if step.declared.upstream:  # others read what they depend on themselves
                _ = step.input_version  # what changes from here on is owed to the next run
            yield step
        except (InputError, ContractError) as error:
            is_watched = BY_COMMAND_LINE.items() <= context.run.tags.items()
            may_pass = isinstance(error, OutOfReachError) and not is_watched
            raise dg.Failure(description=str(error), allow_retries=may_pass) from error

    def _folders(self, mine: Registration) -> dict[str, str]:
        theirs = {name: self.registry.find(name).folder for name in mine.options.members}
        return theirs or {mine.dataset: mine.folder}
