"""Map: all items in two dimensions, with the regions of topics."""

from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from saetm.queries.places import places as query
from saetm_assets.explorer.atlas import COLOURINGS, Atlas, Colouring
from saetm_assets.explorer.coding import NONE
from saetm_assets.explorer.dataset import Dataset
from saetm_assets.explorer.house import dataset_of
from saetm_assets.explorer.parameters import count_of, stored_count_of
from saetm_assets.explorer.respond import respond
from saetm_assets.explorer.view import View
from saetm_assets.markup import segment

CODE = """\
import saetm
from saetm.queries.places import places

lake = saetm.open()
places(lake, {dataset!r}, {count}).collect()"""
PAGE, PANEL = "map.html", "map_panel.html"
DIGITS = 3  # of places of labels


@dataclass(frozen=True)
class Asked:
    """What a request asks for."""

    dataset: Dataset
    atlas: Atlas
    count: int  # of topics
    by: Colouring

    @property
    def base(self) -> str:
        """Path of the page."""
        return f"/d/{segment(self.dataset.name)}/map"

    def address(self, part: str, **parameters: str | int) -> str:
        """Return where a part of the map lies, in a version that never changes."""
        return f"{self.base}/{part}?{urlencode({'v': self.atlas.version, **parameters})}"


def map_page(request: Request) -> Response:
    """Show the map; with `?fragment=1` the panel beside it alone."""
    asked = asked_for(request)
    stored = stored_count_of(request, asked.dataset)
    is_part = "fragment" in request.query_params
    shown = View(
        template=PANEL if is_part else PAGE,
        title="Map",
        query=CODE.format(dataset=asked.dataset.name, count=stored),
        frame=lambda: query(asked.dataset.source, asked.dataset.name, stored).collect(),
        context={
            "asked": asked,
            "stored": stored,
            "most": asked.dataset.most_topics,
            "counts": () if asked.dataset.has_tree_cuts else asked.dataset.stored_counts,
            "categories": asked.atlas.coding(asked.by, asked.count).categories,
            "drawing": _drawing(asked),
        },
        dataset=asked.dataset.name,
        tab="map",
    )
    return respond(request, shown)


def asked_for(request: Request) -> Asked:
    """Read an address with care.

    Raises:
        InputError: the dataset has no map or no topics yet.
    """
    dataset = dataset_of(request)
    dataset.require("item_map")
    count = dataset.cut(count_of(request, dataset)).count
    wanted = request.query_params.get("by")
    by = next((each for each in dataset.atlas.colourings if each == wanted), COLOURINGS[0])
    return Asked(dataset, dataset.atlas, count, by)


def _drawing(asked: Asked) -> dict[str, object]:
    """Return what the script draws by; names of topics and groups are text for it."""
    regions = asked.atlas.regions(asked.count)
    topics = asked.atlas.coding("topic", asked.count).categories
    link = f"/d/{segment(asked.dataset.name)}/topic"
    return {
        "base": asked.base,
        "name": asked.dataset.name,
        "count": asked.atlas.items.height,
        "version": asked.atlas.version,
        "none": NONE,
        "k": asked.count,
        "by": asked.by,
        "points": asked.address("points"),
        "codes": asked.address("codes", k=asked.count, by=asked.by),
        "outlines": asked.address("outlines", k=asked.count),
        "categories": [
            {"name": each.name, "label": each.label, "count": each.count, "colour": each.colour}
            for each in asked.atlas.coding(asked.by, asked.count).categories
        ],
        "topics": [
            {
                "label": topic.label,
                "link": f"{link}/{topic.name}?k={asked.count}",
                "count": topic.count,
                "colour": topic.colour,
                "at": [round(place, DIGITS) for place in region.centre],
                "area": round(region.area, 5),
            }
            for topic, region in zip(topics, regions, strict=True)
        ],
    }
