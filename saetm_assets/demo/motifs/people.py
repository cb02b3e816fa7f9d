"""The beauty in her kimono, full length; a large brush shows her head and shoulders only."""

from saetm_assets.demo.brush import Brush, arc
from saetm_assets.demo.cloth import cloth
from saetm_assets.demo.palettes import Palette, mix


def woman(brush: Brush, palette: Palette) -> None:
    """Draw a standing woman in a patterned kimono with a wide sash and pins in her hair."""
    robe, sash = _dress(brush, palette)
    weave = cloth(brush.rng, robe, mix(robe, palette.foam, 0.65))
    brush.blob([(-0.26, 1.2), (-0.56, 1.26), (-0.66, 1.0), (-0.5, 0.78), (-0.24, 0.9)], sash)
    skirt = [
        (-0.22, 1.0),
        (0.22, 1.0),
        (0.28, 0.68),
        (0.28, 0.38),
        (0.44, 0.16),
        (0.78, 0.0),
        (0.1, -0.03),
        (-0.5, 0.0),
        (-0.34, 0.25),
        (-0.3, 0.62),
    ]
    brush.patterned(skirt, weave)
    brush.area(
        [
            (0.02, 0.9),
            (0.12, 0.5),
            (0.1, 0.2),
            (0.3, 0.0),
            (0.02, -0.01),
            (-0.02, 0.3),
            (0.03, 0.6),
        ],
        palette.red,
    )
    brush.patterned(
        [(-0.3, 1.38), (-0.14, 1.54), (0.14, 1.54), (0.3, 1.38), (0.24, 0.95), (-0.24, 0.95)], weave
    )
    brush.patterned(
        [(-0.26, 0.87), (-0.26, 1.17), (0.0, 1.19), (0.26, 1.17), (0.26, 0.87), (0.0, 0.85)],
        cloth(brush.rng, sash, mix(sash, palette.gold, 0.7)),
    )
    brush.rays([(-0.25, 1.02)], [(0.25, 1.02)], width=2.4, colour=palette.red)
    _collar(brush, palette)
    brush.patterned(
        [(-0.28, 1.42), (-0.48, 1.12), (-0.66, 0.6), (-0.36, 0.55), (-0.26, 0.92), (-0.14, 1.22)],
        weave,
    )
    brush.patterned(
        [
            (0.27, 1.42),
            (0.5, 1.16),
            (0.6, 0.9),
            (0.56, 0.55),
            (0.32, 0.62),
            (0.2, 1.0),
            (0.12, 1.2),
        ],
        weave,
    )
    brush.blob([(0.14, 1.16), (0.24, 1.24), (0.26, 1.16), (0.18, 1.1)], palette.skin)
    _beauty(brush.at(0.0, 1.5, 1.0), palette)


def _dress(brush: Brush, palette: Palette) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    cloths = [palette.cloth_a, palette.cloth_b, palette.cloth_c]
    first, second = brush.rng.permutation(3)[:2]
    return cloths[int(first)], cloths[int(second)]


def _collar(brush: Brush, palette: Palette) -> None:
    brush.area(
        [(-0.16, 1.54), (0.02, 1.18), (0.18, 1.54), (0.1, 1.58), (0.01, 1.36), (-0.09, 1.58)],
        palette.foam,
    )
    brush.area(
        [(-0.1, 1.56), (0.01, 1.32), (0.11, 1.56), (0.06, 1.58), (0.0, 1.42), (-0.06, 1.58)],
        palette.red,
        line=0.7,
    )


def _beauty(brush: Brush, palette: Palette) -> None:
    """Draw head and neck; the neck begins at the origin."""
    hair = mix(palette.ink, (20, 18, 22), 0.7)
    brush.oval(-0.02, 0.3, (0.26, 0.17), hair, line=0)
    brush.blob(
        [(-0.12, 0.36), (-0.2, 0.5), (-0.06, 0.58), (0.12, 0.56), (0.18, 0.44), (0.08, 0.36)],
        hair,
        line=0,
    )
    brush.area([(-0.07, -0.03), (-0.06, 0.14), (0.07, 0.14), (0.08, -0.03)], palette.skin)
    face = [
        (-0.13, 0.3),
        (-0.125, 0.16),
        (-0.06, 0.06),
        (0.02, 0.03),
        (0.09, 0.09),
        (0.13, 0.2),
        (0.13, 0.34),
        (0.0, 0.42),
    ]
    brush.blob(face, palette.skin)
    brush.blob(
        [
            (-0.17, 0.24),
            (-0.13, 0.44),
            (0.0, 0.5),
            (0.14, 0.44),
            (0.18, 0.24),
            (0.11, 0.35),
            (0.0, 0.385),
            (-0.1, 0.35),
        ],
        hair,
        line=0,
    )
    brush.oval(-0.17, 0.25, (0.07, 0.11), hair, line=0)
    brush.oval(0.18, 0.26, (0.055, 0.1), hair, line=0)
    for x in (-0.055, 0.07):
        brush.stroke([(x - 0.035, 0.22), (x, 0.232), (x + 0.035, 0.222)], width=1.5)
        brush.stroke([(x - 0.03, 0.29), (x, 0.3), (x + 0.03, 0.292)], width=1.1)
    brush.stroke([(0.03, 0.26), (0.045, 0.165), (0.02, 0.155)], width=0.8)
    brush.oval(0.018, 0.105, (0.024, 0.014), palette.red, line=0)
    for x, y in ((-0.42, 0.5), (-0.38, 0.62), (0.4, 0.6)):
        brush.rays([(x * 0.2, 0.46)], [(x, y)], width=1.8, colour=palette.gold)
    brush.area(arc(0.02, 0.5, (0.1, 0.09), (20, 160)), palette.gold)
