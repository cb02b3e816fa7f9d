import base64
import io
import re

import numpy as np
from PIL import Image

from saetm_assets.pictures import image_rows, thumbnail_webp

NOTHING_BUT_PICTURES = re.compile(
    r"(!\[picture\]\(data:image/(svg\+xml|webp);base64,[A-Za-z0-9+/=]+\)(\n\n)?)+"
)


def png(content):
    buffer = io.BytesIO()
    Image.fromarray(content).save(buffer, "PNG")
    return buffer.getvalue()


def noise(seed):
    return png(np.random.default_rng(seed).integers(0, 256, (120, 90, 3), dtype=np.uint8))


def strips(markdown):
    found = re.findall(r"image/webp;base64,([^)]+)\)", markdown)
    return [Image.open(io.BytesIO(base64.b64decode(content))) for content in found]


def test_sixty_four_pictures_of_noise_stay_small_enough_for_the_event_log():
    rows = [("noise", [noise(8 * row + column) for column in range(8)]) for row in range(8)]

    assert len(image_rows(rows).value) <= 150_000


def test_titles_never_stand_in_the_markdown():
    shown = image_rows([("](x) <img src=x> `$x$` |", [noise(0)]), ("\x00\u202e", [])]).value

    assert NOTHING_BUT_PICTURES.fullmatch(shown)


def test_a_file_that_cannot_be_read_is_left_out_of_its_row():
    (strip,) = strips(image_rows([("two", [noise(0), b"not an image", noise(1)])]).value)

    assert strip.size == (2 * 112 + 4, 112)


def test_a_thumbnail_is_square_and_keeps_the_colour():
    wide = png(np.full((40, 400, 3), (200, 30, 60), dtype=np.uint8))
    small = Image.open(io.BytesIO(thumbnail_webp(wide)))

    assert small.size == (176, 176)
    assert np.allclose(small.convert("RGB").getpixel((88, 88)), (200, 30, 60), atol=12)


def test_the_thumbnail_of_a_broken_file_is_blank():
    small = Image.open(io.BytesIO(thumbnail_webp(b"broken"))).convert("L")

    assert np.ptp(np.asarray(small)) <= 2
