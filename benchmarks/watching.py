"""A home that `saetm ui` serves, watched from outside: its runs, its sensors, its tables."""

import time
from dataclasses import dataclass, field, replace
from datetime import datetime

import polars as pl
from deltalake import DeltaTable

from benchmarks.deliveries import Delivery
from resources.registry import Registry
from resources.view import DatasetView
from saetm.items import normalise_text
from saetm.options import DatasetOptions
from saetm.owed import owed
from saetm.tables import (
    ACTIVATIONS,
    BAGS,
    CAPTIONS,
    EMBEDDINGS,
    ITEMS,
    MATERIALISATIONS,
    MIXTURES,
    Table,
)
from saetm_assets.definitions import STAGES
from saetm_assets.step import stage_of
from tests.ui.served import Served

LOOK_SECONDS = 2  # between two looks of a sensor
QUIET_SECONDS = 6 * LOOK_SECONDS  # by then, a sensor has asked for whatever it has seen
ROW_TABLES = (ITEMS, CAPTIONS, BAGS, EMBEDDINGS, ACTIVATIONS)
LINE = [stage_of(stage) for stage in STAGES]
UNFINISHED = {"QUEUED", "NOT_STARTED", "STARTING", "STARTED", "CANCELING"}
RUNS = "{ runsOrError(limit: 1000) { ... on Runs { results { runId status } } } }"
LAST_TICK = """
query($selector: SensorSelector!) {
  sensorOrError(sensorSelector: $selector) {
    ... on Sensor { sensorState { ticks(limit: 1) { skipReason } } } } }"""


@dataclass(frozen=True)
class Work:
    """What a stage did in some stretch of time."""

    rows: int  # computed: of items, those that came into its table, however often
    seconds: float
    times: int  # that it wrote something


@dataclass(frozen=True)
class Watch:
    """One dataset of a served home."""

    served: Served
    view: DatasetView
    registry: Registry
    began: float = field(default_factory=time.monotonic)

    @property
    def clock(self) -> str:
        """Minutes and seconds since the watch began."""
        return "{:3.0f}:{:02.0f}".format(*divmod(int(time.monotonic() - self.began), 60))

    def runs(self) -> dict[str, str]:
        """Return the status of every run by its id."""
        found = self.served.ask(RUNS)["runsOrError"]["results"]
        return {run["runId"]: run["status"] for run in found}

    def is_busy(self) -> bool:
        """Tell whether a run is waiting or under way."""
        return not UNFINISHED.isdisjoint(self.runs().values())

    def said(self, sensor: str) -> str:
        """Return what a sensor said at its last look, if it asked for nothing."""
        selector = {**self.served.location(), "repositoryName": "__repository__"}
        answer = self.served.ask(LAST_TICK, selector={**selector, "sensorName": sensor})
        ticks = answer["sensorOrError"]["sensorState"]["ticks"]
        return (ticks[0]["skipReason"] if ticks else None) or ""

    def rest(self, delivery: Delivery, *, seconds: float) -> None:
        """Wait until what was delivered is through the line, and nothing more is asked for.

        Raises:
            TimeoutError: it takes longer than so many seconds.
            RuntimeError: a run has failed.
        """
        deadline = time.monotonic() + seconds
        quiet_since = time.monotonic()
        while time.monotonic() - quiet_since < QUIET_SECONDS:
            if time.monotonic() > deadline:
                raise TimeoutError(f"not through the line after {seconds:.0f} seconds")
            if "FAILURE" in self.runs().values():
                raise RuntimeError("a run has failed")
            if self.is_busy() or not self.is_through(delivery):
                quiet_since = time.monotonic()
            time.sleep(1)

    def is_through(self, delivery: Delivery) -> bool:
        """Tell whether every table tells of what lies in the folder, and no stage is owed."""
        items = self.view.scan(ITEMS).select("path", "text").collect()
        wanted = {name: normalise_text(said) for name, said in delivery.captions().items()}
        if dict(items.iter_rows()) != wanted:
            return False
        entries = self.view.entries()
        if len(entries) < len(LINE) or owed(LINE, self._options(), entries):
            return False
        return {len(wanted)} == {self.count(table) for table in (*ROW_TABLES, MIXTURES)}

    def count(self, table: Table) -> int:
        """Count the items of a table."""
        return int(self.view.scan(table).select(pl.col("item_id").n_unique()).collect().item())

    def newest(self) -> datetime:
        """Return the instant of the newest materialisation."""
        ledger = self.view.scan(MATERIALISATIONS)
        return ledger.select(pl.col("created_at").max()).collect().item()

    def work(self, since: datetime | None = None) -> dict[str, Work]:
        """Return what each stage did, in the order in which data flows.

        Args:
            since: the instant behind which to begin; None for all.
        """
        ledger = self.view.scan(MATERIALISATIONS).filter(pl.col("input_version") != "")
        if since is not None:
            ledger = ledger.filter(pl.col("created_at") > since)
        wrote = (pl.col("rows_written") > 0).sum()
        sums = ledger.group_by("asset").agg(pl.col("rows_written", "seconds").sum(), wrote=wrote)
        done = {name: Work(*values) for name, *values in sums.collect().iter_rows()}
        every = {stage.name: done.get(stage.name, Work(0, 0.0, 0)) for stage in LINE}
        by_item = {table.asset: self._came(table, since) for table in ROW_TABLES}
        return every | {name: replace(every[name], rows=rows) for name, rows in by_item.items()}

    def _came(self, table: Table, since: datetime | None) -> int:
        """Count the rows that commits brought; the ledger counts those that left as well."""
        commits = DeltaTable(self.view.lake.uri(table)).history()
        earliest = since.timestamp() * 1000 if since else 0
        return sum(
            commit["operationMetrics"]["num_added_rows"]
            for commit in commits
            if commit["operation"] == "WRITE"
            and commit.get("dataset") == self.view.dataset
            and commit["timestamp"] > earliest
        )

    def _options(self) -> DatasetOptions:
        return self.registry.find(self.view.dataset).options
