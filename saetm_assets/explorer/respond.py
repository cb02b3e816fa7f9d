"""A view as an answer: a page for people, or its frame as a download."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from saetm_assets.explorer.downloads import DOWNLOADS
from saetm_assets.explorer.view import View
from saetm_assets.markup import segment, templates

TABS = (
    ("topics", "Topics"),
    ("map", "Map"),
    ("time", "Over time"),
    ("compare", "Compare"),
    ("align", "Align"),
    ("scores", "Scores"),
    ("lineage", "Lineage"),
    ("report", "Report"),
)


def respond(request: Request, view: View) -> Response:
    """Answer with the page, or with the download that `?format=` asks for."""
    wanted = request.query_params.get("format")
    if wanted in DOWNLOADS:
        return _download(view, wanted)
    return HTMLResponse(render(request, view))


def render(request: Request, view: View) -> str:
    """Render the page of a view; every value is escaped."""
    template = templates().get_template(f"explorer/{view.template}")
    here = str(request.url.path)
    return template.render(
        view=view,
        tabs=TABS,
        here=here,
        downloads={name: _link(request, format=name) for name in DOWNLOADS},
        **view.context,
    )


def _link(request: Request, **parameters: str) -> str:
    """Return the path and query of this view with other parameters."""
    return f"?{request.url.include_query_params(**parameters).query}"


def _download(view: View, wanted: str) -> Response:
    kind = DOWNLOADS[wanted]
    name = segment(f"{view.dataset} {view.title}".strip().replace(" ", "-"))
    shown = f"attachment; filename*=UTF-8''{name}.{wanted}"
    return Response(
        kind.write(view.frame()),
        media_type=kind.media_type,
        headers={"content-disposition": shown},
    )
