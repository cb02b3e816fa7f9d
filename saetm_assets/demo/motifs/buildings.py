"""What people build: bridge, temple, tea house, market, railway."""

from itertools import pairwise

import numpy as np

from saetm_assets.demo.brush import Brush, arc, path
from saetm_assets.demo.palettes import Palette, mix


def bridge(brush: Brush, palette: Palette) -> None:
    """Draw an arched wooden bridge on trestles, with a railing of capped posts."""
    colour = palette.red if brush.rng.random() < 0.5 else palette.wood
    x = np.linspace(-1.25, 1.25, 15)
    deck = 0.18 + 0.52 * (1 - (x / 1.25) ** 2)
    for left in (-0.75, -0.25, 0.25, 0.75):
        top = 0.18 + 0.52 * (1 - (left / 1.25) ** 2)
        brush.area(
            [(left - 0.05, -0.12), (left - 0.05, top), (left + 0.05, top), (left + 0.05, -0.12)],
            mix(colour, palette.ink, 0.3),
        )
    lower = np.stack([x, deck - 0.1], axis=1)
    brush.area(path(np.stack([x, deck], axis=1), lower[::-1]), colour)
    rail = np.stack([x, deck + 0.26], axis=1)
    brush.band(np.stack([x, deck + 0.14], axis=1), 0.025, colour)
    brush.band(rail, 0.045, colour)
    for left, up in np.stack([x, deck], axis=1)[::2]:
        brush.area(
            [
                (left - 0.03, up),
                (left - 0.03, up + 0.32),
                (left + 0.03, up + 0.32),
                (left + 0.03, up),
            ],
            colour,
        )
        brush.oval(left, up + 0.35, (0.05, 0.05), palette.gold)


def temple(brush: Brush, palette: Palette) -> None:
    """Draw a pagoda of four tiers with upturned eaves and a finial."""
    y = 0.1
    brush.area(
        [(-0.62, -0.05), (-0.62, 0.1), (0.62, 0.1), (0.62, -0.05)],
        mix(palette.far, palette.paper, 0.3),
    )
    for width in (0.5, 0.42, 0.34, 0.26):
        brush.area([(-width, y), (-width, y + 0.26), (width, y + 0.26), (width, y)], palette.red)
        posts = np.linspace(-width, width, 6)[1:-1]
        brush.rays(
            np.stack([posts, posts * 0 + y], axis=1),
            np.stack([posts, posts * 0 + y + 0.26], axis=1),
        )
        brush.area(
            [(-width * 0.3, y), (-width * 0.3, y + 0.2), (width * 0.3, y + 0.2), (width * 0.3, y)],
            palette.foam,
            line=0.6,
        )
        _eaves(brush, palette, width, y + 0.22)
        y += 0.42
    brush.stroke([(0, y - 0.05), (0, y + 0.15), (0, y + 0.34)], width=2.4)
    for step in range(4):
        brush.oval(0, y + 0.02 + 0.07 * step, (0.05, 0.018), palette.gold, line=0.7)


def _eaves(brush: Brush, palette: Palette, width: float, y: float) -> None:
    reach = width * 1.75
    roof = [
        (-reach, y + 0.1),
        (-reach * 0.8, y),
        (reach * 0.8, y),
        (reach, y + 0.1),
        (width * 0.62, y + 0.23),
        (-width * 0.62, y + 0.23),
    ]
    brush.area(roof, palette.roof)
    brush.rays(
        [(s * width * 0.6, y + 0.22) for s in (-1, -0.4, 0.4, 1)],
        [(s * reach * 0.75, y + 0.02) for s in (-1, -0.4, 0.4, 1)],
        width=0.6,
    )


