"""What was done for a dataset, materialisation by materialisation: tables read, tables written.

From the ledger; the notes in the Delta logs say how many rows were written, and which version
held them where the ledger is older than that. Steps that failed are known to Dagster alone.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from resources.history import Commit, commits
from resources.lake import Lake
from saetm.owed import Stage
from saetm.tables import MATERIALISATIONS, Table
from saetm.tables.origins import origins
from saetm.tables.owners import tables_of

Row = dict[str, str]  # of the ledger; what is JSON there is read where it is needed
Commits = dict[str, list[Commit]]  # by table


@dataclass(frozen=True, slots=True)
class Read:
    """A table that a step read."""

    table: Table
    version: int | None  # Delta version; None where nobody noted it


@dataclass(frozen=True, slots=True)
class Written:
    """A table that a step wrote, or found to be right."""

    table: Table
    version: int | None
    rows_added: int | None  # None where the notes are gone


@dataclass(frozen=True, slots=True)
class Work:
    """One materialisation, or one attempt that failed."""

    dataset: str
    asset: str
    run_id: str
    began: datetime
    ended: datetime
    reads: tuple[Read, ...]
    writes: tuple[Written, ...]
    code_version: str = ""  # empty before it was recorded, as are those below
    options: str = ""  # JSON
    producer: str = ""
    data_version: str = ""
    failure: str | None = None  # what went wrong, for a person


def work_done(lake: Lake, dataset: str, stages: Sequence[Stage]) -> list[Work]:
    """Return the finished materialisations of a dataset, oldest first."""
    written = {table.name: commits(lake, table) for table in _lasting(stages)}
    upstream = {stage.name: stage.upstream for stage in stages}
    finished = (pl.col("input_version") != "") & (pl.col("data_version") != "")
    ledger = lake.scan(MATERIALISATIONS, dataset).filter(finished).sort("created_at").collect()
    done: list[Work] = []
    for row in ledger.iter_rows(named=True):
        if row["asset"] in upstream:
            done.append(_work(row, tuple(_reads(row["asset"], upstream, done)), written))
    return done


def _lasting(stages: Iterable[Stage]) -> Iterator[Table]:
    return (table for stage in stages for table in tables_of(stage.name))


def _work(row: Row, reads: tuple[Read, ...], written: Commits) -> Work:
    return Work(
        dataset=row["dataset"],
        asset=row["asset"],
        run_id=row["run_id"],
        began=_began(row),
        ended=datetime.fromisoformat(str(row["created_at"])),
        reads=reads,
        writes=tuple(_writes(row, written)),
        code_version=row["code_version"] or "",
        options=row["options"] or "",
        producer=row["producer"],
        data_version=row["data_version"],
    )


def _writes(row: Row, written: Commits) -> Iterator[Written]:
    """Tell what each table of the asset holds since; one that was never written is left out."""
    recorded = json.loads(row["table_versions"] or "{}")
    for at, table in enumerate(tables_of(row["asset"])):
        mine = [each for each in written[table.name] if _is_of(each, row)]
        noted = max((each.version for each in mine), default=None)
        version = recorded.get(table.name, noted)
        if version is not None or at == 0:
            is_known = _reaches(written[table.name], _began(row))
            added = sum(each.rows_added for each in mine) if is_known else None
            yield Written(table, version, added)


def _reaches(log: list[Commit], instant: datetime) -> bool:
    """Tell whether a log still holds what was done since an instant."""
    return not log or log[0].version == 0 or log[0].at <= instant


def _began(row: Row) -> datetime:
    ended = datetime.fromisoformat(str(row["created_at"]))
    return ended - timedelta(seconds=float(row["seconds"]))


def _is_of(commit: Commit, row: Row) -> bool:
    mine = (row["run_id"], row["asset"], row["dataset"])
    return (commit.run_id, commit.asset, commit.dataset) == mine


def _reads(asset: str, upstream: dict[str, tuple[str, ...]], done: list[Work]) -> Iterator[Read]:
    """Tell which tables an asset reads: the first of each upstream asset, and declared origins."""
    declared = {
        origin.table
        for table in tables_of(asset)
        for found in origins(table).values()
        for origin in found
    }
    for parent in upstream[asset]:
        last = next((work for work in reversed(done) if work.asset == parent), None)
        for at, table in enumerate(tables_of(parent)):
            if at == 0 or table.name in declared:
                yield Read(table, _version(last, table))


def _version(work: Work | None, table: Table) -> int | None:
    held = {each.table.name: each.version for each in work.writes} if work else {}
    return held.get(table.name)
