"""Who made what: the run, code, settings and table versions behind each asset of a dataset."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from saetm.queries.answers import Row, rows
from saetm.queries.source import Source
from saetm.tables import MATERIALISATIONS

WAY = (
    "items",
    "captions",
    "bags",
    "vocabulary",
    "word_vectors",
    "embeddings",
    "token_autoencoder",
    "feature_counts",
    "feature_descriptions",
    "sae_checkpoints",
    "activations",
    "emission_matrix",
    "topics",
    "topic_summaries",
)  # the assets between a file and the name of a topic, in the order in which data flows

Texts = dict[str, str]


@dataclass(frozen=True, slots=True)
class Step:
    """An asset as it stands: who wrote its rows last, who found them good since, and how.

    What was written before the ledger recorded it is None.
    """

    asset: str
    producer: str  # in service; empty where there is none
    data_version: str
    row_count: int  # rows of its first table for the dataset
    made_by: str  # run that last wrote rows of it
    made_at: datetime
    rows_written: int  # by that run
    seconds: float  # that it took
    confirmed_by: str  # run that last found it to be right, or made it so
    confirmed_at: datetime
    is_finished: bool  # whether a run is amid it, or was cut short there
    code_version: str | None
    options: dict[str, object] | None  # of the dataset, as far as the asset reads them
    upstream: Texts | None  # data version of each asset that it read
    table_versions: dict[str, int] | None  # Delta version that held its rows, by table

    @property
    def is_idle(self) -> bool:
        """Whether it holds nothing, as a step of tokens where no language model reads the items."""
        return self.is_finished and not self.row_count


def steps(source: Source, dataset: str) -> pl.LazyFrame:
    """Ask which run made each asset of a dataset, and which one last confirmed it.

    Returns:
        The ledger's last finished row of each asset that holds, with confirmed_by and
        confirmed_at; made_by, made_at, rows_written and seconds are of the last one that wrote
        rows (of the last at all, where none did); is_finished is false while a run is amid it.
        In the order in which they were made.
    """
    ledger = source.scan(MATERIALISATIONS, dataset).sort("created_at")
    state = _last(ledger).filter(pl.col("data_version") != "")
    done = ledger.filter(pl.col("input_version") != "", pl.col("data_version") != "")
    made = _last(done.sort(pl.col("rows_written") > 0, "created_at"))
    return (
        _last(done)
        .drop("rows_written", "seconds")
        .rename({"run_id": "confirmed_by", "created_at": "confirmed_at"})
        .join(state.select("asset", is_finished=pl.col("input_version") != ""), on="asset")
        .join(
            made.select("asset", "rows_written", "seconds", made_by="run_id", made_at="created_at"),
            on="asset",
        )
        .sort("made_at", "asset")
    )


def way(source: Source, dataset: str) -> tuple[Step, ...]:
    """Return the steps between the files and the names of topics, in the order of the line."""
    by_asset = {row["asset"]: _step(row) for row in rows(steps(source, dataset))}
    return tuple(by_asset[asset] for asset in WAY if asset in by_asset)


def producers(made: tuple[Step, ...]) -> Texts:
    """Return the producer in service of each asset."""
    return {step.asset: step.producer for step in made}


def _last(ledger: pl.LazyFrame) -> pl.LazyFrame:
    return ledger.unique("asset", keep="last", maintain_order=True)


def _step(row: Row) -> Step:
    told = {name: _told(row[name]) for name in ("options", "upstream", "table_versions")}
    return Step(**{name: row[name] for name in Step.__slots__} | told)


def _told(recorded: str | None) -> dict[str, Any] | None:
    return None if recorded is None else json.loads(recorded)
