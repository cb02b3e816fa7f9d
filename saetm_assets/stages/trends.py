"""Stage 13: how the topics moved over time."""

import dagster as dg
import polars as pl

from saetm.tables import TOPICS, TREND_SHAPES, TRENDS
from saetm_assets.automation import RETRY, on_change
from saetm_assets.links import Links
from saetm_assets.partitions import DATASETS_PARTITIONS, OWNERS
from saetm_assets.step import OPTIONS, Desk, Metadata, Step


@dg.asset(
    partitions_def=DATASETS_PARTITIONS,
    deps=["topics", "topic_summaries", "bags", "items", "vocabulary"],
    group_name="report",
    kinds={"deltalake", "polars"},
    owners=OWNERS,
    code_version="1",
    metadata={OPTIONS: ["trends", "topics.presence_share"]},
    retry_policy=RETRY,
    automation_condition=on_change(),
)
def trends(
    context: dg.AssetExecutionContext,
    desk: dg.ResourceParam[Desk],
    links: dg.ResourceParam[Links],
) -> dg.MaterializeResult[None]:
    """One row is a topic in the items of a period; which topics moved stands beside."""
    with desk.open(context) as step:
        told = _tell(step) if step.owes(TRENDS) else {}
        return step.close(
            TRENDS,
            version_of=("topic_count", "topic_id", "period", "share", "words", "is_change_point"),
            metadata={
                **told,
                "moved": _moved(step),
                "explorer": dg.MetadataValue.url(links.page(step.dataset, "time")),
            },
        )


def _tell(step: Step) -> Metadata:
    from saetm.queries.period_words import with_words
    from saetm.queries.trend_sums import find_trends

    options = step.registration.options
    counts = step.scan(TOPICS).select(pl.col("topic_count").unique().sort()).collect()
    found = find_trends(
        step.lake,
        step.dataset,
        counts["topic_count"].to_list(),
        options.trends.period,
        options.topics.presence_share,
    )
    step.renew(TREND_SHAPES, found.shapes)
    step.renew(TRENDS, with_words(step.lake, step.dataset, found))
    calendar = found.calendar
    return {
        "unit": calendar.unit,
        "undated items": calendar.undated,
        "ranged items": calendar.ranged,
        "vague items": calendar.vague,
    }


def _moved(step: Step) -> str:
    shapes = step.scan(TREND_SHAPES).select("topic_count", "direction").collect()
    counts = shapes["direction"].value_counts(sort=True)
    return ", ".join(f"{count} {name}" for name, count in counts.iter_rows()) or "no dates"
