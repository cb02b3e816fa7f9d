"""Decode an image to find out whether it is one."""

import io
import warnings

from saetm.errors import InputError

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
MAX_PIXELS = 89_478_485  # Pillow's own line: a quarter GiB of RGB


def image_size(content: bytes) -> tuple[int, int]:
    """Decode an image and return its (width, height) in pixels as stored.

    The header is judged before anything is decoded, so a decompression bomb costs nothing;
    JPEGs are decoded at an eighth of their size, which still reads every byte.

    Raises:
        InputError: not an image, damaged, or beyond `MAX_PIXELS`.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _decode(content)
    except UnidentifiedImageError as error:
        raise InputError("is not an image, or not of a kind that can be read") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise InputError(f"has more than {MAX_PIXELS:,} pixels") from error
    except InputError:
        raise
    except Exception as error:  # decoders raise anything over damaged bytes
        raise InputError(f"is a damaged image: {_sentence(error)}") from error


def _decode(content: bytes) -> tuple[int, int]:
    from PIL import Image

    with Image.open(io.BytesIO(content), formats=FORMATS) as image:
        width, height = image.size
        if width * height > MAX_PIXELS:
            raise InputError(f"has more than {MAX_PIXELS:,} pixels")
        image.verify()  # checksums, where the format has them; spends the image
    with Image.open(io.BytesIO(content), formats=FORMATS) as image:
        image.draft("L", (1, 1))
        image.load()
    return width, height


def _sentence(error: Exception) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__
