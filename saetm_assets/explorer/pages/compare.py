"""Compare: what sets groups or members of a union apart, or which topics two datasets share."""

from functools import partial

import polars as pl
from starlette.requests import Request
from starlette.responses import Response

from saetm.queries.alike import alike_topics
from saetm.queries.compositions import By, apart, compositions
from saetm_assets.charts import ratios, unique_names
from saetm_assets.explorer.dataset import Dataset
from saetm_assets.explorer.house import dataset_of, house_of
from saetm_assets.explorer.parameters import choice_of, stored_count_of
from saetm_assets.explorer.respond import respond
from saetm_assets.explorer.topic_cut import TopicCut
from saetm_assets.explorer.view import View
from saetm_assets.markup import segment
from saetm_assets.set_charts import COLOURED, spread

SETS, TOPICS, DRAWN, APART = 14, 40, 10, 5  # that are shown; the download holds all
ALIKE = 0.25  # likeness below which a topic counts as this dataset's own
KINDS = ("concrete", "all")
SET_CODE = """\
import polars as pl
import saetm
from saetm.queries.compositions import compositions

lake = saetm.open()
compositions(lake, {dataset!r}, {k}, by={by!r}){which}.collect()"""
RANKED = ".filter(pl.col('is_ranked'))"
DATASET_CODE = """\
import saetm
from saetm.queries.alike import alike_topics

lake = saetm.open()
alike_topics(lake, {dataset!r}, {k}, {other!r}, {other_k}).collect()"""


def compare(request: Request) -> Response:
    """Show how sets differ, or where `?with=` names a dataset, which topics both have."""
    other = request.query_params.get("with", "")
    dataset = dataset_of(request)
    others = [name for name in house_of(request).library.names() if name != dataset.name]
    if other:
        return respond(request, _datasets(request, dataset, other, others))
    return respond(request, _sets(request, dataset, others))


def _sets(request: Request, dataset: Dataset, others: list[str]) -> View:
    dataset.require("compositions")
    count = stored_count_of(request, dataset)
    ways = [way for way in ("dataset", "group") if _rows(dataset, count, way).height]
    by: By = choice_of(request, "by", tuple(ways) or ("group",))  # type: ignore[assignment]  # one
    kind = choice_of(request, "kind", KINDS)
    load = partial(_shown, dataset, count, by, kind)
    code = SET_CODE if kind == "all" else SET_CODE.replace("{which}", RANKED)
    return View(
        template="compare.html",
        title=f"Compare {by}s",
        query=code.format(dataset=dataset.name, k=count, by=by, which=""),
        frame=load,
        context={
            "k": count,
            "counts": dataset.stored_counts,
            "others": others,
            "by": by,
            "ways": ways,
            "kind": kind,
            **_contrasts(dataset, dataset.cut(count), _rows(dataset, count, by), load()),
        },
        dataset=dataset.name,
        tab="compare",
    )


def _rows(dataset: Dataset, count: int, by: By) -> pl.DataFrame:
    def load() -> pl.DataFrame:
        return compositions(dataset.source, dataset.name, count, by).collect()

    return dataset.remember(("compositions", count, by), load)


def _shown(dataset: Dataset, count: int, by: By, kind: str) -> pl.DataFrame:
    rows = _rows(dataset, count, by)
    return rows if kind == "all" else rows.filter("is_ranked")


def _contrasts(
    dataset: Dataset, cut: TopicCut, every: pl.DataFrame, rows: pl.DataFrame
) -> dict[str, object]:
    """Return what the page shows of all rows, and of those of the kind that was asked for."""
    if every.is_empty():
        return {"sets": 0}
    named = rows.filter(pl.col("set").is_not_null())
    sets = every.unique("set", maintain_order=True)
    known = sets.filter(pl.col("set").is_not_null())
    by_variance = named.sort("variance", "topic_id", descending=[True, False], nulls_last=True)
    topic_ids = by_variance["topic_id"].unique(maintain_order=True).to_list()
    links = {
        topic.topic_id: f"/d/{segment(dataset.name)}/topic/{topic.topic_id}?k={cut.count}"
        for topic in cut.topics
    }
    names = unique_names({topic.topic_id: topic.label for topic in cut.topics})
    labelled = by_variance.with_columns(label=pl.col("topic_id").replace_strict(names))
    drawn = {topic_id: names[topic_id] for topic_id in topic_ids[:DRAWN]}
    return {
        "sets": known.height,
        "smaller": int(every["set_count"][0]) - known.height,
        "single": known.filter(item_count=1).height,
        "nameless": sets.filter(pl.col("set").is_null()).select(pl.sum("item_count")).item(),
        "topics": len(topic_ids),
        "chart": spread(every, drawn, links) if drawn else None,
        "is_many": known.height > COLOURED,
        "strongest": _strongest(labelled).to_dicts(),
        "apart": apart(labelled.lazy(), APART).collect().to_dicts(),
        "map": _map(dataset, cut, every, known["set"].head(SETS).to_list()),
        "links": links,
        "left_out": max(known.height - SETS, 0),
    }


def _strongest(rows: pl.DataFrame) -> pl.DataFrame:
    """Return for each topic, in order, the set of which most items have it."""
    compared = rows.filter(pl.col("q_value").is_not_null())
    most = compared.sort("prevalence", "item_count", descending=True)
    first = most.unique("topic_id", keep="first")
    order = rows.select(pl.col("topic_id").unique(maintain_order=True)).head(TOPICS)
    return order.join(first, on="topic_id", maintain_order="left")


def _map(dataset: Dataset, cut: TopicCut, rows: pl.DataFrame, sets: list[str]) -> dict[str, object]:
    """Draw how much more, or less, of each topic a set has than all items."""
    base = f"/d/{segment(dataset.name)}/topic/"
    topics = cut.topics[:TOPICS]
    names = unique_names({topic.topic_id: topic.label for topic in topics})
    drawn = pl.DataFrame(
        {
            "topic_id": list(names),
            "topic": list(names.values()),
            "all": [topic.weight for topic in topics],
            "link": [f"{base}{topic.topic_id}?k={cut.count}" for topic in topics],
        }
    )
    shares = rows.select(
        "topic_id", "share", "item_count", group="set", low="share_low", high="share_high"
    )
    return ratios(shares, drawn, sets)


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
            "by": "group",
            "ways": (),
            "kind": "",
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
