"""Stage 16: the page that people read."""

from functools import partial

import dagster as dg
import polars as pl

from resources.inbox import Inbox
from resources.pages import Pages
from resources.thumbnails import Thumbnails
from saetm.tables import REPORTS
from saetm_assets.automation import RETRY, on_change
from saetm_assets.links import Links
from saetm_assets.matrices import shown_count
from saetm_assets.page.render import render_page
from saetm_assets.partitions import DATASETS_PARTITIONS, OWNERS
from saetm_assets.step import OPTIONS, Desk


@dg.asset(
    partitions_def=DATASETS_PARTITIONS,
    deps=[
        *("topics", "topic_summaries", "compositions", "trends", "scores"),
        *("captions", "items", "item_map", "sae_checkpoints"),
    ],
    group_name="report",
    kinds={"deltalake", "html"},
    owners=OWNERS,
    code_version="2",
    metadata={OPTIONS: ["topic_count"]},
    retry_policy=RETRY,
    automation_condition=on_change(),
)
def report(
    context: dg.AssetExecutionContext,
    desk: dg.ResourceParam[Desk],
    inbox: dg.ResourceParam[Inbox],
    pages: dg.ResourceParam[Pages],
    thumbnails: dg.ResourceParam[Thumbnails],
    links: dg.ResourceParam[Links],
) -> dg.MaterializeResult[None]:
    """One row is the published page of a dataset, as self-contained HTML."""
    with desk.open(context) as step:
        if step.owes(REPORTS) or not pages.path(step.dataset).exists():
            count = shown_count(step, step.registration.options.topic_count)
            page = render_page(
                step,
                count,
                lambda item_id, dataset, path: thumbnails.get(
                    item_id, partial(inbox.read, step.folders[dataset], path)
                ),
            )
            pages.publish(step.dataset, page)
            step.renew(REPORTS, pl.DataFrame({"page": [page]}))
        return step.close(
            REPORTS,
            version_of=("page",),
            metadata={
                "page": dg.MetadataValue.path(str(pages.path(step.dataset))),
                "explorer": dg.MetadataValue.url(links.page(step.dataset, "report")),
            },
        )
