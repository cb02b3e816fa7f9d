"""Lays the motifs of a scene out on a sheet, from the sky to the foreground."""

from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageDraw

from saetm_assets.demo.brush import Brush, Sheet, arc, path
from saetm_assets.demo.catalogue import MOTIFS
from saetm_assets.demo.cloth import cloth
from saetm_assets.demo.motifs.sky import mist
from saetm_assets.demo.motifs.water import open_water
from saetm_assets.demo.palettes import Palette, mix
from saetm_assets.demo.paper import press, sign
from saetm_assets.demo.scenes import Scene

SIZE = 256  # pixels of a finished print
_WET = {"sea", "river", "boat", "steamship", "bridge"}  # motifs with water around them
_DRAWN = 2 * SIZE  # drawn at twice the size: the reduction smooths the edges


@dataclass(frozen=True, slots=True)
class _Stage:
    """One print under the knife: what it shows, with what, and where things stand."""

    scene: Scene
    brush: Brush  # the whole picture: x from -1 to 1, y from 0 to 2
    palette: Palette
    horizon: float  # y where land and sky meet
    side: float  # -1 or 1: where the main motif leans


def paint(scene: Scene, *, seed: int) -> Image.Image:
    """Paint one scene; the same scene and seed give the same pixels."""
    rng = np.random.default_rng([seed, scene.number, 1])
    palette = scene.palette
    image = Image.new("RGB", (_DRAWN, _DRAWN), palette.sky_low)
    slip = (float(rng.normal(0, 0.9)), float(rng.normal(0, 0.9)))
    sheet = Sheet(image, ImageDraw.Draw(image), rng, palette.ink, slip)
    brush = Brush(sheet, _DRAWN / 2, _DRAWN, _DRAWN / 2, _DRAWN / 2)
    stage = _Stage(scene, brush, palette, _horizon(scene, rng), float(rng.choice([-1, 1])))
    _backdrop(stage)
    _subjects(stage)
    if scene.layout == "roundel":
        _window(stage)
    sign(brush, replace(palette, paper=scene.era.pigments.day.paper))
    return press(image, SIZE, palette.paper, rng)


def _horizon(scene: Scene, rng: np.random.Generator) -> float:
    if scene.layout in {"vista", "roundel"}:
        return float(rng.uniform(0.82, 1.0))
    if scene.layout == "close":
        return float(rng.uniform(0.66, 0.8))
    return 0.0


def _backdrop(stage: _Stage) -> None:
    """Draw sky, what is in it or far away, and the ground."""
    _sky(stage)
    for name in stage.scene.having("sky"):
        _celestial(stage, name)
    if stage.horizon:
        _far(stage)
        _ground(stage)


def _sky(stage: _Stage) -> None:
    palette, horizon = stage.palette, stage.horizon
    haze = mix(palette.sky_low, palette.far, 0.25) if horizon else palette.sky_low
    high = 2 - 0.42 * (2 - horizon)
    stage.brush.graded([(-1, 2), (1, 2), (1, high), (-1, high)], palette.sky_top, palette.sky_low)
    stage.brush.graded([(-1, high), (1, high), (1, horizon), (-1, horizon)], palette.sky_low, haze)
    if not horizon:
        floor = mix(palette.sky_low, palette.sky_top, 0.55)
        stage.brush.graded([(-1, 0.5), (1, 0.5), (1, 0), (-1, 0)], palette.sky_low, floor)


def _celestial(stage: _Stage, name: str) -> None:
    motif, rng = MOTIFS[name], stage.brush.rng
    x = -stage.side * float(rng.uniform(0.3, 0.52))
    if name == "crane":
        x, y = -x * 0.8, 1.98 - 1.9 * motif.size
    else:
        y = float(rng.uniform(1.24, 1.36))
    motif.draw(stage.brush.at(x, y, motif.size, flip=stage.side > 0), stage.palette)


