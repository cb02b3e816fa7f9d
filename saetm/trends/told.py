"""Trends as rows: of the tables `trends` and `trend_shapes`."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from saetm.tables import TREND_SHAPES, TRENDS
from saetm.trends.config import Unit
from saetm.trends.curves import Sums, curves
from saetm.trends.shapes import Shape, shapes

KEYS = ("dataset", "topic_count", "run_id")  # columns that the caller adds


def told(sums: Sums, unit: Unit, periods: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Write the curves and shapes of the topics of a cut as rows, without words.

    Args:
        sums: of the cut, over those of the periods that hold items with topics.
        unit: what a period is.
        periods: place, period (its name) and starts_at.

    Returns:
        Rows of `trends`, by topic and then period, and of `trend_shapes`, without KEYS.
    """
    found = shapes(sums)
    places = pl.DataFrame({"place": sums.places}, schema={"place": pl.Int64})
    held = places.join(periods, on="place", how="left", maintain_order="left")
    same = pl.lit(unit).alias("unit")
    rows = _rows(sums, held, found).with_columns(same)
    told_shapes = _shapes(found, held["period"].to_list()).with_columns(same)
    return rows, told_shapes


def _rows(sums: Sums, periods: pl.DataFrame, found: Sequence[Shape]) -> pl.DataFrame:
    drawn, n_topics, n_places = curves(sums), len(sums.topic_ids), len(sums.places)
    of_topic, of_place = (grid.ravel() for grid in np.indices((n_topics, n_places)))
    is_change = np.zeros((n_topics, n_places), dtype=bool)
    for row, shape in enumerate(found):
        is_change[row, list(shape.changes)] = True
    names = pl.Series("topic_id", sums.topic_ids, dtype=pl.String)
    return periods[of_place].with_columns(
        names.gather(of_topic),
        item_count=sums.sizes[of_place],
        share=drawn.share.ravel(),
        low=drawn.low.ravel(),
        high=drawn.high.ravel(),
        prevalence=drawn.prevalence.ravel(),
        is_change_point=is_change.ravel(),
    )


def _shapes(found: Sequence[Shape], names: Sequence[str]) -> pl.DataFrame:
    def name(position: int | None) -> str | None:
        return None if position is None else names[position]

    rows = [
        {
            "topic_id": each.topic_id,
            "direction": each.direction,
            "slope": each.slope,
            "p": each.p,
            "q": each.q,
            "change_points": [names[change] for change in each.changes],
            "levels": list(each.levels),
            "is_new": each.new_since is not None,
            "new_since": name(each.new_since),
            "first_seen": name(each.first_seen),
            "last_seen": name(each.last_seen),
        }
        for each in found
    ]
    schema = {name: TREND_SHAPES.schema[name] for name in TREND_SHAPES.schema}
    for left_out in (*KEYS, "unit"):
        schema.pop(left_out)
    return pl.DataFrame(rows, schema=schema)


def no_trends() -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows of a dataset without dates: none."""
    stamps = ("dataset", "run_id")
    return TRENDS.empty().drop(stamps), TREND_SHAPES.empty().drop(stamps)