def teahouse(brush: Brush, palette: Palette) -> None:
    """Draw an open tea house: thatched roof, paper screens, curtains over the veranda."""
    brush.area(
        [(-0.95, 0.12), (-0.95, 0.95), (0.95, 0.95), (0.95, 0.12)],
        mix(palette.foam, palette.gold, 0.25),
    )
    for x in np.linspace(-0.95, 0.45, 4):
        _screen(brush, palette, float(x))
    brush.area(
        [(0.42, 0.12), (0.42, 0.95), (0.93, 0.95), (0.93, 0.12)],
        mix(palette.wood, palette.ink, 0.55),
    )
    for x in np.linspace(0.43, 0.8, 4):
        brush.area(
            [(x, 0.95), (x + 0.115, 0.95), (x + 0.11, 0.55), (x + 0.005, 0.55)], palette.cloth_a
        )
        brush.disc(x + 0.057, 0.72, 0.035, palette.foam, line=0)
    brush.area([(-1.15, 0.02), (-1.15, 0.14), (1.15, 0.14), (1.15, 0.02)], palette.wood)
    brush.rays(
        [(x, -0.1) for x in (-1, -0.35, 0.35, 1)],
        [(x, 0.02) for x in (-1, -0.35, 0.35, 1)],
        width=2,
    )
    roof = [
        (-1.35, 0.88),
        (-1.0, 1.22),
        (-0.7, 1.62),
        (0.7, 1.62),
        (1.0, 1.22),
        (1.35, 0.88),
        (0.6, 0.98),
        (-0.6, 0.98),
    ]
    brush.area(roof, palette.roof)
    thatch = np.linspace(-0.66, 0.66, 15)
    brush.rays(
        np.stack([thatch, thatch * 0 + 1.58], axis=1),
        np.stack([thatch * 1.8, thatch * 0 + 1.0], axis=1),
        width=0.5,
    )
    brush.area(
        [(-0.8, 1.56), (-0.8, 1.7), (0.8, 1.7), (0.8, 1.56)], mix(palette.roof, palette.ink, 0.4)
    )


def _screen(brush: Brush, palette: Palette, x: float) -> None:
    brush.area([(x, 0.14), (x, 0.93), (x + 0.44, 0.93), (x + 0.44, 0.14)], palette.foam)
    brush.rays(
        [(x, y) for y in (0.34, 0.54, 0.74)], [(x + 0.44, y) for y in (0.34, 0.54, 0.74)], width=0.5
    )
    brush.rays(
        [(x + s, 0.14) for s in (0.15, 0.29)], [(x + s, 0.93) for s in (0.15, 0.29)], width=0.5
    )


def market(brush: Brush, palette: Palette) -> None:
    """Draw a street of stalls with awnings, baskets and buyers; fills the ground."""
    brush.graded(
        [(-1, 0), (1, 0), (1, 1), (-1, 1)], mix(palette.land, palette.paper, 0.4), palette.land
    )
    for row, (y, size, offset) in enumerate(((0.72, 0.27, 0.0), (0.3, 0.36, 0.25))):
        for step in range(-2, 3):
            stall = brush.at(step * size * 1.75 + offset, y, size)
            _stall(stall, palette, (step + row) % 3)
    for x in np.linspace(-0.85, 0.85, 6) + brush.rng.uniform(-0.1, 0.1, 6):
        _buyer(brush.at(x, brush.rng.uniform(0.0, 0.12), 0.22), palette)


def _stall(brush: Brush, palette: Palette, kind: int) -> None:
    brush.rays([(-0.72, 0), (0.72, 0)], [(-0.72, 1.1), (0.72, 1.1)], width=2)
    brush.area([(-0.72, 0), (-0.72, 0.42), (0.72, 0.42), (0.72, 0)], palette.wood)
    ware = (palette.red, palette.leaf, palette.gold)[kind]
    for x in np.linspace(-0.55, 0.55, 5):
        brush.disc(x, 0.48, 0.11, ware, line=0.8)
    awning = (palette.cloth_a, palette.cloth_b, palette.cloth_c)[kind]
    edges = np.linspace(-0.85, 0.85, 8)
    for step, (left, right) in enumerate(pairwise(edges)):
        stripe = awning if step % 2 else palette.foam
        brush.area(
            [(left * 0.8, 1.4), (right * 0.8, 1.4), (right, 0.98), (left, 0.98)], stripe, line=0.7
        )