def _far(stage: _Stage) -> None:
    """Draw the mountain or the fall; without one, rolling hills in haze."""
    names = stage.scene.having("far")
    _hills(stage)
    for name in names:
        x = -stage.side * float(stage.brush.rng.uniform(0.1, 0.35))
        MOTIFS[name].draw(stage.brush.at(x, stage.horizon - 0.04, MOTIFS[name].size), stage.palette)
    if stage.brush.rng.random() < 0.5:
        x = float(stage.brush.rng.uniform(-0.7, 0.7))
        mist(
            stage.brush.at(x, stage.horizon + 0.1, 0.55),
            mix(stage.palette.sky_low, stage.palette.foam, 0.3),
        )


def _hills(stage: _Stage) -> None:
    rng, palette = stage.brush.rng, stage.palette
    for tall, share in ((0.26, 0.35), (0.13, 0.05)):
        x = np.linspace(-1.3, 1.3, 8)
        top = stage.horizon + tall * rng.uniform(0.35, 1.0, 8)
        ridge = np.stack([x, top], axis=1)
        base = [(1.4, stage.horizon - 0.05), (-1.4, stage.horizon - 0.05)]
        tone = mix(palette.far, palette.sky_low, share)
        stage.brush.graded(path(ridge, base), tone, mix(tone, palette.sky_low, 0.6), smooth=True)
        stage.brush.stroke(ridge, width=0.6)


def _ground(stage: _Stage) -> None:
    """Draw the ground motif; else water under what floats, or plain land."""
    plot = stage.brush.stretched(stage.horizon)
    names = stage.scene.having("ground")
    if names:
        MOTIFS[names[0]].draw(plot, stage.palette)
    elif _WET & set(stage.scene.motifs):
        open_water(plot, stage.palette)
        _shore(stage)
    else:
        _land(stage)


def _land(stage: _Stage) -> None:
    palette, horizon, rng = stage.palette, stage.horizon, stage.brush.rng
    low = mix(palette.land, palette.leaf, 0.45)
    stage.brush.graded([(-1, horizon), (1, horizon), (1, 0), (-1, 0)], low, palette.land)
    for y in (0.72, 0.38):
        top = y * horizon + rng.uniform(-0.05, 0.05, 6)
        ridge = np.stack([np.linspace(-1.2, 1.2, 6), top], axis=1)
        outline = path(ridge, [(1.2, -0.1), (-1.2, -0.1)])
        stage.brush.graded(
            outline, mix(palette.land, palette.leaf, 0.6 * y + 0.2), palette.land, smooth=True
        )
        stage.brush.stroke(ridge, width=0.8)
    for x, y in rng.uniform((-0.95, 0.05), (0.95, 0.75), (12, 2)):
        blades = [(x + d, y * horizon + 0.06 - abs(d)) for d in (-0.03, 0.0, 0.03)]
        stage.brush.rays([(x, y * horizon)] * 3, blades, width=0.8, colour=palette.leaf_dark)


def _shore(stage: _Stage) -> None:
    """Draw a bank in a lower corner, on the side where the main motif stands."""
    side, top = stage.side, 0.34 * stage.horizon
    across = np.array([1.1, 0.7, 0.4, -0.1, -0.3, 1.1]) * side
    along = np.array([1.3 * top, top, 0.5 * top, 0.25 * top, -0.1, -0.1])
    colour = mix(stage.palette.land, stage.palette.leaf, 0.25)
    stage.brush.blob(np.stack([across, along], axis=1), colour)


def _strand(stage: _Stage) -> None:
    """Draw dry land along the lower edge, for figures to stand on before water."""
    x = np.linspace(-1.2, 1.2, 7)
    top = 0.2 + stage.brush.rng.uniform(-0.04, 0.04, 7)
    outline = path(np.stack([x, top], axis=1), [(1.3, -0.1), (-1.3, -0.1)])
    stage.brush.blob(outline, mix(stage.palette.land, stage.palette.leaf, 0.2))


