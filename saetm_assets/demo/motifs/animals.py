"""Animals: the cat, the fox with its fires, the carp."""

import numpy as np

from saetm_assets.demo.brush import Brush, path
from saetm_assets.demo.palettes import Palette, mix


def cat(brush: Brush, palette: Palette) -> None:
    """Draw a sitting cat with patches, a collar and a bell."""
    patch = palette.ink if brush.rng.random() < 0.5 else mix(palette.gold, palette.red, 0.45)
    brush.band([(-0.35, 0.14), (-0.75, 0.1), (-0.98, 0.32), (-0.82, 0.56)], 0.17, patch)
    body = [
        (-0.5, 0.05),
        (-0.6, 0.42),
        (-0.42, 0.85),
        (-0.12, 1.12),
        (0.25, 1.1),
        (0.38, 0.7),
        (0.42, 0.3),
        (0.5, 0.02),
        (0.0, -0.02),
    ]
    brush.blob(body, palette.foam)
    brush.blob(
        [(-0.56, 0.42), (-0.42, 0.82), (-0.12, 1.05), (-0.1, 0.66), (-0.28, 0.42)], patch, line=0
    )
    for x in (0.12, 0.32):
        brush.stroke([(x, 0.5), (x + 0.02, 0.22), (x, 0.05)], width=1.4)
    brush.oval(0.22, 0.04, (0.14, 0.07), palette.foam)
    brush.oval(0.44, 0.04, (0.12, 0.07), palette.foam)
    brush.stroke([(-0.42, 0.08), (-0.16, 0.42), (0.02, 0.1)], width=1.6)
    _cat_face(brush.at(0.1, 1.36, 0.42), palette, patch)
    brush.band([(-0.18, 1.06), (0.1, 0.97), (0.36, 1.06)], 0.09, palette.red)
    brush.disc(0.13, 0.94, 0.085, palette.gold)


def _cat_face(brush: Brush, palette: Palette, patch: tuple[int, int, int]) -> None:
    for side in (-1, 1):
        brush.area(
            [(side * 0.32, 0.66), (side * 0.78, 1.16), (side * 0.92, 0.3)],
            patch if side < 0 else palette.foam,
        )
        brush.area(
            [(side * 0.5, 0.66), (side * 0.74, 0.94), (side * 0.82, 0.5)], palette.blossom, line=0
        )
    brush.blob(
        [
            (-0.98, 0.0),
            (-0.8, 0.6),
            (0.0, 0.82),
            (0.8, 0.6),
            (0.98, 0.0),
            (0.55, -0.62),
            (0.0, -0.74),
            (-0.55, -0.62),
        ],
        palette.foam,
    )
    brush.blob(
        [(-0.86, 0.46), (-0.4, 0.74), (-0.1, 0.74), (-0.22, 0.3), (-0.6, 0.18)], patch, line=0
    )
    for side in (-1, 1):
        brush.oval(side * 0.4, 0.08, (0.19, 0.14), palette.gold)
        brush.oval(side * 0.4, 0.08, (0.05, 0.13), palette.ink, line=0)
        starts = [(side * 0.4, -0.3), (side * 0.4, -0.38), (side * 0.38, -0.46)]
        brush.rays(
            starts, [(side * 1.3, -0.12), (side * 1.35, -0.4), (side * 1.25, -0.66)], width=0.7
        )
        brush.stroke([(0, -0.34), (side * 0.14, -0.44), (side * 0.28, -0.36)], width=1.1)
    brush.area([(-0.1, -0.18), (0.1, -0.18), (0.0, -0.32)], palette.red)


def fox(brush: Brush, palette: Palette) -> None:
    """Draw a seated fox with a bushy tail, among three hovering fires."""
    coat = mix(palette.gold, palette.red, 0.55)
    for x, y in ((-0.95, 1.55), (0.9, 1.75), (-0.35, 1.95)):
        _fire(brush.at(x, y, 0.3), palette)
    tail = [
        (-0.3, 0.06),
        (-0.75, 0.1),
        (-1.1, 0.5),
        (-1.05, 1.0),
        (-0.86, 1.3),
        (-0.72, 0.95),
        (-0.62, 0.55),
        (-0.3, 0.38),
    ]
    brush.blob(tail, coat)
    brush.blob(
        [(-1.06, 1.0), (-0.86, 1.3), (-0.73, 1.0), (-0.82, 0.9), (-0.92, 0.98), (-0.98, 0.88)],
        palette.foam,
    )
    body = [
        (-0.42, 0.02),
        (-0.5, 0.4),
        (-0.3, 0.85),
        (0.0, 1.2),
        (0.3, 1.2),
        (0.38, 0.8),
        (0.36, 0.4),
        (0.42, 0.0),
    ]
    brush.blob(body, coat)
    brush.blob([(0.1, 1.15), (0.34, 1.1), (0.38, 0.75), (0.26, 0.5), (0.14, 0.8)], palette.foam)
    for x in (0.1, 0.3):
        brush.area([(x, 0.5), (x + 0.02, 0.0), (x + 0.17, 0.0), (x + 0.14, 0.5)], coat)
        brush.oval(x + 0.1, 0.03, (0.1, 0.06), palette.ink, line=0)
    brush.stroke([(-0.36, 0.05), (-0.14, 0.42), (0.04, 0.08)], width=1.6)
    _fox_head(brush.at(0.22, 1.38, 0.5), palette, coat)


