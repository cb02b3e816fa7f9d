"""Drawing as a block cutter does: flat areas, graded areas, and a key line that wobbles.

A brush draws in its own coordinates: x to the right, y upwards, origin where it stands.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageDraw

from saetm_assets.demo.palettes import Colour

Points = NDArray[np.float64]  # (n, 2)

_FAST = Image.Resampling.BILINEAR  # a gradient needs no better
_STEPS = 6  # points per segment of a smooth curve: no corner shows at this scale
_T = np.arange(_STEPS) / _STEPS
_CATMULL_ROM = 0.5 * np.stack(
    [
        -_T + 2 * _T**2 - _T**3,
        2 - 5 * _T**2 + 3 * _T**3,
        _T + 4 * _T**2 - 3 * _T**3,
        -(_T**2) + _T**3,
    ],
    axis=1,
)  # (steps, 4) weights of the four neighbouring control points


@dataclass(frozen=True, slots=True)
class Sheet:
    """The sheet that all brushes of one print share."""

    image: Image.Image
    pen: ImageDraw.ImageDraw
    rng: np.random.Generator
    ink: Colour
    slip: tuple[float, float]  # pixels by which the colour blocks miss the key block


@dataclass(frozen=True, slots=True)
class Brush:
    """A place on a sheet to draw at: local coordinates, scaled and mirrored."""

    sheet: Sheet
    x: float  # pixels from the left to the origin
    y: float  # pixels from the top to the origin
    wide: float  # pixels per unit of x; negative when mirrored
    high: float  # pixels per unit of y

    @property
    def rng(self) -> np.random.Generator:
        """The chance of this print."""
        return self.sheet.rng

    def at(self, x: float, y: float, size: float, *, flip: bool = False) -> "Brush":
        """Return a brush at a point of this one, with equal scales in x and y."""
        scale = abs(self.wide) * size
        mirrored = (self.wide < 0) != flip
        return Brush(
            self.sheet,
            self.x + self.wide * x,
            self.y - self.high * y,
            -scale if mirrored else scale,
            scale,
        )

    def stretched(self, high: float) -> "Brush":
        """Return the same brush with another scale of y, as a factor."""
        return replace(self, high=self.high * high)

    def area(
        self, points: ArrayLike, colour: Colour | None, *, line: float = 1.0, smooth: bool = False
    ) -> None:
        """Draw a closed shape: a colour block (unless None) and its key line (unless zero)."""
        outline = self._outline(points, smooth=smooth)
        if colour is not None:
            self.sheet.pen.polygon(_flat(outline + self.sheet.slip), fill=colour)
        if line:
            closed = np.concatenate([outline, outline[:2]])
            self.sheet.pen.line(_flat(closed), fill=self.sheet.ink, width=_pixels(line))

    def blob(self, points: ArrayLike, colour: Colour | None, *, line: float = 1.0) -> None:
        """Draw a closed shape with a smooth outline through the points."""
        self.area(points, colour, line=line, smooth=True)

    def disc(self, x: float, y: float, radius: float, colour: Colour, *, line: float = 1.0) -> None:
        """Draw a disc."""
        self.oval(x, y, (radius, radius), colour, line=line)

    def oval(
        self,
        x: float,
        y: float,
        radii: tuple[float, float],
        colour: Colour | None,
        *,
        line: float = 1.0,
    ) -> None:
        """Draw an ellipse with upright axes."""
        centre_x, centre_y = self.x + self.wide * x, self.y - self.high * y
        across, along = abs(self.wide) * radii[0], self.high * radii[1]
        box = (centre_x - across, centre_y - along, centre_x + across, centre_y + along)
        ink = self.sheet.ink if line else None
        self.sheet.pen.ellipse(box, fill=colour, outline=ink, width=_pixels(line))

    def stroke(
        self, points: ArrayLike, *, width: float = 1.0, colour: Colour | None = None
    ) -> None:
        """Draw a smooth open line that swells and tapers; width 1 is a key line."""
        path = _open_curve(self._placed(points))
        along = np.gradient(path, axis=0)
        normal = np.stack([-along[:, 1], along[:, 0]], axis=1)
        normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
        swell = np.sin(np.pi * np.linspace(0.12, 0.94, len(path))) ** 0.6
        edge = normal * (swell * (1.3 * width))[:, None]
        ribbon = np.concatenate([path + edge, (path - edge)[::-1]])
        self.sheet.pen.polygon(_flat(ribbon), fill=colour or self.sheet.ink)

    def band(self, points: ArrayLike, width: float, colour: Colour, *, line: float = 1.0) -> None:
        """Draw a smooth open line of an even width in local units, outlined on both sides."""
        path = _open_curve(self._placed(points))
        flat = _flat(path)
        pixels = max(2, round(width * self.high))
        if line:
            self.sheet.pen.line(
                flat, fill=self.sheet.ink, width=pixels + 2 * _pixels(line), joint="curve"
            )
        self.sheet.pen.line(flat, fill=colour, width=pixels, joint="curve")

    def rays(
        self,
        starts: ArrayLike,
        ends: ArrayLike,
        *,
        width: float = 1.0,
        colour: Colour | None = None,
    ) -> None:
        """Draw many straight lines; both arguments are (n, 2) points."""
        pairs = np.concatenate([self._exact(starts), self._exact(ends)], axis=1)
        for pair in pairs.tolist():
            self.sheet.pen.line(pair, fill=colour or self.sheet.ink, width=_pixels(width))

    def graded(
        self, points: ArrayLike, top: Colour, bottom: Colour, *, smooth: bool = False
    ) -> None:
        """Fill a closed shape with a bokashi: a colour that fades from top to bottom."""
        outline = self._outline(points, smooth=smooth)
        self._fill(outline, _gradient(top, bottom))

    def patterned(self, points: ArrayLike, ground: Image.Image, *, line: float = 1.0) -> None:
        """Fill a smooth closed shape with a piece of patterned cloth, and draw its key line."""
        outline = self._outline(points, smooth=True)
        self._fill(outline, ground)
        if line:
            closed = np.concatenate([outline, outline[:2]])
            self.sheet.pen.line(_flat(closed), fill=self.sheet.ink, width=_pixels(line))

    def _fill(self, outline: Points, ground: Image.Image) -> None:
        """Paste a picture into a shape; a one pixel wide picture is stretched to fit."""
        left, upper = np.floor(outline.min(axis=0)).astype(int)
        right, lower = np.ceil(outline.max(axis=0)).astype(int)
        size = (max(1, int(right - left)), max(1, int(lower - upper)))
        mask = Image.new("L", size)
        ImageDraw.Draw(mask).polygon(_flat(outline - (left, upper)), fill=255)
        piece = ground.resize(size, _FAST) if ground.width == 1 else ground.crop((0, 0, *size))
        self.sheet.image.paste(piece, (int(left), int(upper)), mask)

    def _outline(self, points: ArrayLike, *, smooth: bool) -> Points:
        placed = self._placed(points)
        return _closed_curve(placed) if smooth else placed

    def _placed(self, points: ArrayLike) -> Points:
        """Return pixel coordinates with the slight wobble of a knife."""
        exact = self._exact(points)
        return exact + self.rng.normal(0.0, 0.55, exact.shape)

    def _exact(self, points: ArrayLike) -> Points:
        local = np.asarray(points, dtype=np.float64)
        return local * (self.wide, -self.high) + (self.x, self.y)


def arc(
    x: float, y: float, radii: tuple[float, float], degrees: tuple[float, float], count: int = 9
) -> Points:
    """Return points on an ellipse between two angles, counter-clockwise from the right."""
    angle = np.radians(np.linspace(*degrees, count))
    return np.stack([x + radii[0] * np.cos(angle), y + radii[1] * np.sin(angle)], axis=1)


def path(*pieces: Iterable[Sequence[float]] | Points) -> Points:
    """Join pieces of an outline into one (n, 2) array."""
    return np.concatenate([np.asarray(list(piece), dtype=np.float64) for piece in pieces])


def _closed_curve(points: Points) -> Points:
    neighbours = [np.roll(points, shift, axis=0) for shift in (1, 0, -1, -2)]
    return np.einsum("sc,cnd->nsd", _CATMULL_ROM, np.stack(neighbours)).reshape(-1, 2)


def _open_curve(points: Points) -> Points:
    padded = np.concatenate([points[:1], points, points[-1:]])
    quads = np.stack([padded[i : len(padded) - 3 + i] for i in range(4)])
    inner = np.einsum("sc,cnd->nsd", _CATMULL_ROM, quads).reshape(-1, 2)
    return np.concatenate([inner, points[-1:]])


def _gradient(top: Colour, bottom: Colour) -> Image.Image:
    share = np.linspace(0.0, 1.0, 64)[:, None, None]
    column = np.asarray(top) * (1 - share) + np.asarray(bottom) * share  # (64, 1, 3)
    return Image.fromarray(column.round().astype(np.uint8))


def _flat(points: Points) -> list[float]:
    flat: list[float] = points.ravel().tolist()
    return flat


def _pixels(line: float) -> int:
    return max(1, round(2.2 * line))