def _subjects(stage: _Stage) -> None:
    """Draw everything that stands on the ground, then the weather in front of it."""
    for name in stage.scene.having("middle"):
        _middle(stage, name)
    for place, name in enumerate(stage.scene.having("near")):
        _near(stage, name, stage.side if place == 0 else -stage.side)
    if stage.scene.layout == "bust":
        _bust(stage)
    else:
        _figures(stage)
    for name in stage.scene.having("weather"):
        MOTIFS[name].draw(stage.brush, stage.palette)


_DEPTH = {
    "bridge": 0.36,
    "boat": 0.42,
    "steamship": 0.5,
    "train": 0.9,
    "temple": 0.74,
    "teahouse": 0.6,
}


def _middle(stage: _Stage, name: str) -> None:
    close = stage.scene.layout == "close"
    lean = 0.3 if name in {"bridge", "train"} else 0.42
    x = -stage.side * lean * (1.0 if close or stage.scene.having("near") else 0.5)
    depth = min(0.92, _DEPTH[name] + (0.18 if close else 0.0))
    brush = stage.brush.at(x, depth * stage.horizon, MOTIFS[name].size, flip=stage.side < 0)
    MOTIFS[name].draw(brush, stage.palette)


def _near(stage: _Stage, name: str, side: float) -> None:
    size = MOTIFS[name].size
    place = {
        "pine": (side * 0.66, 0.0),
        "cherry": (side * (1 - 1.1 * size), 0.92),
        "lantern": (-side * 0.2, 2.0 - 1.98 * size),
    }[name]
    brush = stage.brush.at(*place, size, flip=side > 0)
    MOTIFS[name].draw(brush, stage.palette)


def _figures(stage: _Stage) -> None:
    """Draw persons, animals and things side by side, largest when seen close."""
    names = stage.scene.having("person") + stage.scene.having("figure")
    if names and _WET & set(stage.scene.motifs) and stage.horizon:
        _strand(stage)
    scale = {"vista": 0.44, "roundel": 0.44, "close": 0.72, "plain": 0.84}[stage.scene.layout]
    spots = (stage.side * 0.12,) if len(names) == 1 else (stage.side * 0.36, -stage.side * 0.44)
    for x, name in zip(spots, names, strict=False):
        brush = stage.brush.at(x, 0.1, scale * MOTIFS[name].size, flip=stage.side > 0)
        MOTIFS[name].draw(brush, stage.palette)


def _bust(stage: _Stage) -> None:
    """Draw head and shoulders of a person; an umbrella goes behind, other things in front."""
    person, others = stage.scene.having("person")[0], stage.scene.having("figure")
    if "umbrella" in others:
        MOTIFS["umbrella"].draw(stage.brush.at(stage.side * 0.1, 0.1, 0.98), stage.palette)
    size = 1.42 * MOTIFS[person].size
    brush = stage.brush.at(stage.side * 0.12, 1.33 - 1.72 * size, size, flip=stage.side > 0)
    MOTIFS[person].draw(brush, stage.palette)
    for name in others:
        if name != "umbrella":
            brush = stage.brush.at(-stage.side * 0.48, 0.08, 0.42, flip=stage.side < 0)
            MOTIFS[name].draw(brush, stage.palette)


def _window(stage: _Stage) -> None:
    """Leave the picture in a round window, and cover the rest with patterned cloth."""
    palette = stage.palette
    frame = arc(0, 1, (0.93, 0.93), (0, 360), 72)
    weave = cloth(stage.brush.rng, palette.cloth_b, mix(palette.cloth_b, palette.foam, 0.4))
    mask = Image.new("L", stage.brush.sheet.image.size, 255)
    centre, radius = _DRAWN / 2, 0.92 * _DRAWN / 2
    ImageDraw.Draw(mask).ellipse(
        (centre - radius, centre - radius, centre + radius, centre + radius), fill=0
    )
    stage.brush.sheet.image.paste(weave.crop((0, 0, _DRAWN, _DRAWN)), (0, 0), mask)
    stage.brush.area(frame, None, line=1.6)
