"""Parts of the map that its script asks for, each of which a browser may keep."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from saetm.errors import InputError
from saetm_assets.explorer.pages.map import asked_for
from saetm_assets.markup import excerpt, segment

FOREVER = "private, max-age=31536000, immutable"  # the address holds the version
BESIDE_PICTURE, ALONE = 110, 280  # characters of a caption


def points(request: Request) -> Response:
    """Answer with the place of each item: x and y, float32, little-endian."""
    return _octets(request, asked_for(request).atlas.places.astype("<f4").tobytes())


def codes(request: Request) -> Response:
    """Answer with the category of each item: its position, uint16, little-endian."""
    asked = asked_for(request)
    return _octets(request, asked.atlas.coding(asked.by, asked.count).codes.tobytes())


def outlines(request: Request) -> Response:
    """Answer with the polygons of each topic's region."""
    asked = asked_for(request)
    return _kept(
        request, Response(asked.atlas.outlines(asked.count), media_type="application/json")
    )


def card(request: Request) -> Response:
    """Answer with what is shown of one item, by its row on this version of the map."""
    asked = asked_for(request)
    if request.query_params.get("v") != asked.atlas.version:
        raise InputError("the map has changed since: open it again")
    row, items = request.path_params["row"], asked.atlas.items
    if row >= items.height:
        raise InputError(f"the map has no item {row}")
    item_id = items["item_id"][row]
    item = asked.dataset.item(item_id)
    base = f"/d/{segment(asked.dataset.name)}"
    is_image = item["modality"] == "image"
    caption = asked.dataset.captions_of([item_id]).get(item_id, "")
    about = {
        "link": f"{base}/item/{item_id}?k={asked.count}",
        "thumbnail": f"{base}/thumbnail/{item_id}" if is_image else None,
        "name": item["path"],
        "caption": excerpt(caption, BESIDE_PICTURE if is_image else ALONE),
    }
    return _kept(request, JSONResponse(about))


def _octets(request: Request, content: bytes) -> Response:
    return _kept(request, Response(content, media_type="application/octet-stream"))


def _kept(request: Request, answer: Response) -> Response:
    """Let a browser keep what an address with the present version holds."""
    is_present = request.query_params.get("v") == asked_for(request).atlas.version
    answer.headers["cache-control"] = FOREVER if is_present else "no-store"
    return answer
