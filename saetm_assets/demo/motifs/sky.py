"""What hangs in the sky or falls from it: the moon, cranes, rain, snow, and Mount Fuji."""

import numpy as np

from saetm_assets.demo.brush import Brush, arc, path
from saetm_assets.demo.palettes import Palette, mix


def moon(brush: Brush, palette: Palette) -> None:
    """Draw a full moon behind two bands of cloud; its centre is at (0, 1)."""
    brush.disc(0, 1, 1.18, mix(palette.moon, palette.sky_top, 0.6), line=0)
    brush.disc(0, 1, 1.0, palette.moon, line=0.8)
    for y, left in ((0.62, -1.5), (0.98, -0.3)):
        mist(brush.at(left + 0.9, y, 1.0), mix(palette.sky_low, palette.sky_top, 0.35))


def mist(brush: Brush, colour: tuple[int, int, int]) -> None:
    """Draw a flat bank of mist with rounded ends, about two units wide."""
    for y, reach, lean in ((0.0, 1.0, 0.0), (0.11, 0.62, 0.25)):
        ends = path(
            arc(reach + lean, y, (0.07, 0.07), (-90, 90), 5),
            arc(-reach + lean, y, (0.07, 0.07), (90, 270), 5),
        )
        brush.area(ends, colour, line=0)


def fuji(brush: Brush, palette: Palette) -> None:
    """Draw Mount Fuji: a long cone fading into mist, with snow running down from its top."""
    slope = [
        (-1.7, 0),
        (-0.95, 0.42),
        (-0.5, 0.88),
        (-0.2, 1.35),
        (-0.12, 1.42),
        (0.0, 1.38),
        (0.12, 1.43),
        (0.22, 1.33),
        (0.52, 0.86),
        (1.0, 0.4),
        (1.75, 0),
    ]
    stone = palette.red if brush.rng.random() < 0.25 else palette.deep
    brush.graded(slope, mix(stone, palette.far, 0.15), mix(palette.far, palette.sky_low, 0.5))
    brush.stroke(slope, width=1.3)
    snow_line = [
        (0.4, 1.04),
        (0.3, 0.9),
        (0.22, 1.08),
        (0.12, 0.82),
        (0.03, 1.06),
        (-0.08, 0.86),
        (-0.17, 1.08),
        (-0.28, 0.9),
        (-0.38, 1.04),
    ]
    brush.area(path(slope[3:8], snow_line), palette.foam)
    mist(brush.at(brush.rng.uniform(-0.6, 0.4), 0.22, 0.7), palette.sky_low)


def cranes(brush: Brush, palette: Palette) -> None:
    """Draw a large crane in flight and a smaller one behind it."""
    _crane(brush.at(-0.75, 1.25, 0.42), palette)
    _crane(brush.at(0.1, 0.3, 0.85), palette)


def _crane(brush: Brush, palette: Palette) -> None:
    """Draw one crane flying to the right, neck and legs stretched out."""
    brush.stroke([(-0.45, 0.35), (-0.9, 0.3), (-1.3, 0.2)], width=2)
    _wing(brush, palette, [(0.2, 0.55), (0.42, 1.15), (0.25, 1.6), (-0.12, 1.35), (-0.2, 0.6)])
    body = [
        (-0.55, 0.38),
        (-0.2, 0.58),
        (0.25, 0.6),
        (0.6, 0.68),
        (1.0, 0.86),
        (1.02, 0.8),
        (0.6, 0.56),
        (0.3, 0.36),
        (-0.1, 0.24),
    ]
    brush.blob(body, palette.foam)
    brush.blob([(-0.45, 0.44), (-0.75, 0.36), (-0.8, 0.26), (-0.4, 0.28)], palette.ink)
    brush.stroke([(0.5, 0.6), (0.8, 0.74), (1.0, 0.83)], width=3)
    brush.disc(1.04, 0.85, 0.075, palette.foam)
    brush.oval(1.05, 0.91, (0.06, 0.035), palette.red, line=0)
    brush.area([(1.1, 0.87), (1.34, 0.86), (1.1, 0.82)], palette.gold)
    _wing(brush, palette, [(0.18, 0.5), (-0.15, 1.0), (-0.75, 1.42), (-0.85, 0.95), (-0.32, 0.42)])


def _wing(brush: Brush, palette: Palette, outline: list[tuple[float, float]]) -> None:
    """Draw a wing with black quills; the outline runs from the shoulder over the tip."""
    brush.blob(outline, palette.foam)
    points = np.asarray(outline)
    root, tip, trail = points[0], points[2], points[3]
    for share in np.linspace(0.0, 1.0, 6):
        end = tip + (trail - tip) * share
        start = end + (root - end) * 0.32
        brush.stroke([start, (start + end) / 2, end], width=3.0)
        inner = end + (root - end) * 0.75
        brush.stroke([inner, (inner + start) / 2, start], width=0.7)


def rain(brush: Brush, palette: Palette) -> None:
    """Draw slanting rain over the whole picture, in two sets of fine lines."""
    colour = mix(palette.ink, palette.sky_low, 0.35)
    lean = float(brush.rng.choice([-0.22, -0.1, 0.1, 0.22]))
    for slant, count, width in ((lean, 62, 0.45), (lean * 1.7, 34, 0.9)):
        x = brush.rng.uniform(-1.3, 1.3, count)
        y = brush.rng.uniform(0.1, 2.0, count)
        length = brush.rng.uniform(0.35, 0.9, count)
        ends = np.stack([x + slant * length, y - length], axis=1)
        brush.rays(np.stack([x, y], axis=1), ends, width=width, colour=colour)


def snow(brush: Brush, palette: Palette) -> None:
    """Draw falling flakes over the whole picture."""
    count = 150
    x, y = brush.rng.uniform(-1, 1, count), brush.rng.uniform(0, 2, count)
    radius = brush.rng.choice([0.009, 0.013, 0.02], count, p=[0.5, 0.35, 0.15])
    flake = mix(palette.foam, (255, 255, 255), 0.7)
    for left, up, size in zip(x, y, radius, strict=True):
        brush.disc(left, up, size, flake, line=0)
