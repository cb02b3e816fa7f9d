"""The report of a dataset, as it was published last."""

import polars as pl
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from saetm.errors import InputError
from saetm.tables import REPORTS
from saetm_assets.explorer.house import house_of
from saetm_assets.explorer.respond import respond
from saetm_assets.explorer.view import View
from saetm_assets.page.scripts import policy

CODE = """\
import polars as pl
import saetm

lake = saetm.open()
reports = lake.reports({dataset!r})
reports.select("created_at", "run_id", pl.col("page").str.len_bytes()).collect()"""
SANDBOX = "sandbox allow-scripts allow-downloads; frame-ancestors 'self'"


def report(request: Request) -> Response:
    """Show the report within the explorer, with what it is and how to keep it."""
    dataset = request.path_params["dataset"]
    rows = house_of(request).lake.scan(REPORTS, dataset)
    about = rows.select("created_at", "run_id", pl.col("page").str.len_bytes())
    found = about.collect()
    if found.is_empty():
        raise InputError(f"{dataset!r} has no report yet: run `saetm run` first")
    shown = View(
        template="report.html",
        title="Report",
        query=CODE.format(dataset=dataset),
        frame=lambda: found,
        context={"report": found.row(0, named=True)},
        dataset=dataset,
        tab="report",
    )
    return respond(request, shown)


def published(request: Request) -> Response:
    """Answer with the page itself, which may do nothing but draw its charts."""
    dataset = request.path_params["dataset"]
    page = house_of(request).lake.scan(REPORTS, dataset).select("page").collect()
    if page.is_empty():
        raise InputError(f"{dataset!r} has no report yet: run `saetm run` first")
    rule = f"{SANDBOX}; {policy()}"  # whatever stands in the page, only our scripts run, and alone
    return HTMLResponse(page["page"][0], headers={"content-security-policy": rule})
