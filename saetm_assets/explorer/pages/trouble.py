"""What cannot be shown, as a page that says why."""

import polars as pl
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from saetm_assets.explorer.respond import render
from saetm_assets.explorer.view import View


def not_found(request: Request, error: Exception) -> Response:
    """Answer that there is no such thing."""
    return _page(request, "Not found", _sentence(error), 404)


def unreadable(request: Request, error: Exception) -> Response:
    """Answer that a table cannot be read just now."""
    return _page(request, "Out of reach", _sentence(error), 503)


def _sentence(error: Exception) -> str:
    return str(getattr(error, "detail", error))


def _page(request: Request, title: str, sentence: str, status: int) -> Response:
    shown = View("trouble.html", title, "", pl.DataFrame, {"sentence": sentence})
    return HTMLResponse(render(request, shown), status_code=status)
