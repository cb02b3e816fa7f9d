"""Images as small JPEGs: upright, opaque, and saying nothing but their pixels."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from saetm.errors import InputError

if TYPE_CHECKING:
    from PIL.Image import Image


@contextmanager
def opened(content: bytes) -> Iterator["Image"]:
    """Open a file in any format that Pillow reads; of an animation, the first frame.

    Raises:
        InputError: it is no image, is damaged, or would unpack to an absurd size; also where
            that is found out only while it is worked on.
    """
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content)) as image:
            yield image
    except (
        OSError,
        SyntaxError,  # how some decoders of Pillow report damage
        ValueError,
        RuntimeError,
        Image.DecompressionBombError,
    ) as error:
        raise InputError(f"not an image that can be opened ({error})") from error


def pack(image: "Image", *, side: int, quality: int) -> bytes:
    """Turn, shrink and flatten: as a person would see it, on white where it is transparent.

    Args:
        image: an opened image, not decoded yet.
        side: pixels of the longer side at most.
        quality: of the JPEG.
    """
    from PIL import Image, ImageOps

    image.draft("RGB", (side, side))  # a large JPEG need not unpack in full size
    picture = ImageOps.exif_transpose(image)
    if picture.has_transparency_data:
        layers = picture.convert("RGBA")
        white = Image.new("RGBA", layers.size, "white")
        picture = Image.alpha_composite(white, layers)
    flat = picture.convert("RGB")
    flat.thumbnail((side, side))
    flat.info.clear()  # Pillow would write comments again
    buffer = io.BytesIO()
    flat.save(buffer, format="JPEG", quality=quality)
    return buffer.getvalue()
