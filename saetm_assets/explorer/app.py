"""The explorer as an ASGI application."""

from collections.abc import Sequence
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from saetm.errors import InputError, SaetmError
from saetm_assets.explorer.house import House
from saetm_assets.explorer.pages.align import align
from saetm_assets.explorer.pages.compare import compare
from saetm_assets.explorer.pages.datasets import datasets
from saetm_assets.explorer.pages.item import item
from saetm_assets.explorer.pages.lineage import lineage
from saetm_assets.explorer.pages.map import map_page
from saetm_assets.explorer.pages.map_parts import card, codes, outlines, points
from saetm_assets.explorer.pages.pictures import image, thumbnail
from saetm_assets.explorer.pages.report import published, report
from saetm_assets.explorer.pages.scores import scores
from saetm_assets.explorer.pages.time import time
from saetm_assets.explorer.pages.topic import topic
from saetm_assets.explorer.pages.topics import picture, topics
from saetm_assets.explorer.pages.trouble import not_found, unreadable
from saetm_assets.explorer.security import Guard

STATIC = Path(__file__).resolve().parent / "static"
HOUR = 3600  # seconds


def create_app(house: House, token: str | None = None) -> Starlette:
    """Put the explorer together; it reads what it shows when it is asked.

    Args:
        house: the doors that it reads through.
        token: what is asked for; None where it listens on loopback alone.
    """
    app = Starlette(
        routes=_routes(),
        middleware=[Middleware(Guard, token=token)],
        exception_handlers={404: not_found, InputError: not_found, SaetmError: unreadable},
    )
    app.state.house = house
    return app


def _routes() -> Sequence[BaseRoute]:
    return [
        Route("/", datasets),
        Route("/d/{dataset}/item/{item_id}", item),
        Route("/d/{dataset}/topics", topics),
        Route("/d/{dataset}/topics/picture", picture, methods=["POST"]),
        Route("/d/{dataset}/topic/{topic_id}", topic),
        Route("/d/{dataset}/map", map_page),
        Route("/d/{dataset}/map/points", points),
        Route("/d/{dataset}/map/codes", codes),
        Route("/d/{dataset}/map/outlines", outlines),
        Route("/d/{dataset}/map/card/{row:int}", card),
        Route("/d/{dataset}/time", time),
        Route("/d/{dataset}/compare", compare),
        Route("/d/{dataset}/align", align),
        Route("/d/{dataset}/scores", scores),
        Route("/d/{dataset}/lineage", lineage),
        Route("/d/{dataset}/report", report),
        Route("/d/{dataset}/report/page", published),
        Route("/d/{dataset}/thumbnail/{item_id}", thumbnail),
        Route("/d/{dataset}/image/{item_id}", image),
        Mount("/static", CachedFiles(directory=STATIC)),
    ]


class CachedFiles(StaticFiles):
    """Files of the application, which a browser may keep for an hour."""

    def file_response(self, *args: object, **options: object) -> Response:
        """Answer with a file."""
        answer = super().file_response(*args, **options)  # type: ignore[arg-type]  # handed on
        answer.headers["cache-control"] = f"public, max-age={HOUR}"
        return answer
