"""Stage 12: what groups of items, or members of a union, are about, and what sets them apart."""

import dagster as dg
import polars as pl

from saetm.tables import COMPOSITIONS, ITEMS, MIXTURES, TOPIC_SUMMARIES, TOPICS
from saetm_assets.automation import RETRY, on_change
from saetm_assets.links import Links
from saetm_assets.partitions import DATASETS_PARTITIONS, OWNERS
from saetm_assets.step import OPTIONS, STAMPS, Desk, Step

COLUMNS = [name for name in COMPOSITIONS.schema if name not in {"dataset", *STAMPS}]
LISTED = 100  # rows of the table in the Dagster UI


@dg.asset(
    partitions_def=DATASETS_PARTITIONS,
    deps=["topics", "topic_summaries", "items"],
    group_name="report",
    kinds={"deltalake", "polars"},
    owners=OWNERS,
    code_version="1",
    metadata={OPTIONS: ["topics"]},
    retry_policy=RETRY,
    automation_condition=on_change(),
)
def compositions(
    context: dg.AssetExecutionContext,
    desk: dg.ResourceParam[Desk],
    links: dg.ResourceParam[Links],
) -> dg.MaterializeResult[None]:
    """One row is a topic in a group, or in a member of a union, against the rest of the items."""
    with desk.open(context) as step:
        if step.owes(COMPOSITIONS):
            _compose(step)
        return step.close(
            COMPOSITIONS,
            version_of=COLUMNS,
            metadata={
                "sets": _told(step),
                "explorer": dg.MetadataValue.url(links.page(step.dataset, "compare")),
                "what sets them apart": _table(step),
            },
        )


def _compose(step: Step) -> None:
    from saetm.queries.composing import compose

    topics = step.scan(TOPICS).select("topic_count", "topic_id")
    categories = step.scan(TOPIC_SUMMARIES).select("topic_id", "category")
    named = topics.join(categories, on="topic_id", how="left").collect()
    share = step.registration.options.topics.presence_share
    with step.bar(None):
        rows = compose(step.scan(MIXTURES), named, step.scan(ITEMS), presence_share=share)
    step.renew(COMPOSITIONS, rows)


def _told(step: Step) -> str:
    counts = step.scan(COMPOSITIONS).group_by("by").agg(pl.col("set_count").first()).sort("by")
    said = [f"{count:,} by {by}" for by, count in counts.collect().iter_rows()]
    return ", ".join(said) or "no item has a group, so there is nothing to compare"


def _table(step: Step) -> dg.MetadataValue:
    """Show the largest differences as a table, whose cells Dagster shows as plain text."""
    columns = ["topic_count", "topic_id", "by", "set", "prevalence", "log_odds", "q_value"]
    rows = step.scan(COMPOSITIONS).filter(pl.col("q_value") < 0.05)
    largest = rows.sort("log_odds", descending=True, nulls_last=True).select(columns).head(LISTED)
    records = [dg.TableRecord(row) for row in largest.collect().to_dicts()]
    if not records:
        return dg.MetadataValue.text("no set differs from the others beyond chance")
    return dg.MetadataValue.table(records)
