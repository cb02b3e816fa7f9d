"""An image as a vision model is sent it: a JPEG in a data URL, upright, opaque, not too large."""

import base64
from typing import TYPE_CHECKING

from resources.jpegs import opened, pack

if TYPE_CHECKING:
    from PIL.Image import Image

LONGEST_SIDE = 1024  # pixels; vision models tile larger images, and every tile costs
_JPEG_QUALITY = 90
_LARGEST_AS_IS = 500_000  # bytes; a JPEG of this size and so many pixels is not packed again
_TELLS_NOTHING = {  # what Pillow tells of a file that holds nothing but the picture
    *("jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi"),
    *("adobe", "adobe_transform", "progressive", "progression"),
}


def image_url(content: bytes) -> str:
    """Return an image as a JPEG data URL of at most `LONGEST_SIDE` pixels a side.

    A JPEG that is like that already is sent as it is, unless it says more than its pixels do
    (where a photograph was taken, which way it is turned).

    Args:
        content: a file in any format that Pillow reads; of an animation, the first frame.

    Raises:
        InputError: it is no image, is damaged, or would unpack to an absurd size.
    """
    with opened(content) as image:
        is_fit = _is_fit(image, content)
        packed = content if is_fit else pack(image, side=LONGEST_SIDE, quality=_JPEG_QUALITY)
    return "data:image/jpeg;base64," + base64.b64encode(packed).decode("ascii")


def _is_fit(image: "Image", content: bytes) -> bool:
    """Tell whether the file can be sent as it is.

    Raises:
        OSError: it is damaged.
    """
    if (
        image.format != "JPEG"
        or image.mode not in {"RGB", "L"}
        or max(image.size) > LONGEST_SIDE
        or len(content) > _LARGEST_AS_IS
        or not image.info.keys() <= _TELLS_NOTHING
    ):
        return False
    # An eighth of the pixels takes all of the data and a fraction of the time.
    image.draft(image.mode, (1, 1))
    image.load()
    return True
