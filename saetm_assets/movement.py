"""How far topics have moved between the earlier and the later half of the dated items."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

POINTS = 100  # units of the width of a sparkline
HEIGHT = 20


@dataclass(frozen=True, slots=True)
class Moved:
    """The way of a topic through time."""

    topic_id: str
    label: str
    share: float  # mean over all dated items
    early: float  # mean share in the earlier half of the periods, by items
    late: float
    line: str  # points of its sparkline, of POINTS by HEIGHT

    @property
    def change(self) -> float:
        """How much its share grew."""
        return self.late - self.early


def movements(trend: pl.DataFrame, labels: Mapping[str, str]) -> list[Moved]:
    """Compare halves, in the order of the labels.

    Args:
        trend: of `saetm.queries.trends`; rows without a period are left out.
        labels: what each topic is called, by its id.
    """
    dated = trend.filter(pl.col("period").is_not_null()).sort("topic_id", "period")
    weight = pl.col("item_count").cast(pl.Float64)
    before = (weight.cum_sum() - weight / 2) / weight.sum()
    halves = dated.with_columns(is_late=(before >= 0.5).over("topic_id"))
    mean = (pl.col("share") * weight).sum() / weight.sum()
    late, early = pl.col("is_late"), ~pl.col("is_late")
    found = halves.group_by("topic_id").agg(
        share=mean,
        early=_mean(early).fill_nan(0.0),
        late=_mean(late).fill_nan(0.0),
        shares=pl.col("share"),
    )
    rows = {row["topic_id"]: row for row in found.iter_rows(named=True)}
    return [
        Moved(topic_id, label, row["share"], row["early"], row["late"], _line(row["shares"]))
        for topic_id, label in labels.items()
        if (row := rows.get(topic_id))
    ]


def _mean(which: pl.Expr) -> pl.Expr:
    weight = pl.col("item_count").cast(pl.Float64).filter(which)
    return (pl.col("share").filter(which) * weight).sum() / weight.sum()


def _line(shares: list[float]) -> str:
    """Return the points of a polyline as SVG writes them."""
    top = max(shares, default=0.0) or 1.0
    step = POINTS / max(len(shares) - 1, 1)
    heights = ((HEIGHT - 1) - (HEIGHT - 2) * share / top for share in shares)
    return " ".join(f"{at * step:.1f},{height:.1f}" for at, height in enumerate(heights))