def _fox_head(brush: Brush, palette: Palette, coat: tuple[int, int, int]) -> None:
    for x in (-0.46, 0.06):
        brush.area([(x, 0.3), (x + 0.06, 1.02), (x + 0.44, 0.34)], coat)
        brush.area([(x + 0.1, 0.36), (x + 0.12, 0.78), (x + 0.3, 0.36)], palette.ink, line=0)
    brush.blob(
        [
            (-0.6, 0.02),
            (-0.5, 0.38),
            (-0.05, 0.5),
            (0.4, 0.36),
            (0.7, 0.06),
            (1.15, -0.26),
            (1.06, -0.38),
            (0.5, -0.36),
            (0.0, -0.44),
            (-0.46, -0.3),
        ],
        coat,
    )
    brush.blob(
        [
            (0.3, -0.12),
            (0.75, -0.08),
            (1.1, -0.32),
            (0.5, -0.38),
            (-0.1, -0.42),
            (-0.4, -0.28),
            (0.0, -0.2),
        ],
        palette.foam,
        line=0.7,
    )
    brush.disc(1.12, -0.28, 0.09, palette.ink)
    brush.stroke([(0.12, 0.08), (0.32, 0.2), (0.5, 0.1)], width=2.6)
    brush.stroke([(1.0, -0.36), (0.7, -0.3), (0.45, -0.34)], width=1)


def _fire(brush: Brush, palette: Palette) -> None:
    flame = [
        (0, 0),
        (-0.42, 0.3),
        (-0.3, 0.75),
        (-0.05, 0.95),
        (0.1, 1.5),
        (0.3, 0.85),
        (0.42, 0.35),
    ]
    brush.blob(flame, palette.red, line=0.6)
    inner = np.asarray(flame) * (0.55, 0.55) + (0, 0.08)
    brush.blob(inner, palette.gold, line=0)


def carp(brush: Brush, palette: Palette) -> None:
    """Draw a leaping carp with scales and whiskers, over ripples."""
    for reach in (1.1, 0.75, 0.42):
        brush.oval(-0.15, 0.08, (reach, reach * 0.16), None, line=1.2)
    spine = np.array(
        [(-0.75, 0.3), (-0.5, 0.55), (-0.1, 0.78), (0.3, 1.05), (0.6, 1.42), (0.78, 1.78)]
    )
    girth = np.array([0.09, 0.2, 0.33, 0.36, 0.3, 0.12])
    normal = _normals(spine) * girth[:, None]
    brush.blob(
        [(-0.7, 0.34), (-1.1, 0.62), (-1.25, 0.42), (-0.98, 0.3), (-1.2, 0.0), (-0.85, -0.02)],
        palette.red,
    )
    brush.blob([(-0.35, 0.92), (-0.3, 1.28), (0.1, 1.42), (0.2, 1.25)], palette.red)
    brush.blob([(0.35, 0.8), (0.8, 0.62), (0.85, 0.85), (0.6, 1.05)], palette.red)
    brush.blob(path(spine + normal, (spine - normal)[::-1]), palette.foam)
    _scales(brush, palette, spine, normal)
    brush.blob(
        [(0.42, 1.6), (0.7, 1.9), (0.88, 1.86), (0.92, 1.66), (0.8, 1.34), (0.58, 1.4)], palette.red
    )
    brush.disc(0.68, 1.66, 0.06, palette.foam)
    brush.disc(0.69, 1.67, 0.03, palette.ink, line=0)
    brush.stroke([(0.84, 1.86), (1.0, 1.84), (1.08, 1.7)], width=1.1)
    brush.stroke([(0.76, 1.9), (0.84, 2.06), (0.98, 2.08)], width=1.1)
    for x, y in brush.rng.uniform((-1.1, 0.1), (0.9, 0.9), (10, 2)):
        brush.disc(x, y, 0.03, palette.foam, line=0.5)


def _normals(
    spine: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    along = np.gradient(spine, axis=0)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    return across / np.linalg.norm(across, axis=1, keepdims=True)


def _scales(
    brush: Brush,
    palette: Palette,
    spine: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    normal: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
) -> None:
    """Draw rows of scales between tail and gills; every third patch is red."""
    for step in np.linspace(0.4, 3.6, 11):
        place, whole = step % 1, int(step)
        centre = spine[whole] * (1 - place) + spine[whole + 1] * place
        reach = normal[whole] * (1 - place) + normal[whole + 1] * place
        for share in (-0.7, -0.35, 0.0, 0.35, 0.7):
            x, y = centre + reach * share
            colour = palette.red if brush.rng.random() < 0.4 else palette.foam
            brush.disc(x, y, 0.075, colour, line=0.5)
