"""Pictures on materialisations: Markdown that holds nothing but images as data.

Labels are untrusted: they are drawn into the pictures and never stand in the Markdown.
"""

import base64
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

import dagster as dg
import numpy as np
from numpy.typing import NDArray

from saetm_assets.sketches import (
    INK,
    bars_svg,
    curve_svg,
    heading_svg,
    histogram_svg,
    intervals_svg,
)

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

SIDE, GAP = 112, 4  # pixels of a thumbnail, and between two
MOST_BYTES = 140_000  # of one picture: the event log keeps them all
QUALITIES = (75, 60, 45, 30, 15)
BLANK = "#c8d3e0"
DOTS_SIDE = 480  # pixels


def histogram(values: NDArray[np.float64], *, title: str, label: str) -> dg.MetadataValue:
    """Draw how values (n,) are distributed."""
    return _drawn(histogram_svg(values, title=title, label=label))


def curve(
    steps: Sequence[float], values: Sequence[float], *, title: str, labels: tuple[str, str]
) -> dg.MetadataValue:
    """Draw values over steps; `labels` name the two axes."""
    return _drawn(curve_svg(steps, values, title=title, labels=labels))


def bars(
    names: Sequence[str], values: Sequence[float], *, title: str, label: str
) -> dg.MetadataValue:
    """Draw one horizontal bar per name, the first on top."""
    return _drawn(bars_svg(names, values, title=title, label=label))


def intervals(
    names: Sequence[str],
    values: Sequence[float],
    ends: Sequence[tuple[float, float]],
    *,
    title: str,
    label: str,
) -> dg.MetadataValue:
    """Draw a dot with its interval per name, as `saetm_assets.sketches.intervals_svg` does."""
    return _drawn(intervals_svg(names, values, ends, title=title, label=label))


def dots(places: NDArray[np.floating], *, title: str) -> dg.MetadataValue:
    """Draw a dot at each of (n, 2) places from -1 to 1, y upwards; darker where many lie."""
    from PIL import Image, ImageFilter

    edges = np.linspace(-1.05, 1.05, DOTS_SIDE + 1)
    counts, _, _ = np.histogram2d(-places[:, 1], places[:, 0], bins=(edges, edges))
    shades = np.minimum(255, 110 * np.sqrt(counts) + 60 * (counts > 0)).astype(np.uint8)
    cover = Image.fromarray(shades).filter(ImageFilter.MaxFilter(3))
    picture = Image.new("RGBA", cover.size, INK)
    picture.putalpha(cover)
    shown = (embed(heading_svg(title).encode(), "svg+xml"), embed(_webp(picture, 80), "webp"))
    return dg.MetadataValue.md("\n\n".join(shown))


def image_rows(rows: Sequence[tuple[str, Sequence[bytes]]]) -> dg.MetadataValue:
    """Draw a row of thumbnails below each title; files that cannot be read are left out.

    The quality is the best one at which the whole stays below MOST_BYTES.
    """
    strips = [(heading_svg(title), _strip(files)) for title, files in rows]
    sheets = (_sheet(strips, quality) for quality in QUALITIES)
    small = next((sheet for sheet in sheets if len(sheet) <= MOST_BYTES), _sheet(strips, 1))
    return dg.MetadataValue.md(small)


def thumbnail_webp(content: bytes, *, side: int = 176) -> bytes:
    """Return a square WebP thumbnail of an image file; a blank one if it cannot be read."""
    from PIL import Image

    return _webp(_thumbnail(content, side) or Image.new("RGB", (side, side), BLANK), 70)


def embed(content: bytes, kind: str) -> str:
    """Write an image of a kind, such as svg+xml, as data in Markdown."""
    return f"![picture](data:image/{kind};base64,{base64.b64encode(content).decode()})"


def _sheet(strips: "Sequence[tuple[str, Picture]]", quality: int) -> str:
    return "\n\n".join(
        line
        for heading, strip in strips
        for line in (embed(heading.encode(), "svg+xml"), embed(_webp(strip, quality), "webp"))
    )


def _strip(files: Sequence[bytes]) -> "Picture":
    """Lay thumbnails side by side."""
    from PIL import Image

    shown = [small for small in (_thumbnail(content, SIDE) for content in files) if small]
    strip = Image.new("RGB", (max(len(shown), 1) * (SIDE + GAP) - GAP, SIDE), "white")
    for column, small in enumerate(shown):
        strip.paste(small, (column * (SIDE + GAP), 0))
    return strip


def _thumbnail(content: bytes, side: int) -> "Picture | None":
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(content)) as image:
            image.draft("RGB", (side * 2, side * 2))
            return ImageOps.fit(image.convert("RGB"), (side, side))
    except (OSError, ValueError, Image.DecompressionBombError):
        return None


def _webp(picture: "Picture", quality: int) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=quality)
    return buffer.getvalue()


def _drawn(svg: str) -> dg.MetadataValue:
    return dg.MetadataValue.md(embed(svg.encode(), "svg+xml"))