def _buyer(brush: Brush, palette: Palette) -> None:
    robe = (palette.cloth_a, palette.cloth_b, palette.cloth_c)[int(brush.rng.integers(3))]
    brush.blob([(-0.3, 0), (-0.32, 0.7), (-0.2, 1.1), (0.2, 1.1), (0.34, 0.7), (0.3, 0)], robe)
    brush.disc(0, 1.3, 0.19, palette.skin)
    if brush.rng.random() < 0.5:
        brush.area([(-0.42, 1.34), (0, 1.66), (0.42, 1.34)], palette.gold)
    else:
        brush.area(arc(0, 1.32, (0.2, 0.22), (0, 180)), palette.ink)


def train(brush: Brush, palette: Palette) -> None:
    """Draw a steam locomotive with two carriages on its rails."""
    grey = mix(palette.ink, palette.paper, 0.5)
    for step in range(6):
        brush.oval(
            0.66 - 0.24 * step,
            1.1 + 0.1 * step,
            (0.13 + 0.035 * step, 0.1 + 0.03 * step),
            mix(grey, palette.paper, 0.1 * step),
        )
    brush.rays(
        [(-3, 0.02), (-3, -0.04)],
        [(3, 0.02), (3, -0.04)],
        width=1.6,
        colour=mix(palette.wood, palette.ink, 0.6),
    )
    for left, colour in ((-1.55, palette.cloth_b), (-0.72, palette.red)):
        _carriage(brush.at(left, 0, 1), palette, colour)
    brush.area([(0.08, 0.12), (0.08, 0.82), (0.4, 0.82), (0.4, 0.12)], palette.ink)
    brush.area([(0.13, 0.5), (0.13, 0.72), (0.33, 0.72), (0.33, 0.5)], palette.gold)
    brush.area([(0.03, 0.8), (0.03, 0.88), (0.45, 0.88), (0.45, 0.8)], palette.red)
    brush.blob(
        [(0.38, 0.2), (0.38, 0.58), (0.85, 0.6), (0.95, 0.4), (0.86, 0.2)],
        mix(palette.ink, palette.deep, 0.35),
    )
    brush.area([(0.6, 0.58), (0.56, 0.98), (0.78, 0.98), (0.73, 0.58)], palette.ink)
    brush.rays([(0.5, 0.2)], [(0.5, 0.6)], width=1.6, colour=palette.gold)
    brush.area([(0.92, 0.18), (1.15, 0.0), (0.85, 0.0)], palette.red)
    for x, radius in ((0.22, 0.17), (0.55, 0.13), (0.8, 0.13)):
        _wheel(brush.at(x, radius, radius), palette)


def _carriage(brush: Brush, palette: Palette, colour: tuple[int, int, int]) -> None:
    brush.area([(0, 0.14), (0, 0.7), (0.76, 0.7), (0.76, 0.14)], colour)
    brush.area([(-0.04, 0.7), (0.04, 0.78), (0.72, 0.78), (0.8, 0.7)], palette.ink)
    for x in (0.08, 0.31, 0.54):
        brush.area([(x, 0.42), (x, 0.62), (x + 0.15, 0.62), (x + 0.15, 0.42)], palette.foam)
    for x in (0.16, 0.6):
        _wheel(brush.at(x, 0.11, 0.11), palette)


def _wheel(brush: Brush, palette: Palette) -> None:
    brush.disc(0, 0, 1.0, palette.gold)
    turn = np.arange(6) * (np.pi / 3)
    brush.rays([(0, 0)] * 6, np.stack([np.cos(turn), np.sin(turn)], axis=1), width=0.8)
