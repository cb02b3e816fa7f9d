"""Over time: the share of topics in the items of each period, with intervals."""

from functools import partial

import polars as pl
from starlette.requests import Request
from starlette.responses import Response

from saetm.queries.trends import PERIODS, Period, topic_trend
from saetm_assets.charts import bands, unique_names
from saetm_assets.explorer.dataset import Dataset
from saetm_assets.explorer.house import dataset_of
from saetm_assets.explorer.parameters import period_of, stored_count_of, topics_of
from saetm_assets.explorer.respond import respond
from saetm_assets.explorer.sets import trend_at
from saetm_assets.explorer.view import View
from saetm_assets.movement import Moved, movements

LINES, SHOWN_FIRST = 7, 5
CODE = """\
import saetm
from saetm.queries.trends import topic_trend

lake = saetm.open()
topics = {topics!r}
topic_trend(lake, {dataset!r}, {k}, topics, per={per!r}).collect()"""


def time(request: Request) -> Response:
    """Show how topics of a dataset move."""
    dataset = dataset_of(request)
    count = stored_count_of(request, dataset)
    per = period_of(request, dataset)
    trend = trend_at(dataset, count, per)
    cut = dataset.cut(count)
    labels = {topic.topic_id: topic.label for topic in cut.topics}
    moved = movements(trend, labels)
    chosen = topics_of(request, cut.rank_of, LINES) or _most_moved(moved)
    undated = dataset.theta_items["timestamp"].null_count()
    shown = View(
        template="time.html",
        title="Over time",
        query=CODE.format(topics=sorted(chosen), dataset=dataset.name, k=count, per=per),
        frame=partial(_frame, dataset, count, chosen, per),
        context={
            "k": count,
            "counts": dataset.stored_counts,
            "per": per,
            "periods": PERIODS,
            "moved": sorted(moved, key=lambda each: -each.change),
            "chosen": chosen,
            "lines": LINES,
            "undated": undated,
            "is_dated": undated < len(dataset.theta_items),
            "chart": bands(trend, unique_names({topic: labels[topic] for topic in chosen})),
        },
        dataset=dataset.name,
        tab="time",
    )
    return respond(request, shown)


def _frame(dataset: Dataset, count: int, chosen: list[str], per: Period) -> pl.DataFrame:
    lake = dataset.source
    return topic_trend(lake, dataset.name, count, sorted(chosen), per=per).collect()


def _most_moved(moved: list[Moved]) -> list[str]:
    strongest = sorted(moved, key=lambda each: -abs(each.change))
    return [each.topic_id for each in strongest[:SHOWN_FIRST]]
