"""Water: the sea, a river, a waterfall, and what floats.

The sea and the river fill the ground: x from -1 to 1, y from 0 at the lower edge to 1 at the
horizon. All other motifs stand on y = 0 and are about two units tall.
"""

import numpy as np

from saetm_assets.demo.brush import Brush, arc, path
from saetm_assets.demo.palettes import Palette, mix


def open_water(brush: Brush, palette: Palette) -> None:
    """Draw calm water up to the horizon, with short dashes that shrink with distance."""
    brush.graded(
        [(-1, 0), (1, 0), (1, 1), (-1, 1)], mix(palette.water, palette.foam, 0.3), palette.deep
    )
    for y in np.linspace(0.08, 0.92, 9) ** 0.8:
        for x in brush.rng.uniform(-1, 0.9, 3):
            length = 0.05 + 0.16 * (1 - y)
            ripple = [(x, y), (x + length / 2, y + 0.012), (x + length, y)]
            brush.stroke(ripple, width=0.7, colour=mix(palette.deep, palette.ink, 0.25))


def sea(brush: Brush, palette: Palette) -> None:
    """Draw a great wave about to break over rows of smaller ones."""
    open_water(brush, palette)
    for row, y in enumerate((0.78, 0.6)):
        _swell(brush, palette, y, 9 - 2 * row)
    side = brush.rng.random() < 0.5
    _great_wave(brush.at(0, 0, 1, flip=side).stretched(brush.high / abs(brush.wide)), palette)
    _swell(brush, palette, 0.17, 4)


def _swell(brush: Brush, palette: Palette, y: float, count: int) -> None:
    """Draw a row of wave crests across the picture, with foam on each."""
    x = np.linspace(-1.15, 1.15, 2 * count + 1) + brush.rng.uniform(-0.06, 0.06)
    crest = np.where(np.arange(len(x)) % 2, y + 0.26 / count + 0.02, y - 0.02)
    outline = path(np.stack([x, crest], axis=1), [(1.2, y - 0.25), (-1.2, y - 0.25)])
    brush.blob(outline, mix(palette.deep, palette.water, 0.25 + 0.5 * y))
    for left, top in zip(x[1::2], crest[1::2], strict=True):
        width = 0.5 / count
        foam = [(left - width, top - 0.06), (left, top + 0.015), (left + width, top - 0.06)]
        brush.stroke(foam, width=2.4, colour=palette.foam)


def _great_wave(brush: Brush, palette: Palette) -> None:
    body = [
        (-1.3, -0.1),
        (-1.2, 0.55),
        (-0.95, 0.95),
        (-0.6, 1.27),
        (-0.2, 1.36),
        (0.1, 1.22),
        (0.24, 0.94),
        (0.05, 1.02),
        (-0.15, 0.96),
        (-0.32, 0.74),
        (-0.34, 0.46),
        (-0.2, 0.22),
        (0.15, 0.05),
        (0.6, -0.1),
    ]
    brush.blob(body, palette.deep)
    for inset in (0.1, 0.22, 0.36):
        streak = [
            (-1.1 + inset, 0.1),
            (-1.02 + inset, 0.6),
            (-0.7 + inset * 0.8, 0.95 - inset * 0.3),
            (-0.4 + inset * 0.4, 1.14 - inset * 0.4),
            (-0.1, 1.16 - inset * 0.35),
        ]
        brush.stroke(streak, width=3.2, colour=mix(palette.water, palette.foam, 0.35))
    _foam(brush, palette)


