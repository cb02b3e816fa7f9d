"""Align: which topics of this dataset another one in the same space has, and which it has not."""

import shlex
from functools import partial

import polars as pl
from starlette.requests import Request
from starlette.responses import Response

from saetm.queries.alignments import aligned_with, alignments
from saetm.tables.alignments import SAME
from saetm_assets.explorer.dataset import Dataset
from saetm_assets.explorer.house import dataset_of, house_of
from saetm_assets.explorer.parameters import choice_of, stored_count_of
from saetm_assets.explorer.respond import respond
from saetm_assets.explorer.view import View
from saetm_assets.pair_charts import dumbbells

DRAWN = 40  # pairs, and topics of either alone; the download holds all
CODE = """\
import saetm
from saetm.queries.alignments import alignments

lake = saetm.open()
alignments(lake, {dataset!r}, {other!r}, {k}).collect()"""


def align(request: Request) -> Response:
    """Show how topics correspond to those of `?with=`, one that `saetm align` has worked out."""
    dataset = dataset_of(request)
    lake = house_of(request).lake
    stored = aligned_with(lake, dataset.name).collect()
    others = tuple(stored["other"].unique(maintain_order=True))
    other = choice_of(request, "with", others) if others else ""
    asked = stored_count_of(request, dataset)
    counts = stored.filter(pl.col("other") == other)["topic_count"].to_list()
    k = min(counts, key=lambda count: (abs(count - asked), count)) if counts else asked
    load = partial(_rows, request, dataset, other, k)
    rows = load()
    shown = View(
        template="align.html",
        title=f"Align with {other}" if other else "Align",
        query=CODE.format(dataset=dataset.name, other=other, k=k),
        frame=load,
        context={
            "k": k,
            "counts": counts,
            "other": other,
            "other_k": rows["other_topic_count"].first() if rows.height else k,
            "others": others,
            "command": shlex.join(["saetm", "align", dataset.name, "OTHER"]),
            "pairs": rows.filter(status=SAME).to_dicts(),
            "alone": {
                owner: rows.filter(pl.col("status") != SAME, owner=owner).to_dicts()
                for owner in (dataset.name, other)
            },
            "covered": rows.filter(status=SAME).select(pl.col("share", "other_share").sum()).row(0),
            "has_overlap": rows["feature_overlap"].null_count() < rows.height,
            "chart": dumbbells(rows, dataset.name, other, DRAWN),
        },
        dataset=dataset.name,
        tab="align",
    )
    return respond(request, shown)


def _rows(request: Request, dataset: Dataset, other: str, k: int) -> pl.DataFrame:
    return alignments(house_of(request).lake, dataset.name, other, k).collect()
