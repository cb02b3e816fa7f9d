"""Heroes: the actor on the stage and the warrior in armour."""

import numpy as np

from saetm_assets.demo.brush import Brush, arc, path
from saetm_assets.demo.cloth import cloth
from saetm_assets.demo.palettes import Palette, mix


def actor(brush: Brush, palette: Palette) -> None:
    """Draw a kabuki actor holding a pose: huge square sleeves with crests, painted face."""
    robe = mix(palette.red, palette.wood, 0.35) if brush.rng.random() < 0.6 else palette.cloth_a
    brush.rays([(-0.95, 0.62)], [(0.95, 0.98)], width=5)
    brush.area(
        [
            (-0.36, 1.42),
            (0.36, 1.42),
            (0.5, 0.6),
            (0.72, 0.0),
            (0.1, 0.0),
            (0, 0.28),
            (-0.1, 0.0),
            (-0.72, 0.0),
            (-0.5, 0.6),
        ],
        robe,
    )
    brush.patterned(
        [
            (-0.3, 0.72),
            (0.3, 0.72),
            (0.5, 0.3),
            (0.68, 0.0),
            (0.12, 0.0),
            (0.0, 0.36),
            (-0.12, 0.0),
            (-0.68, 0.0),
            (-0.5, 0.3),
        ],
        cloth(brush.rng, palette.cloth_b, mix(palette.cloth_b, palette.foam, 0.5)),
    )
    brush.area([(-0.44, 0.72), (-0.4, 0.88), (0.4, 0.88), (0.44, 0.72)], palette.gold)
    for side in (1, -1):
        _sleeve(brush.at(0, 0, 1, flip=side < 0), palette, robe)
    brush.area(
        [(-0.3, 1.44), (0.0, 0.9), (0.3, 1.44), (0.16, 1.5), (0.0, 1.2), (-0.16, 1.5)], palette.foam
    )
    _mask(brush.at(0, 1.36, 1.25), palette)


def _sleeve(brush: Brush, palette: Palette, robe: tuple[int, int, int]) -> None:
    lift = 0.12 * brush.rng.random()
    brush.area([(0.26, 1.46), (0.95, 1.4 + lift), (1.05, 0.66 + lift), (0.46, 0.74)], robe)
    for size in (0.24, 0.165, 0.09):
        left, up = 0.71 - size, 0.83 + lift * 0.6 + (0.24 - size)
        square = [
            (left, up),
            (left + 2 * size, up + 0.03),
            (left + 2 * size, up + 2 * size),
            (left, up + 2 * size),
        ]
        brush.area(square, palette.foam if size != 0.165 else robe)
    brush.blob(
        [
            (0.98, 0.92 + lift),
            (1.14, 1.02 + lift),
            (1.18, 0.9 + lift),
            (1.1, 0.8 + lift),
            (1.0, 0.8 + lift),
        ],
        palette.skin,
    )


def _mask(brush: Brush, palette: Palette) -> None:
    """Draw the painted face of a hero, with a topknot and side locks like wings."""
    white = mix(palette.skin, palette.foam, 0.7)
    for side in (-1, 1):
        brush.area(
            [(side * 0.13, 0.2), (side * 0.34, 0.08), (side * 0.38, 0.42), (side * 0.14, 0.44)],
            palette.ink,
        )
    brush.blob(
        [
            (-0.18, 0.34),
            (-0.17, 0.16),
            (-0.09, 0.0),
            (0.0, -0.03),
            (0.09, 0.0),
            (0.17, 0.16),
            (0.18, 0.34),
            (0.12, 0.48),
            (-0.12, 0.48),
        ],
        white,
    )
    brush.blob(
        [(-0.17, 0.38), (-0.12, 0.5), (0.12, 0.5), (0.17, 0.38), (0.0, 0.43)],
        mix(palette.deep, palette.foam, 0.5),
    )
    brush.blob([(-0.06, 0.46), (-0.08, 0.6), (0.1, 0.62), (0.08, 0.46)], palette.ink)
    for side in (-1, 1):
        half = brush.at(0, 0, 1, flip=side < 0)
        half.stroke([(0.02, 0.24), (0.08, 0.34), (0.17, 0.42)], width=4, colour=palette.red)
        half.stroke([(0.04, 0.14), (0.1, 0.14), (0.15, 0.24)], width=3.4, colour=palette.red)
        half.stroke([(0.03, 0.28), (0.09, 0.32), (0.15, 0.31)], width=3.6)
        half.oval(0.075, 0.235, (0.042, 0.024), palette.foam)
        half.disc(0.055, 0.235, 0.018, palette.ink, line=0)
    brush.stroke([(0.0, 0.24), (0.03, 0.13), (-0.02, 0.12)], width=1)
    brush.stroke([(-0.07, 0.03), (0.0, 0.06), (0.07, 0.03)], width=3, colour=palette.red)


