"""What makes a print of a drawing: paper grain, margin, title cartouche and seal."""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from saetm_assets.demo.brush import Brush
from saetm_assets.demo.palettes import Colour, Palette

_GRAIN_SEED = 1765  # any number: all prints are printed on the same stack of paper
_SHEETS = 4


def press(image: Image.Image, size: int, paper: Colour, rng: np.random.Generator) -> Image.Image:
    """Reduce a drawing to its final size, and lay the grain of wood and paper over it."""
    small = np.asarray(image.reduce(image.width // size), dtype=np.float32)
    grain = _grains(size)[int(rng.integers(_SHEETS))]
    grain = np.roll(grain, rng.integers(0, size, 2), axis=(0, 1))
    tint = 0.8 + 0.2 * np.asarray(paper, dtype=np.float32) / 255.0
    printed = small * grain[:, :, None] * tint
    return Image.fromarray(np.clip(printed, 0, 255).round().astype(np.uint8))


@cache
def _grains(size: int) -> NDArray[np.float32]:
    """Return (sheets, size, size) factors around 0.99: streaks of wood, fibres, and dust."""
    rng = np.random.default_rng(_GRAIN_SEED)
    shape = (_SHEETS, size, size)
    streaks = _smoothed(rng.normal(0, 1, shape), 61, axis=2)
    clouds = _smoothed(_smoothed(rng.normal(0, 1, shape), 41, axis=1), 41, axis=2)
    dust = rng.normal(0, 1, shape)
    grain = 0.99 + 0.016 * streaks + 0.018 * clouds + 0.010 * dust
    return grain.astype(np.float32)


def _smoothed(noise: NDArray[np.float64], width: int, *, axis: int) -> NDArray[np.float64]:
    """Return the running mean around a ring along one axis, with unit variance."""
    window = np.zeros(noise.shape[axis])
    window[:width] = 1.0
    shape = [1, 1, 1]
    shape[axis] = -1
    spectrum = np.fft.fft(noise, axis=axis) * np.fft.fft(window).reshape(shape)
    smooth = np.fft.ifft(spectrum, axis=axis).real
    return smooth / smooth.std()


def sign(brush: Brush, palette: Palette) -> None:
    """Draw the margin, a red seal, and on most prints a title cartouche in an upper corner."""
    _margin(brush, palette.paper)
    side = float(brush.rng.choice([-1, 1]))
    if brush.rng.random() < 0.7:
        _cartouche(brush.at(side * 0.84, 1.34, 1.0), palette)
    corner = -side if brush.rng.random() < 0.7 else side
    _seal(brush.at(corner * 0.86, 0.12, 1.0), palette)


def _margin(brush: Brush, paper: Colour) -> None:
    edge = 0.045
    for box in (
        [(-1, 0), (1, 0), (1, edge), (-1, edge)],
        [(-1, 2), (1, 2), (1, 2 - edge), (-1, 2 - edge)],
        [(-1, 0), (-1, 2), (edge - 1, 2), (edge - 1, 0)],
        [(1, 0), (1, 2), (1 - edge, 2), (1 - edge, 0)],
    ):
        brush.area(box, paper, line=0)
    inner = 1 - edge
    frame = [(-inner, edge), (inner, edge), (inner, 2 - edge), (-inner, 2 - edge)]
    brush.area(frame, None)


def _cartouche(brush: Brush, palette: Palette) -> None:
    ground = palette.red if brush.rng.random() < 0.6 else palette.gold
    brush.area([(-0.075, 0), (0.075, 0), (0.075, 0.56), (-0.075, 0.56)], ground)
    brush.area(
        [(-0.055, 0.02), (0.055, 0.02), (0.055, 0.54), (-0.055, 0.54)], palette.paper, line=0
    )
    for step in range(4):
        _glyph(brush.at(0, 0.09 + 0.125 * step, 0.05), palette.ink)


def _glyph(brush: Brush, ink: Colour) -> None:
    """Draw a few strokes that look written; they mean nothing."""
    for _ in range(int(brush.rng.integers(3, 6))):
        if brush.rng.random() < 0.55:
            y = brush.rng.uniform(-0.9, 0.9)
            brush.rays([(-0.75, y)], [(0.75, y + 0.1)], width=1.0, colour=ink)
        else:
            x = brush.rng.uniform(-0.5, 0.5)
            brush.rays(
                [(x, -0.9)], [(x + brush.rng.uniform(-0.4, 0.4), 0.9)], width=1.0, colour=ink
            )


def _seal(brush: Brush, palette: Palette) -> None:
    red = (186, 44, 38)  # cinnabar does not change with the palette
    brush.area([(-0.06, -0.02), (0.06, -0.02), (0.06, 0.1), (-0.06, 0.1)], red, line=0)
    _glyph(brush.at(0, 0.04, 0.042), palette.paper)
