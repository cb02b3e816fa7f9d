"""Stage 14: every item gets a place on a map."""

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import dagster as dg
import numpy as np
import polars as pl
from numpy.typing import NDArray

from saetm.bridge import series_to_vectors
from saetm.layout.drawing import MOST_ANCHORS, Drawing
from saetm.rows import IDENTITY
from saetm.tables import EMBEDDINGS, ITEM_MAP
from saetm_assets import pictures
from saetm_assets.automation import RETRY, on_change
from saetm_assets.links import Links
from saetm_assets.partitions import DATASETS_PARTITIONS, OWNERS
from saetm_assets.step import Desk, Step

if TYPE_CHECKING:
    from saetm.layout.chart import Chart

METHOD = "t-sne"
BATCH = 65_536
PLACE = ["x", "y"]


@dg.asset(
    partitions_def=DATASETS_PARTITIONS,
    deps=["embeddings"],
    group_name="report",
    kinds={"deltalake", "numpy"},
    owners=OWNERS,
    code_version="1",
    retry_policy=RETRY,
    automation_condition=on_change(),
)
def item_map(
    context: dg.AssetExecutionContext, desk: dg.ResourceParam[Desk], links: dg.ResourceParam[Links]
) -> dg.MaterializeResult[None]:
    """One row is the place of an item in two dimensions.

    Items keep their places while the map lasts; new ones are placed among them.
    """
    with desk.open(context) as step:
        producer = f"{METHOD} of {step.ledger('embeddings').producer}"
        if step.owes(ITEM_MAP, producer=producer):
            _update(step, producer)
        return step.close(
            ITEM_MAP,
            version_of=("item_id", "x", "y"),
            producer=producer,
            metadata={
                "explorer": dg.MetadataValue.url(links.page(step.dataset, "map")),
                "map": _picture(step),
            },
        )


def _update(step: Step, producer: str) -> None:
    wanted = step.in_service(EMBEDDINGS).select(*IDENTITY, "vector")
    mine = step.scan(ITEM_MAP).filter(pl.col("producer") == producer)
    anchors = mine.filter("is_anchor").select(*IDENTITY, *PLACE, "drawn_items")
    n_items = int(wanted.select(pl.len()).collect().item())
    if not _drawing(wanted, anchors).lasts(n_items):
        _draw(step, wanted, mine, producer)
    step.work(ITEM_MAP, wanted, partial(_placed, wanted, anchors), producer=producer, batch=BATCH)


def _drawing(wanted: pl.LazyFrame, anchors: pl.LazyFrame) -> Drawing:
    """Say what is left of the map that was drawn last; nothing of one by other embeddings."""
    left = anchors.join(wanted.select(IDENTITY), on=IDENTITY, how="semi")
    counted = left.select(pl.col("drawn_items").max().fill_null(0), n_anchors=pl.len()).collect()
    return Drawing(*counted.row(0))


def _draw(step: Step, wanted: pl.LazyFrame, mine: pl.LazyFrame, producer: str) -> None:
    """Draw the map whole; of very many items only a fair sample, among which the rest is placed."""
    from saetm.layout.chart import Chart

    ids = wanted.select("item_id").sort("item_id").collect()["item_id"]
    last = ids.head(MOST_ANCHORS).max()  # ids are hashes, so the lowest are a fair sample
    rows = wanted.filter(pl.col("item_id") <= last).sort("item_id").collect()
    places = (
        rows.lazy()
        .select("item_id")
        .join(mine.select("item_id", *PLACE), on="item_id", how="left", maintain_order="left")
    )
    former = places.select(pl.col(PLACE).fill_null(np.nan)).collect().to_numpy()
    with step.bar(rows.height) as advance:
        chart = Chart.drawn(series_to_vectors(rows["vector"]), former)
        advance(rows.height)
    step.replace(
        ITEM_MAP,
        _rows(rows, chart.places, len(ids)).with_columns(
            producer=pl.lit(producer), is_anchor=pl.lit(value=True)
        ),
    )


def _placed(
    wanted: pl.LazyFrame, anchors: pl.LazyFrame, batches: Iterator[pl.DataFrame]
) -> Iterator[pl.DataFrame]:
    chart, drawn_items = None, 0
    for rows in batches:
        if chart is None:
            chart, drawn_items = _chart(wanted, anchors)
        places = chart.place(series_to_vectors(rows["vector"]))
        yield _rows(rows, places, drawn_items).with_columns(is_anchor=pl.lit(value=False))


def _chart(wanted: pl.LazyFrame, anchors: pl.LazyFrame) -> "tuple[Chart, int]":
    """Take up the map that is there, with the number of items that it was drawn for."""
    from saetm.layout.chart import Chart

    rows = wanted.join(anchors, on=IDENTITY).sort("item_id").collect()
    places = rows.select(PLACE).to_numpy()
    return Chart.stored(series_to_vectors(rows["vector"]), places), rows["drawn_items"][0]


def _rows(rows: pl.DataFrame, places: NDArray[np.float32], drawn_items: int) -> pl.DataFrame:
    x, y = places.T
    return rows.select(IDENTITY).with_columns(
        pl.Series("x", x), pl.Series("y", y), drawn_items=pl.lit(drawn_items)
    )


def _picture(step: Step) -> dg.MetadataValue:
    places = step.scan(ITEM_MAP).select(PLACE).collect().to_numpy()
    return pictures.dots(places, title=f"Items of {step.dataset}: like ones lie together")
