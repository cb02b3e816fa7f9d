"""Things that are carried or hung: lantern, umbrella, fan."""

import numpy as np

from saetm_assets.demo.brush import Brush, arc, path
from saetm_assets.demo.palettes import Palette, mix


def lantern(brush: Brush, palette: Palette) -> None:
    """Draw three paper lanterns on a cord, the middle one large."""
    brush.stroke([(-1.4, 2.0), (-0.5, 1.86), (0.5, 1.86), (1.4, 2.0)], width=1.6)
    for x, y, size in ((-0.85, 1.25, 0.34), (0.85, 1.25, 0.34), (0.0, 0.72, 0.56)):
        _paper_lantern(brush.at(x, y, size), palette)


def _paper_lantern(brush: Brush, palette: Palette) -> None:
    brush.disc(0, 0.5, 1.35, mix(palette.gold, palette.sky_low, 0.55), line=0)
    brush.stroke([(0, 1.5), (0, 1.75), (0, 2.1)], width=1.4)
    paper = mix(palette.red, palette.gold, 0.2)
    brush.blob(
        [
            (-0.5, 1.35),
            (-0.86, 0.9),
            (-0.92, 0.45),
            (-0.82, 0.0),
            (-0.5, -0.4),
            (0.5, -0.4),
            (0.82, 0.0),
            (0.92, 0.45),
            (0.86, 0.9),
            (0.5, 1.35),
        ],
        paper,
    )
    brush.oval(0, 0.48, (0.48, 0.72), mix(palette.gold, palette.foam, 0.35), line=0)
    for y in np.linspace(-0.2, 1.15, 7):
        reach = 0.9 * np.sqrt(max(0.0, 1 - ((y - 0.48) / 1.15) ** 2))
        brush.stroke([(-reach, y), (0, y - 0.08), (reach, y)], width=0.8)
    brush.area([(-0.5, 1.3), (-0.5, 1.52), (0.5, 1.52), (0.5, 1.3)], palette.ink)
    brush.area([(-0.5, -0.56), (-0.5, -0.34), (0.5, -0.34), (0.5, -0.56)], palette.ink)
    brush.rays(
        [(x, -0.56) for x in (-0.12, 0, 0.12)],
        [(x * 1.4, -1.0) for x in (-0.12, 0, 0.12)],
        colour=palette.red,
    )


def umbrella(brush: Brush, palette: Palette) -> None:
    """Draw an open paper umbrella seen from its side, leaning on its handle."""
    canopy = palette.red if brush.rng.random() < 0.5 else palette.cloth_a
    brush.rays([(0.62, 0.0)], [(-0.12, 1.3)], width=4, colour=palette.wood)
    centre, turn = np.array((-0.12, 1.18)), np.radians(np.arange(0, 360, 20))
    rim = centre + np.stack([0.98 * np.cos(turn), 0.78 * np.sin(turn)], axis=1)
    brush.area(rim, canopy)
    for share, colour in ((0.72, palette.foam), (0.55, canopy)):
        brush.area(centre + (rim - centre) * share, colour, line=0.7)
    brush.rays(np.repeat(centre[None], 18, axis=0), rim, width=0.7)
    brush.disc(-0.12, 1.18, 0.12, palette.ink)


def fan(brush: Brush, palette: Palette) -> None:
    """Draw an open folding fan with a painted leaf and bare ribs below."""
    angles = np.radians(np.linspace(18, 162, 13))
    outer = np.stack([1.15 * np.cos(angles), 0.3 + 1.15 * np.sin(angles)], axis=1)
    inner = np.stack([0.5 * np.cos(angles), 0.3 + 0.5 * np.sin(angles)], axis=1)
    brush.rays([(0, 0.3)] * 13, inner, width=2.2, colour=palette.wood)
    brush.area(path(outer, inner[::-1]), mix(palette.gold, palette.foam, 0.5))
    brush.area(
        path(arc(0, 0.3, (1.15, 1.15), (18, 162), 13), arc(0, 0.3, (0.98, 0.98), (162, 18), 13)),
        palette.cloth_a,
    )
    sun = arc(0.3, 1.1, (0.17, 0.17), (0, 360), 12)
    brush.area(sun, palette.red, line=0.7)
    for x, y in ((-0.55, 0.82), (-0.3, 0.95), (0.0, 0.9)):
        brush.stroke(
            [(x - 0.14, y), (x, y + 0.08), (x + 0.16, y - 0.02)], width=2.4, colour=palette.deep
        )
    brush.rays(inner, outer, width=0.7)
    brush.disc(0, 0.3, 0.07, palette.ink)
    brush.stroke([(0, 0.28), (-0.12, 0.1), (0.06, -0.1)], width=2.4, colour=palette.red)
