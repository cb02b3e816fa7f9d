"""Patterned cloth for robes, sashes and curtains."""

import numpy as np
from PIL import Image, ImageDraw

from saetm_assets.demo.palettes import Colour

_SIZE = 560  # pixels; larger than any robe on a sheet


def cloth(rng: np.random.Generator, ground: Colour, figure: Colour) -> Image.Image:
    """Weave a square of cloth with one of six patterns, chosen by chance."""
    image = Image.new("RGB", (_SIZE, _SIZE), ground)
    weave = _WEAVES[int(rng.integers(len(_WEAVES)))]
    weave(ImageDraw.Draw(image), figure, int(rng.integers(16, 25)))
    return image


def _stripes(pen: ImageDraw.ImageDraw, colour: Colour, step: int) -> None:
    for x in range(0, _SIZE, step):
        pen.line((x, 0, x, _SIZE), fill=colour, width=3)
        pen.line((x + 6, 0, x + 6, _SIZE), fill=colour, width=1)


def _checks(pen: ImageDraw.ImageDraw, colour: Colour, step: int) -> None:
    for row, y in enumerate(range(0, _SIZE, step)):
        for x in range((row % 2) * step, _SIZE, 2 * step):
            pen.rectangle((x, y, x + step - 1, y + step - 1), fill=colour)


def _dots(pen: ImageDraw.ImageDraw, colour: Colour, step: int) -> None:
    for row, y in enumerate(range(0, _SIZE, step)):
        for x in range((row % 2) * step // 2, _SIZE, step):
            pen.ellipse((x, y, x + 6, y + 6), fill=colour)


def _waves(pen: ImageDraw.ImageDraw, colour: Colour, step: int) -> None:
    for row, y in enumerate(range(0, _SIZE, step // 2)):
        for x in range(-(row % 2) * step // 2, _SIZE, step):
            for inset in (0, 4):
                box = (x + inset, y + inset, x + step - inset, y + step - inset)
                pen.arc(box, 180, 360, fill=colour, width=2)


def _lattice(pen: ImageDraw.ImageDraw, colour: Colour, step: int) -> None:
    for x in range(-_SIZE, _SIZE, step):
        pen.line((x, 0, x + _SIZE, _SIZE), fill=colour, width=2)
        pen.line((x + _SIZE, 0, x, _SIZE), fill=colour, width=2)


def _petals(pen: ImageDraw.ImageDraw, colour: Colour, step: int) -> None:
    wide = step * 2
    for row, y in enumerate(range(0, _SIZE, wide)):
        for x in range((row % 2) * wide // 2, _SIZE, wide):
            for turn in np.arange(5) * (2 * np.pi / 5):
                left, upper = x + 7 * np.cos(turn), y + 7 * np.sin(turn)
                pen.ellipse((left, upper, left + 8, upper + 8), fill=colour)


_WEAVES = (_stripes, _checks, _dots, _waves, _lattice, _petals)
