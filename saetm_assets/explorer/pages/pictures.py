"""Pictures of a dataset, by the id of their item alone: no path comes in from outside."""

from starlette.requests import Request
from starlette.responses import Response

from resources.jpegs import opened, pack
from saetm_assets.explorer.house import house_of

LONGEST_SIDE, QUALITY = 2048, 88  # pixels, and percent
FOREVER = "private, max-age=31536000, immutable"  # an id is the hash of what it shows


def thumbnail(request: Request) -> Response:
    """Answer with the thumbnail of an image."""
    dataset, item_id = request.path_params["dataset"], request.path_params["item_id"]
    return _jpeg(house_of(request).thumbnail(dataset, item_id))


def image(request: Request) -> Response:
    """Answer with an image as a JPEG: it was decoded here, so it holds nothing but pixels."""
    dataset, item_id = request.path_params["dataset"], request.path_params["item_id"]
    with opened(house_of(request).file(dataset, item_id)) as picture:
        return _jpeg(pack(picture, side=LONGEST_SIDE, quality=QUALITY))


def _jpeg(content: bytes) -> Response:
    return Response(content, media_type="image/jpeg", headers={"cache-control": FOREVER})
