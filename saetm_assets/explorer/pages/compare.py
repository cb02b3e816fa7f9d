"""Compare: the topics of groups side by side, or those of two datasets."""

from dataclasses import dataclass
from functools import partial

import polars as pl
from starlette.requests import Request
from starlette.responses import Response

from saetm.queries.alike import alike_topics
from saetm.queries.groups import topic_groups
from saetm_assets.charts import ratios, unique_names
from saetm_assets.explorer.dataset import Dataset
from saetm_assets.explorer.house import dataset_of, house_of
from saetm_assets.explorer.parameters import stored_count_of
from saetm_assets.explorer.respond import respond
from saetm_assets.explorer.sets import groups_at
from saetm_assets.explorer.topic_cut import TopicCut
from saetm_assets.explorer.view import View
from saetm_assets.markup import segment

GROUPS, TOPICS = 14, 40  # that are drawn; the download holds all
ALIKE = 0.25  # likeness below which a topic counts as this dataset's own
GROUP_CODE = """\
import saetm
from saetm.queries.groups import topic_groups

lake = saetm.open()
topic_groups(lake, {dataset!r}, {k}).collect()"""
DATASET_CODE = """\
import saetm
from saetm.queries.alike import alike_topics

lake = saetm.open()
alike_topics(lake, {dataset!r}, {k}, {other!r}, {other_k}).collect()"""


@dataclass(frozen=True, slots=True)
class Contrast:
    """A topic that differs between groups."""

    topic_id: str
    label: str
    share: float
    most: str  # group with the largest share
    most_share: float
    least: str
    least_share: float


def compare(request: Request) -> Response:
    """Show how groups differ, or where `?with=` names a dataset, which topics both have."""
    other = request.query_params.get("with", "")
    dataset = dataset_of(request)
    others = [name for name in house_of(request).library.names() if name != dataset.name]
    if other:
        return respond(request, _datasets(request, dataset, other, others))
    return respond(request, _groups(request, dataset, others))


def _groups(request: Request, dataset: Dataset, others: list[str]) -> View:
    count = stored_count_of(request, dataset)
    cut = dataset.cut(count)
    shares = groups_at(dataset, count)
    named = shares.filter(pl.col("group").is_not_null())
    sizes = (
        named.select("group", "item_count")
        .unique()
        .sort("item_count", "group", descending=[True, False])
    )
    return View(
        template="compare.html",
        title="Compare groups",
        query=GROUP_CODE.format(dataset=dataset.name, k=count),
        frame=partial(_group_frame, dataset, count),
        context={
            "k": count,
            "counts": dataset.stored_counts,
            "others": others,
            "sizes": sizes.head(GROUPS).rows(),
            "left_out": max(sizes.height - GROUPS, 0),
            "ungrouped": dataset.theta_items["group"].null_count(),
            "contrasts": _contrasts(named, cut),
            "chart": ratios(named, _drawn(dataset, cut), sizes["group"].head(GROUPS).to_list()),
        },
        dataset=dataset.name,
        tab="compare",
    )


def _group_frame(dataset: Dataset, count: int) -> pl.DataFrame:
    return topic_groups(dataset.source, dataset.name, count).collect()


def _contrasts(named: pl.DataFrame, cut: TopicCut) -> list[Contrast]:
    """Put the topics whose share differs most between groups, against its error, first."""
    known = named.filter(pl.col("standard_error").is_not_null())
    spread = (pl.col("share") - pl.col("share").mean()) ** 2
    noise = (pl.col("standard_error") ** 2).mean()
    most, least = pl.col("share").arg_max(), pl.col("share").arg_min()
    found = known.group_by("topic_id").agg(
        signal=spread.mean() / (noise + 1e-12),
        most=pl.col("group").get(most),
        most_share=pl.col("share").max(),
        least=pl.col("group").get(least),
        least_share=pl.col("share").min(),
    )
    ranked = found.sort("signal", "topic_id", descending=[True, False]).drop("signal")
    topics = {topic.topic_id: topic for topic in cut.topics}
    rows = [(row, topics[row["topic_id"]]) for row in ranked.head(TOPICS).iter_rows(named=True)]
    return [Contrast(label=topic.label, share=topic.weight, **row) for row, topic in rows]


def _drawn(dataset: Dataset, cut: TopicCut) -> pl.DataFrame:
    """Return the largest topics as rows of the chart."""
    base = f"/d/{segment(dataset.name)}/topic/"
    topics = cut.topics[:TOPICS]
    names = unique_names({topic.topic_id: topic.label for topic in topics})
    return pl.DataFrame(
        {
            "topic_id": list(names),
            "topic": list(names.values()),
            "all": [topic.weight for topic in topics],
            "link": [f"{base}{topic.topic_id}?k={cut.count}" for topic in topics],
        }
    )


def _datasets(request: Request, dataset: Dataset, other: str, others: list[str]) -> View:
    second = house_of(request).library.dataset(other)
    count, other_count = stored_count_of(request, dataset), stored_count_of(request, second)
    load = partial(_alike_frame, dataset, count, second, other_count)
    rows, likeness = load(), pl.col("likeness").fill_null(0.0)
    return View(
        template="compare_datasets.html",
        title=f"Compare with {other}",
        query=DATASET_CODE.format(dataset=dataset.name, k=count, other=other, other_k=other_count),
        frame=load,
        context={
            "k": count,
            "counts": dataset.stored_counts,
            "other": other,
            "other_k": other_count,
            "others": others,
            "pairs": rows.filter(likeness >= ALIKE).sort(likeness, descending=True).to_dicts(),
            "own": rows.filter(likeness < ALIKE).to_dicts(),
        },
        dataset=dataset.name,
        tab="compare",
    )


def _alike_frame(dataset: Dataset, count: int, second: Dataset, other_count: int) -> pl.DataFrame:
    lake = dataset.source
    return alike_topics(lake, dataset.name, count, second.name, other_count).collect()