def _foam(brush: Brush, palette: Palette) -> None:
    """Draw the clawed foam along the crest and the drops that fly from it."""
    crest = np.array(
        [
            (-1.0, 0.92),
            (-0.82, 1.1),
            (-0.6, 1.26),
            (-0.38, 1.35),
            (-0.16, 1.37),
            (0.05, 1.27),
            (0.18, 1.12),
            (0.25, 0.95),
        ]
    )
    for x, y in crest:
        brush.oval(x, y, (0.12, 0.1), palette.foam)
    for x, y in crest + np.array((0.05, -0.07)):
        brush.oval(x, y, (0.095, 0.085), palette.foam, line=0)
        claw = [(x, y), (x + 0.08, y - 0.06), (x + 0.09, y - 0.15)]
        brush.stroke(claw, width=2.6, colour=palette.foam)
    for x, y in zip(brush.rng.uniform(0, 0.6, 14), brush.rng.uniform(0.75, 1.5, 14), strict=True):
        brush.disc(x, y, 0.012, palette.foam, line=0)


def river(brush: Brush, palette: Palette) -> None:
    """Draw a river that winds from the horizon to the lower edge, between two banks."""
    brush.graded(
        [(-1, 0), (1, 0), (1, 1), (-1, 1)], mix(palette.land, palette.leaf, 0.35), palette.land
    )
    flow = brush.at(0, 0, 1, flip=bool(brush.rng.random() < 0.5))
    flow = flow.stretched(brush.high / abs(brush.wide))
    left = np.array(
        [
            (0.2, 1.0),
            (0.0, 0.86),
            (0.12, 0.7),
            (-0.2, 0.5),
            (-0.62, 0.3),
            (-0.5, 0.12),
            (-0.9, -0.05),
        ]
    )
    right = np.array(
        [
            (0.27, 1.0),
            (0.16, 0.86),
            (0.42, 0.7),
            (0.25, 0.5),
            (0.02, 0.3),
            (0.5, 0.12),
            (0.75, -0.05),
        ]
    )
    flow.blob(path(left, right[::-1]), palette.water)
    for share in (0.25, 0.5, 0.75):
        current = left + (right - left) * share
        flow.stroke(current, width=1.6, colour=mix(palette.deep, palette.water, 0.2 * share))
    for x, y in ((-0.75, 0.62), (0.62, 0.42), (0.85, 0.78), (-0.35, 0.8)):
        _reeds(flow.at(x, y, 0.16), palette)


def _reeds(brush: Brush, palette: Palette) -> None:
    for lean in (-0.5, -0.2, 0.1, 0.35, 0.6):
        brush.stroke([(0, 0), (lean * 0.5, 0.5), (lean, 1)], width=1.2, colour=palette.leaf_dark)


def waterfall(brush: Brush, palette: Palette) -> None:
    """Draw a fall between two cliffs, with spray at its foot."""
    brush.blob(
        [
            (-1.1, -0.05),
            (-1.15, 1.4),
            (-0.7, 2.1),
            (0, 1.95),
            (0.75, 2.2),
            (1.15, 1.5),
            (1.1, -0.05),
        ],
        mix(palette.leaf_dark, palette.wood, 0.45),
    )
    for x, top in ((-0.95, 1.3), (-0.7, 1.75), (0.72, 1.8), (0.98, 1.2)):
        crag = [(x, top), (x + 0.08, top * 0.6), (x - 0.06, top * 0.35), (x + 0.04, 0.1)]
        brush.stroke(crag, width=2)
    fall = [(-0.32, 1.97), (0.3, 2.0), (0.34, 1.2), (0.48, 0.02), (-0.5, 0.02), (-0.36, 1.2)]
    brush.area(fall, palette.foam)
    for share in np.linspace(0.08, 0.92, 8):
        x = -0.32 + 0.62 * share
        thread = [(x, 1.95), (x * 1.08, 1.2), (x * 1.5, 0.1)]
        brush.stroke(thread, width=1.7 + brush.rng.random(), colour=palette.deep)
    for x in np.linspace(-0.75, 0.75, 8):
        brush.oval(x, 0.05, (0.17, 0.13 + 0.06 * brush.rng.random()), palette.foam, line=0.7)
    brush.oval(0, 0.0, (0.8, 0.1), palette.foam, line=0)


