"""An image as a vision model is sent it: a JPEG in a data URL, upright, opaque, not too large."""

import base64
import io
from typing import TYPE_CHECKING

from saetm.errors import InputError

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
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content)) as image:
            packed = content if _is_fit(image, content) else _packed(image)
    except (
        OSError,
        SyntaxError,  # how some decoders of Pillow report damage
        ValueError,
        RuntimeError,
        Image.DecompressionBombError,
    ) as error:
        raise InputError(f"not an image that can be opened ({error})") from error
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


def _packed(image: "Image") -> bytes:
    """Turn, shrink and flatten: as a person would see it, on white where it is transparent."""
    from PIL import Image, ImageOps

    image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # a large JPEG need not unpack in full size
    picture = ImageOps.exif_transpose(image)
    if picture.has_transparency_data:
        layers = picture.convert("RGBA")
        white = Image.new("RGBA", layers.size, "white")
        picture = Image.alpha_composite(white, layers)
    flat = picture.convert("RGB")
    flat.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    flat.info.clear()  # Pillow would write comments again
    buffer = io.BytesIO()
    flat.save(buffer, format="JPEG", quality=_JPEG_QUALITY)
    return buffer.getvalue()
