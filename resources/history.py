"""The history of the lake: what each commit did, and the rows that a table held before it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import polars as pl
from deltalake.exceptions import DeltaError

from resources.delta import Files, fitted, is_there
from resources.lake import Lake
from resources.lake_faults import translated
from saetm.errors import SaetmError
from saetm.tables import Table

CHANGES = {"WRITE", "DELETE", "MERGE"}  # others move rows between files at most
MAINTENANCE = "maintenance"  # what the notes of maintenance name as their asset


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit of a table, with what its note says."""

    version: int
    at: datetime
    since: datetime  # since when the rows had been what they were, where maintenance noted that
    is_change: bool  # whether rows came or went
    run_id: str
    asset: str
    dataset: str  # empty where it concerns the table as a whole
    state: str  # begun or done, of what takes several commits
    rows_added: int  # rows that it wrote, those that it wrote anew among them


def commits(lake: Lake, table: Table) -> list[Commit]:
    """Return the commits that the log still holds, oldest first; none before there is a table.

    Raises:
        SaetmError: the table is damaged or out of reach.
    """
    uri = lake.uri(table)
    with translated("read", uri):
        history = Files(uri).history() if is_there(uri) else []
    return [
        Commit(
            version=entry["version"],
            at=_instant(entry["timestamp"]),
            since=_instant(entry.get("since") or entry["timestamp"]),
            is_change=_is_change(entry),
            rows_added=int(entry.get("operationMetrics", {}).get("num_added_rows", 0)),
            **{name: entry.get(name, "") for name in ("run_id", "asset", "dataset", "state")},
        )
        for entry in reversed(history)
    ]


def table_at(lake: Lake, table: Table, version: int) -> pl.LazyFrame:
    """Scan a table at a version.

    Raises:
        SaetmError: the log does not reach back so far.
    """
    try:
        return fitted(pl.scan_delta(Files(lake.uri(table), version=version)), table)
    except (DeltaError, OSError) as error:
        raise gone(table) from error


def rows_at(lake: Lake, table: Table, version: int, dataset: str) -> pl.LazyFrame:
    """Scan the rows that a table held under a dataset's own name.

    Raises:
        SaetmError: the log does not reach back so far.
    """
    return table_at(lake, table, version).filter(pl.col("dataset") == dataset)


def read_at(lake: Lake, table: Table, version: int, dataset: str) -> pl.DataFrame:
    """Read what `rows_at` scans.

    Raises:
        SaetmError: the log does not reach back so far, or the files were vacuumed.
    """
    try:
        return rows_at(lake, table, version, dataset).collect()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise gone(table) from error


def gone(table: Table) -> SaetmError:
    """Say that a table no longer holds what it held then."""
    return SaetmError(
        f"the table {table.name} no longer holds what it held then: maintenance keeps what is "
        "replaced for SAETM_KEEP_DAYS days"
    )


def _is_change(entry: dict[str, Any]) -> bool:
    """Tell whether rows came or went; the first version is empty, as are notes of maintenance."""
    is_ours = entry.get("asset") == MAINTENANCE
    return entry["version"] > 0 and entry["operation"] in CHANGES and not is_ours


def _instant(milliseconds: int | str) -> datetime:
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC)