def boat(brush: Brush, palette: Palette) -> None:
    """Draw a fishing boat under a square sail, with a boatman at the oar."""
    brush.stroke([(0.05, 0.2), (0.06, 1.0), (0.05, 1.95)], width=2.6, colour=palette.wood)
    sail = [(-0.45, 1.8), (0.5, 1.82), (0.62, 1.1), (0.5, 0.5), (-0.42, 0.5), (-0.3, 1.1)]
    brush.blob(sail, palette.foam)
    for share in (0.25, 0.5, 0.75):
        x = -0.42 + 0.92 * share
        brush.stroke([(x, 1.8), (x + 0.12, 1.15), (x, 0.5)], width=0.8)
    hull = [(-1.0, 0.5), (-0.7, 0.12), (0.55, 0.1), (1.1, 0.62), (0.6, 0.32), (-0.6, 0.3)]
    brush.blob(hull, palette.wood)
    brush.stroke([(-0.8, 0.3), (0, 0.2), (0.8, 0.34)], width=1.4)
    _boatman(brush, palette)
    for y, reach in ((0.06, 0.9), (-0.02, 0.6)):
        brush.stroke([(-reach, y), (0, y - 0.04), (reach, y)], width=2, colour=palette.foam)


def _boatman(brush: Brush, palette: Palette) -> None:
    brush.blob(
        [(-0.72, 0.3), (-0.75, 0.62), (-0.62, 0.72), (-0.5, 0.62), (-0.52, 0.3)], palette.cloth_a
    )
    brush.disc(-0.62, 0.8, 0.09, palette.skin)
    brush.area([(-0.82, 0.82), (-0.62, 0.98), (-0.42, 0.82)], palette.gold)
    brush.stroke([(-0.6, 0.6), (-0.9, 0.3), (-1.15, -0.1)], width=1.8, colour=palette.wood)


def steamship(brush: Brush, palette: Palette) -> None:
    """Draw a paddle steamer with two masts, under a plume of smoke."""
    _smoke(brush, palette)
    for x in (-0.62, 0.66):
        brush.stroke([(x, 0.5), (x, 1.1), (x, 1.7)], width=2, colour=palette.wood)
        brush.rays([(x, 1.65)] * 2, [(x - 0.32, 0.55), (x + 0.32, 0.55)], width=0.6)
    brush.area([(-0.12, 0.5), (-0.12, 1.2), (0.14, 1.2), (0.14, 0.5)], palette.ink)
    brush.area([(-0.12, 0.95), (-0.12, 1.08), (0.14, 1.08), (0.14, 0.95)], palette.red, line=0)
    brush.area([(-0.55, 0.5), (-0.55, 0.68), (0.55, 0.68), (0.55, 0.5)], palette.foam)
    hull = [(-1.1, 0.58), (-0.9, 0.08), (0.85, 0.08), (1.15, 0.62), (0.7, 0.5), (-0.7, 0.48)]
    brush.blob(hull, palette.ink)
    brush.stroke([(-0.95, 0.34), (0, 0.3), (0.98, 0.38)], width=1.4, colour=palette.gold)
    brush.disc(0.02, 0.3, 0.3, palette.red)
    turn = np.arange(8) * (np.pi / 4)
    rim = np.stack([0.02 + 0.28 * np.cos(turn), 0.3 + 0.28 * np.sin(turn)], axis=1)
    brush.rays([(0.02, 0.3)] * 8, rim)
    brush.area(arc(0.02, 0.32, (0.34, 0.34), (0, 180)), palette.cloth_b)
    for y, reach in ((0.04, 1.0), (-0.04, 0.7)):
        brush.stroke([(-reach, y), (0, y - 0.05), (reach, y)], width=2.4, colour=palette.foam)


def _smoke(brush: Brush, palette: Palette) -> None:
    grey = mix(palette.ink, palette.paper, 0.45)
    for step in range(6):
        x, y = -0.02 - 0.17 * step, 1.3 + 0.09 * step
        brush.oval(
            x, y, (0.12 + 0.035 * step, 0.09 + 0.025 * step), mix(grey, palette.paper, 0.1 * step)
        )
