"""Trees and flowers: pine, cherry, and a garden of irises."""

import numpy as np

from saetm_assets.demo.brush import Brush, path
from saetm_assets.demo.palettes import Palette, mix


def pine(brush: Brush, palette: Palette) -> None:
    """Draw a crooked pine with flat pads of needles."""
    trunk = [
        (-0.16, -0.1),
        (-0.1, 0.35),
        (-0.3, 0.75),
        (-0.12, 1.15),
        (0.1, 1.5),
        (0.08, 1.8),
        (0.18, 1.8),
        (0.24, 1.45),
        (0.06, 1.1),
        (-0.08, 0.75),
        (0.14, 0.38),
        (0.2, -0.1),
    ]
    brush.blob(trunk, palette.wood)
    for x, y in ((-0.02, 0.2), (-0.14, 0.6), (-0.1, 0.85), (0.06, 1.25)):
        brush.stroke([(x - 0.06, y), (x, y + 0.07), (x + 0.05, y)], width=1.3)
    for start, end in (
        ((-0.18, 0.8), (-0.7, 1.0)),
        ((0.02, 1.1), (0.6, 1.02)),
        ((0.0, 0.5), (0.55, 0.62)),
    ):
        brush.band([start, ((start[0] + end[0]) / 2, end[1] - 0.02), end], 0.07, palette.wood)
    pads = (
        (0.62, 0.68, 0.36),
        (-0.75, 1.04, 0.42),
        (0.66, 1.12, 0.46),
        (-0.3, 1.48, 0.4),
        (0.15, 1.82, 0.52),
    )
    for x, y, size in pads:
        _pad(brush.at(x, y, size), palette)


def _pad(brush: Brush, palette: Palette) -> None:
    """Draw one cloud of needles: scalloped above, flat below."""
    top = [
        (-1.0, 0.05),
        (-0.8, 0.32),
        (-0.45, 0.36),
        (-0.2, 0.55),
        (0.2, 0.52),
        (0.5, 0.36),
        (0.85, 0.3),
        (1.0, 0.02),
    ]
    brush.blob(path(top, [(0.5, -0.12), (0.0, -0.04), (-0.5, -0.12)]), palette.leaf_dark)
    angle = np.radians(np.linspace(25, 155, 9))
    fan = 0.22 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    for x, y in ((-0.6, 0.02), (-0.2, 0.14), (0.25, 0.12), (0.65, 0.0)):
        brush.rays(
            [(x, y)] * 9,
            fan + np.array((x, y)),
            width=0.5,
            colour=mix(palette.leaf, palette.foam, 0.12),
        )


def cherry(brush: Brush, palette: Palette) -> None:
    """Draw a branch of cherry in bloom that reaches in from the left edge at (-1, 1)."""
    limbs = (
        [(-1.15, 0.9), (-0.6, 1.1), (-0.2, 1.0), (0.3, 1.25), (0.95, 1.2)],
        [(-0.5, 1.08), (-0.2, 1.4), (0.15, 1.55), (0.35, 1.8)],
        [(-0.1, 1.02), (0.2, 0.75), (0.6, 0.62)],
        [(-0.75, 1.02), (-0.5, 0.7), (-0.3, 0.5)],
    )
    for width, limb in zip((0.13, 0.08, 0.07, 0.07), limbs, strict=True):
        brush.band(limb, width, mix(palette.wood, palette.ink, 0.35))
    for limb in limbs:
        for x, y in np.asarray(limb)[1:]:
            for _ in range(4):
                dx, dy = brush.rng.normal(0, 0.13, 2)
                _blossom(brush.at(x + dx, y + dy, brush.rng.uniform(0.09, 0.13)), palette)
    for x, y in brush.rng.uniform((-0.8, -0.2), (0.9, 0.8), (9, 2)):
        brush.oval(x, y, (0.035, 0.022), palette.blossom, line=0)


def _blossom(brush: Brush, palette: Palette) -> None:
    turn = brush.rng.uniform(0, 1) + np.arange(5) * (2 * np.pi / 5)
    petal = mix(palette.blossom, palette.foam, float(brush.rng.choice([0.0, 0.3, 0.6])))
    for x, y in zip(0.55 * np.cos(turn), 0.55 * np.sin(turn), strict=True):
        brush.disc(x, y, 0.52, petal, line=0.4)
    brush.disc(0, 0, 0.42, petal, line=0)
    brush.disc(0, 0, 0.2, palette.red, line=0)


def garden(brush: Brush, palette: Palette) -> None:
    """Draw beds of iris before a lawn with stepping stones; fills the ground."""
    brush.graded(
        [(-1, 0), (1, 0), (1, 1), (-1, 1)], palette.leaf, mix(palette.leaf, palette.leaf_dark, 0.5)
    )
    for x, y, size in (
        (0.05, 0.84, 0.1),
        (-0.1, 0.7, 0.14),
        (0.1, 0.54, 0.18),
        (-0.08, 0.36, 0.24),
    ):
        brush.oval(x, y, (size, size * 0.42), mix(palette.far, palette.foam, 0.3))
    for row, y in enumerate((0.5, 0.24, -0.02)):
        size = 0.2 + 0.08 * row
        for x in np.arange(-1.0, 1.05, 0.26) + brush.rng.uniform(-0.08, 0.08):
            if row == 2 or abs(x) > 0.35:
                _iris(brush.at(x, y, size * brush.rng.uniform(0.85, 1.1)), palette)


def _iris(brush: Brush, palette: Palette) -> None:
    for lean in (-0.55, -0.2, 0.3, 0.6):
        leaf = [
            (lean * 0.15 - 0.07, 0),
            (lean * 0.5 - 0.06, 0.7),
            (lean, 1.35),
            (lean * 0.5 + 0.07, 0.7),
            (lean * 0.15 + 0.07, 0),
        ]
        brush.area(leaf, palette.leaf_dark, line=0.4)
    colour = mix((92, 72, 158), palette.deep, 0.35) if brush.rng.random() < 0.8 else palette.foam
    brush.blob([(-0.02, 1.4), (-0.42, 1.5), (-0.5, 1.12), (-0.1, 1.28)], colour, line=0.6)
    brush.blob([(0.02, 1.4), (0.42, 1.5), (0.5, 1.12), (0.1, 1.28)], colour, line=0.6)
    brush.blob(
        [(0, 1.36), (-0.2, 1.7), (0, 1.92), (0.2, 1.7)], mix(colour, palette.foam, 0.25), line=0.6
    )
    brush.blob([(-0.12, 1.34), (0, 0.98), (0.12, 1.34)], colour, line=0.6)
    brush.disc(0, 1.34, 0.07, palette.gold, line=0)
