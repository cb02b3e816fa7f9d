"""Thumbnails are made once, look like their images, and survive what happens to the files."""

import io

import numpy as np
import pytest
from PIL import Image

from resources.thumbnails import SIDE, Thumbnails
from saetm.errors import InputError


def photograph(size=(1600, 1000), mode="RGB", kind="JPEG", **how):
    """Draw a picture whose left half is red and whose right half is blue."""
    picture = Image.new("RGB", size, "red")
    picture.paste("blue", (size[0] // 2, 0, *size))
    buffer = io.BytesIO()
    picture.convert(mode).save(buffer, kind, **how)
    return buffer.getvalue()


def shown(content):
    return Image.open(io.BytesIO(content)).convert("RGB")


def test_a_thumbnail_is_made_once_and_outlives_its_file(tmp_path):
    thumbnails, reads = Thumbnails(tmp_path / "thumbnails"), []

    def read():
        reads.append(1)
        return photograph()

    first = thumbnails.get("ab12", read)
    again = Thumbnails(tmp_path / "thumbnails").get("ab12", pytest.fail)

    assert (again, len(reads)) == (first, 1)
    assert shown(first).size == (SIDE, SIDE * 1000 // 1600)
    assert [path.name for path in (tmp_path / "thumbnails").rglob("*.*")] == ["ab12.jpg"]


def test_thumbnails_of_what_is_no_item_any_more_are_deleted(tmp_path):
    thumbnails = Thumbnails(tmp_path)
    for item_id in ("ab12", "ab34", "cd56"):
        thumbnails.get(item_id, photograph)

    assert thumbnails.forget(lambda item_ids: item_ids - {"ab34"}) == 1
    assert sorted(path.stem for path in tmp_path.rglob("*.jpg")) == ["ab12", "cd56"]


def test_a_turned_photograph_is_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # "turn a quarter clockwise to see it"

    small = shown(Thumbnails(tmp_path).get("ab12", lambda: photograph(exif=exif)))

    assert small.width < small.height
    assert np.asarray(small)[5, small.width // 2, 0] > 200  # red, once on the left, is above
    assert np.asarray(small)[-5, small.width // 2, 2] > 200


@pytest.mark.parametrize(
    ("mode", "kind"), [("L", "PNG"), ("P", "GIF"), ("CMYK", "JPEG"), ("1", "PNG")]
)
def test_images_of_all_kinds_have_thumbnails(tmp_path, mode, kind):
    assert shown(
        Thumbnails(tmp_path).get("ab12", lambda: photograph((50, 30), mode, kind))
    ).size == (50, 30)


def test_what_is_transparent_is_white(tmp_path):
    buffer = io.BytesIO()
    Image.new("RGBA", (40, 40), (0, 0, 0, 0)).save(buffer, "PNG")

    small = shown(Thumbnails(tmp_path).get("ab12", buffer.getvalue))

    assert np.asarray(small).min() == 255


@pytest.mark.parametrize("content", [b"", b"no image", photograph()[:200]])
def test_what_is_no_image_is_one_sentence_and_leaves_nothing(tmp_path, content):
    with pytest.raises(InputError, match="not an image that can be opened"):
        Thumbnails(tmp_path).get("ab12", lambda: content)
    assert not list(tmp_path.rglob("*.*"))


@pytest.mark.parametrize("item_id", ["../../etc/passwd", "", "a/b", "ä"])
def test_ids_that_are_none_reach_no_path(tmp_path, item_id):
    with pytest.raises(InputError, match="no item_id"):
        Thumbnails(tmp_path).get(item_id, photograph)
