"""The three-way trade-off of a topic's steering as a picture: relevance, perplexity, drift.

The title is untrusted: it is drawn, and stands nowhere as text.
"""

import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from saetm.prompts.wording import shorten
from saetm_assets.sketches import number

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

SCALE: Final = 2  # pixels per point: sharp on fine screens
WIDTH, HEIGHT, GAP = 250, 190, 24  # of a panel and between two
LEFT, RIGHT, TOP, BOTTOM = 44, 10, 34, 34  # around the plot of a panel
HEAD: Final = 26  # for the title
FLOOR: Final = HEAD + HEIGHT - BOTTOM  # where the plots of all panels end
MOST_LABELS: Final = 8  # of a panel
INK, BASE, BEST, QUIET = "#0072b2", "#8a8f98", "#d55e00", "#4b5058"
HUGE: Final = 1e6
LONGEST: Final = 90  # characters of the title


@dataclass(frozen=True, slots=True)
class Panel:
    """One measure over the strengths."""

    column: str  # of `saetm.steering.trade_off.EFFECTS`
    title: str
    is_log: bool = False


PANELS: Final = (
    Panel("relevance", "relevance to the topic"),
    Panel("perplexity", "perplexity, unsteered model", is_log=True),
    Panel("drift", "drift from the unsteered text"),
)


def trade_off_png(found: pl.DataFrame, best: float | None, title: str) -> bytes:
    """Draw three panels over the strengths, evenly spaced, as a PNG.

    A dashed line is the unsteered model; an orange dot the recommended strength.

    Args:
        found: of `saetm.steering.trade_off.effects`.
        best: the recommended strength, if any.
        title: what the topic is about.
    """
    from PIL import Image, ImageDraw

    size = (3 * WIDTH + 2 * GAP, HEAD + HEIGHT)
    picture = Image.new("RGB", (size[0] * SCALE, size[1] * SCALE), "white")
    canvas = _Canvas(ImageDraw.Draw(picture))
    canvas.text(4, 13, shorten(title, LONGEST), "lm", 13, QUIET)
    for place, panel in enumerate(PANELS):
        _draw(canvas, panel, found, best, place * (WIDTH + GAP))
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


class _Canvas:
    """Draws in points."""

    def __init__(self, draw: "ImageDraw") -> None:
        self._draw = draw

    def text(self, x: float, y: float, text: str, anchor: str, size: int, colour: str) -> None:
        where = (x * SCALE, y * SCALE)
        self._draw.text(where, text, fill=colour, anchor=anchor, font=_font(size))

    def line(self, points: list[tuple[float, float]], colour: str, width: float = 1) -> None:
        scaled = [(x * SCALE, y * SCALE) for x, y in points]
        self._draw.line(scaled, fill=colour, width=round(width * SCALE), joint="curve")

    def dot(self, x: float, y: float, colour: str) -> None:
        self._draw.circle((x * SCALE, y * SCALE), 3.5 * SCALE, fill=colour)


def _font(size: int) -> "FreeTypeFont":
    from PIL import ImageFont

    return ImageFont.load_default(size * SCALE)  # type: ignore[return-value] # of a size: FreeType


def _draw(
    canvas: _Canvas, panel: Panel, found: pl.DataFrame, best: float | None, left: float
) -> None:
    steered = found.filter("is_steered")
    plain = found.filter(~pl.col("is_steered"))[panel.column].item()
    values, strengths = steered[panel.column].to_list(), steered["strength"].to_list()
    frame = _Frame(panel, [*values, plain], left + LEFT, left + WIDTH - RIGHT)
    _draw_frame(canvas, frame, plain)
    places = frame.places(len(values))
    points = [(x, frame.at(value)) for x, value in zip(places, values, strict=True)]
    canvas.line(points, INK, 1.6)
    every = math.ceil(len(values) / MOST_LABELS)
    for n, (point, strength) in enumerate(zip(points, strengths, strict=True)):
        canvas.dot(*point, BEST if strength == best else INK)
        if n % every == 0:
            canvas.text(point[0], FLOOR + 11, f"{strength:g}", "mm", 10, QUIET)


class _Frame:
    """Where values of a panel lie."""

    def __init__(self, panel: Panel, values: list[float], left: float, right: float) -> None:
        scaled = [_scaled(value, panel) for value in values]
        spread = max(scaled) - min(scaled) or 1.0
        self.panel, self.left, self.right = panel, left, right
        self.ends = {min(values), max(values)}
        self._low, self._per_point = min(scaled), (FLOOR - HEAD - TOP) / spread

    def at(self, value: float) -> float:
        """Return the height of a value."""
        return FLOOR - (_scaled(value, self.panel) - self._low) * self._per_point

    def places(self, count: int) -> list[float]:
        """Return where so many strengths lie, evenly."""
        step = (self.right - self.left) / max(count, 1)
        return [self.left + (n + 0.5) * step for n in range(count)]


def _draw_frame(canvas: _Canvas, frame: _Frame, plain: float) -> None:
    """Draw the title, the axes, and the unsteered model as a dashed line."""
    canvas.text(frame.left, HEAD + 12, frame.panel.title, "lm", 12, QUIET)
    canvas.line([(frame.left, FLOOR), (frame.right, FLOOR)], BASE)
    level, x = frame.at(plain), frame.left
    while x < frame.right:
        canvas.line([(x, level), (min(x + 4, frame.right), level)], BASE)
        x += 8
    for value in frame.ends:
        canvas.text(frame.left - 6, frame.at(value), short(value), "rm", 10, QUIET)
    canvas.text((frame.left + frame.right) / 2, FLOOR + 26, "strength", "mm", 10, QUIET)


def short(value: float) -> str:
    """Write a measurement, a huge one by its power of ten."""
    return number(value) if value < HUGE else f"{value:.0e}"


def _scaled(value: float, panel: Panel) -> float:
    return math.log10(max(value, 1.0)) if panel.is_log else value