def samurai(brush: Brush, palette: Palette) -> None:
    """Draw a warrior in laced armour and horned helmet, sword raised, a banner at his back."""
    brush.rays([(-0.62, 0.5)], [(-0.62, 2.25)], width=2, colour=palette.wood)
    brush.area([(-0.62, 2.2), (-1.02, 2.2), (-1.0, 1.2), (-0.62, 1.25)], palette.red)
    brush.disc(-0.82, 1.75, 0.13, palette.foam)
    for x in (-0.3, 0.12):
        brush.area([(x, 0.0), (x, 0.55), (x + 0.2, 0.55), (x + 0.24, 0.0)], palette.cloth_b)
        brush.area(
            [(x - 0.03, -0.03), (x - 0.02, 0.32), (x + 0.22, 0.32), (x + 0.28, -0.03)], palette.ink
        )
    brush.area(
        [(-0.34, 1.42), (0.34, 1.42), (0.32, 0.8), (-0.32, 0.8)],
        mix(palette.ink, palette.deep, 0.3),
    )
    for x in (-0.42, -0.14, 0.14):
        _lacing(brush, palette, [(x, 0.86), (x + 0.26, 0.86), (x + 0.3, 0.42), (x - 0.03, 0.42)])
    brush.patterned(
        [(-0.3, 1.4), (0.3, 1.4), (0.3, 0.86), (-0.3, 0.86)],
        cloth(brush.rng, palette.cloth_a, palette.gold),
    )
    _katana(brush, palette)
    for left in (-0.68, 0.34):
        _lacing(
            brush,
            palette,
            [(left, 1.46), (left + 0.34, 1.46), (left + 0.38, 0.98), (left - 0.04, 0.98)],
        )
    _helmet(brush.at(0, 1.42, 1.1), palette)


def _lacing(brush: Brush, palette: Palette, plate: list[tuple[float, float]]) -> None:
    """Draw an armour plate of laced rows; corners run from upper left clockwise."""
    brush.area(plate, palette.red)
    upper_left, upper_right, lower_right, lower_left = np.asarray(plate)
    share = np.linspace(0.2, 0.8, 4)[:, None]
    starts = upper_left + (lower_left - upper_left) * share
    brush.rays(
        starts, upper_right + (lower_right - upper_right) * share, width=1.8, colour=palette.gold
    )


def _katana(brush: Brush, palette: Palette) -> None:
    brush.band([(0.3, 1.3), (0.6, 1.12), (0.76, 1.3)], 0.15, palette.cloth_b)
    brush.area(
        [(0.72, 1.3), (0.98, 2.0), (1.2, 2.32), (1.06, 1.98), (0.8, 1.28)],
        mix(palette.foam, palette.far, 0.25),
    )
    brush.rays([(0.66, 1.1)], [(0.76, 1.34)], width=5, colour=palette.ink)
    brush.oval(0.76, 1.33, (0.09, 0.035), palette.gold)
    brush.disc(0.71, 1.22, 0.07, palette.skin)


def _helmet(brush: Brush, palette: Palette) -> None:
    bowl = mix(palette.ink, palette.deep, 0.2)
    brush.area(
        [(-0.36, 0.02), (-0.22, 0.34), (0.22, 0.34), (0.36, 0.02), (0.2, 0.1), (-0.2, 0.1)],
        palette.red,
    )
    brush.blob([(-0.14, 0.3), (-0.13, 0.1), (0.0, -0.02), (0.13, 0.1), (0.14, 0.3)], palette.skin)
    brush.area(path(arc(0, 0.28, (0.24, 0.28), (0, 180)), [(-0.28, 0.24), (0.28, 0.24)]), bowl)
    brush.rays(
        [(x, 0.28) for x in (-0.12, 0, 0.12)],
        [(x * 0.5, 0.54) for x in (-0.12, 0, 0.12)],
        width=0.8,
        colour=palette.gold,
    )
    for side in (-1, 1):
        half = brush.at(0, 0, 1, flip=side < 0)
        half.area([(0.03, 0.34), (0.2, 0.5), (0.24, 0.85), (0.31, 0.5), (0.1, 0.28)], palette.gold)
        half.stroke([(0.02, 0.17), (0.06, 0.2), (0.11, 0.2)], width=2)
    brush.disc(0, 0.34, 0.06, palette.gold)
    brush.stroke([(-0.07, 0.07), (0, 0.1), (0.07, 0.07)], width=2.4)
    brush.stroke([(0, 0.18), (0.02, 0.13), (-0.01, 0.12)], width=0.8)
