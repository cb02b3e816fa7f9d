"""Pictures on materialisations: small PNGs in Markdown, drawn without a display.

Labels are untrusted: they are drawn as pixels with Matplotlib's mathematics parser off, and
never reach the Markdown around the picture.
"""

import base64
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

import dagster as dg
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK = "#1f3a5f"
QUIET = "#c8d3e0"
THUMBNAIL_PIXELS = 112


def histogram(values: NDArray[np.float64], *, title: str, label: str) -> dg.MetadataValue:
    """Draw how values (n,) are distributed."""
    figure, axes = _canvas(title)
    axes.hist(values, bins=min(40, max(5, len(np.unique(values)))), color=INK)
    axes.set_xlabel(label)
    return _markdown(figure)


def curve(
    steps: Sequence[float], values: Sequence[float], *, title: str, labels: tuple[str, str]
) -> dg.MetadataValue:
    """Draw values over steps; `labels` name the two axes."""
    figure, axes = _canvas(title)
    axes.plot(steps, values, color=INK, marker="o", markersize=3)
    axes.set_xlabel(labels[0])
    axes.set_ylabel(labels[1])
    return _markdown(figure)


def bars(
    names: Sequence[str], values: Sequence[float], *, title: str, label: str
) -> dg.MetadataValue:
    """Draw one horizontal bar per name, the first on top."""
    figure, axes = _canvas(title, height=0.8 + 0.27 * len(names))
    axes.barh(range(len(names)), list(values), color=INK)
    axes.set_yticks(range(len(names)), list(names), parse_math=False)
    axes.invert_yaxis()
    axes.set_xlabel(label)
    return _markdown(figure)


def image_rows(rows: Sequence[tuple[str, Sequence[bytes]]]) -> dg.MetadataValue:
    """Draw a row of thumbnails per title; files that cannot be read are left out."""
    from PIL import Image, ImageDraw

    side, gap = THUMBNAIL_PIXELS, 4
    columns = max((len(files) for _, files in rows), default=1)
    height = len(rows) * (side + 22)
    sheet = Image.new("RGB", (columns * (side + gap), max(height, 1)), "white")
    pen = ImageDraw.Draw(sheet)
    for row, (title, files) in enumerate(rows):
        top = row * (side + 22)
        pen.text((2, top + 4), _printable(title), fill=INK)
        for column, content in enumerate(files):
            thumbnail = _thumbnail(content, side)
            if thumbnail is not None:
                sheet.paste(thumbnail, (column * (side + gap), top + 18))
    buffer = io.BytesIO()
    sheet.save(buffer, "JPEG", quality=70)
    return _embed(buffer.getvalue(), "jpeg")


def thumbnail_jpeg(content: bytes, *, side: int = 160) -> bytes:
    """Return a square JPEG thumbnail of an image file; a blank one if it cannot be read."""
    from PIL import Image

    thumbnail = _thumbnail(content, side) or Image.new("RGB", (side, side), QUIET)
    buffer = io.BytesIO()
    thumbnail.save(buffer, "JPEG", quality=78)
    return buffer.getvalue()


def _thumbnail(content: bytes, side: int) -> "Image.Image | None":  # type: ignore[name-defined]  # noqa: F821
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(content)) as image:
            image.draft("RGB", (side * 2, side * 2))
            return ImageOps.fit(image.convert("RGB"), (side, side))
    except (OSError, ValueError, Image.DecompressionBombError):
        return None


def _printable(text: str) -> str:
    return text.encode("latin-1", "replace").decode("latin-1")


def _canvas(title: str, *, height: float = 2.6) -> "tuple[Figure, Axes]":
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, height), layout="constrained")
    axes = figure.subplots()
    axes.set_title(title, fontsize=10, loc="left", parse_math=False)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color=QUIET, linewidth=0.5)
    axes.set_axisbelow(True)
    return figure, axes


def _markdown(figure: "Figure") -> dg.MetadataValue:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=90)
    return _embed(buffer.getvalue(), "png")


def _embed(content: bytes, kind: str) -> dg.MetadataValue:
    encoded = base64.b64encode(content).decode()
    return dg.MetadataValue.md(f"![picture](data:image/{kind};base64,{encoded})")
