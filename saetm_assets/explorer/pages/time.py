"""Over time: which topics rise and fall, since when, and with which words."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import polars as pl
from starlette.requests import Request
from starlette.responses import Response

from saetm.trends.config import UNITS, Unit
from saetm_assets.charts import curves, unique_names
from saetm_assets.explorer.house import dataset_of
from saetm_assets.explorer.parameters import stored_count_of, topics_of, unit_of
from saetm_assets.explorer.respond import respond
from saetm_assets.explorer.trends import cut_trends
from saetm_assets.explorer.view import View
from saetm_assets.movement import Drawing, Moved, draw, movements, strongest

LINES, SHOWN_FIRST = 7, 5
WORDS = 6  # of a topic in a period
TITLES = {
    "rising": "Rising",
    "falling": "Falling",
    "other": "There and back",
    "steady": "Steady",
}
CODE = """\
import polars as pl
import saetm
from saetm.queries.trends import trends

lake = saetm.open()
topics = {topics!r}
rows = trends(lake, {dataset!r}, {k}, per={per!r})
rows.filter(pl.col("topic_id").is_in(topics)).collect()"""


@dataclass(frozen=True, slots=True)
class Told:
    """The words of the chosen topics in a period."""

    period: str
    words: tuple[str, ...]  # per topic
    is_change: tuple[bool, ...]  # per topic: whether a new stretch begins


def time(request: Request) -> Response:
    """Show how topics of a dataset move."""
    dataset = dataset_of(request)
    count = stored_count_of(request, dataset)
    per = unit_of(request, dataset)
    rows, refusal = cut_trends(dataset, count, per)
    labels = {topic.topic_id: topic.label for topic in dataset.cut(count).topics}
    moved = movements(rows)
    asked = topics_of(request, labels, LINES)
    chosen = asked or [each.topic_id for each in strongest(moved, SHOWN_FIRST)]
    names = unique_names({topic: labels[topic] for topic in chosen})
    dates = dataset.theta_items.select("timestamp", "timestamp_end")
    shown = View(
        template="time.html",
        title="Over time",
        query=_code(dataset.name, count, chosen, per),
        frame=partial(_frame, rows, chosen),
        context={
            "k": count,
            "counts": dataset.stored_counts,
            "per": per,
            "units": UNITS,
            "refusal": refusal,
            "kinds": _kinds(moved),
            "chosen": chosen,
            "names": names,
            "told": _told(rows, chosen),
            "lines": LINES,
            "undated": dates["timestamp"].null_count(),
            "ranged": len(dates) - dates["timestamp_end"].null_count(),
            "is_dated": rows.height > 0,
            "chart": curves(rows, names),
        },
        dataset=dataset.name,
        tab="time",
    )
    return respond(request, shown)


def _frame(rows: pl.DataFrame, chosen: Sequence[str]) -> pl.DataFrame:
    return rows.filter(pl.col("topic_id").is_in(list(chosen)))


def _code(dataset: str, count: int, chosen: Sequence[str], per: Unit) -> str:
    return CODE.format(topics=sorted(chosen), dataset=dataset, k=count, per=per)


def _kinds(moved: Sequence[Moved]) -> list[tuple[str, str, list[tuple[Moved, Drawing]]]]:
    """Return the kinds of movement with title and topics, the strongest first."""
    ranked = strongest(moved, len(moved))
    kinds = (
        (kind, title, [(each, draw(each)) for each in ranked if each.direction == kind])
        for kind, title in TITLES.items()
    )
    return [kind for kind in kinds if kind[2]]


def _told(rows: pl.DataFrame, chosen: Sequence[str]) -> list[Told]:
    """Return the words of the chosen topics, period by period, the newest first."""
    cells = {
        (period, topic): (" ".join(words[:WORDS]), is_change)
        for topic, period, words, is_change in rows.filter(pl.col("topic_id").is_in(list(chosen)))
        .select("topic_id", "period", "words", "is_change_point")
        .iter_rows()
    }
    periods = rows.sort("place")["period"].unique(maintain_order=True).reverse()
    found = []
    for period in periods:
        mine = [cells.get((period, topic), ("", False)) for topic in chosen]
        words, changes = zip(*mine, strict=True) if mine else ((), ())
        found.append(Told(period, tuple(words), tuple(changes)))
    return found
