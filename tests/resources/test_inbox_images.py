import io
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from resources.inbox.images import MAX_PIXELS, image_size
from resources.inbox.reading import MAX_FILE_BYTES
from saetm.errors import InputError
from saetm.items import content_id
from tests.resources.inbox_folders import image_bytes, put, scan

KINDS = {"jpg": "JPEG", "jpeg": "JPEG", "png": "PNG", "webp": "WEBP", "gif": "GIF", "bmp": "BMP"}
KINDS |= {"tif": "TIFF", "tiff": "TIFF"}
SAMPLES = [image_bytes(3, kind) for kind in sorted(set(KINDS.values()))]


def png(width, height, data):
    def chunk(name, body):
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


@pytest.mark.parametrize(("ending", "kind"), KINDS.items())
def test_an_image_of_every_kind_is_an_item_with_its_size(tmp_path, ending, kind):
    content = image_bytes(1, kind, size=(40, 30))
    found = scan(put(tmp_path, {f"deep/er/A.{ending.upper()}": content}))

    item = found.item(f"deep/er/A.{ending.upper()}")
    assert (item["width"], item["height"], item["bytes"]) == (40, 30, len(content))
    assert (item["modality"], item["text"]) == ("image", None)
    assert item["item_id"] == content_id(content)
    assert found.rejects.is_empty()


def test_a_png_named_jpg_is_an_item_for_it_decodes(tmp_path):
    assert scan(put(tmp_path, {"a.jpg": image_bytes(kind="PNG")})).items.height == 1


def test_a_text_named_jpg_is_refused_and_the_rest_goes_on(tmp_path):
    found = scan(put(tmp_path, {"a.jpg": "Dear all,", "b.jpg": image_bytes()}))

    assert found.reasons("a.jpg") == ["is not an image, or not of a kind that can be read"]
    assert found.items["path"].to_list() == ["b.jpg"]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"])
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_a_truncated_image_is_refused(tmp_path, kind, share):
    whole = image_bytes(2, kind, size=(300, 200))
    found = scan(put(tmp_path, {"a.jpg": whole[: int(len(whole) * share)], "b.jpg": whole}))

    assert found.items["path"].to_list() == ["b.jpg"]
    assert len(found.reasons("a.jpg")) == 1


def test_a_large_jpeg_that_lacks_only_its_last_rows_is_refused(tmp_path):
    whole = image_bytes(2, "JPEG", size=(1600, 1200))
    found = scan(put(tmp_path, {"a.jpg": whole[:-2000], "b.jpg": whole}))

    assert "truncated" in found.reasons("a.jpg")[0]
    assert found.item("b.jpg")["width"] == 1600


def test_a_png_whose_checksum_is_wrong_is_refused():
    damaged = bytearray(image_bytes(kind="PNG"))
    damaged[-14] ^= 1  # in the checksum of the pixels, just before the 12 bytes of the end

    with pytest.raises(InputError):
        image_size(bytes(damaged))


def test_an_empty_image_file_is_refused(tmp_path):
    found = scan(put(tmp_path, {"a.jpg": b"", "b.jpg": image_bytes()}))

    assert found.reasons("a.jpg") == ["is empty"]


@pytest.mark.parametrize("side", [60_000, 10_000])
def test_a_decompression_bomb_is_refused_before_it_is_decoded(tmp_path, side):
    rows = bytes(side + 1) * 200  # valid zlib, short of the promised rows
    found = scan(put(tmp_path, {"bomb.png": png(side, side, rows), "b.jpg": image_bytes()}))

    assert found.reasons("bomb.png") == [f"has more than {MAX_PIXELS:,} pixels"]
    assert found.items["path"].to_list() == ["b.jpg"]


def test_a_file_too_large_to_hold_is_refused_unread(tmp_path):
    put(tmp_path, {"a.jpg": b"x", "b.jpg": image_bytes()})
    with (tmp_path / "a.jpg").open("r+b") as sparse:
        sparse.truncate(MAX_FILE_BYTES + 1)

    assert scan(tmp_path).reasons("a.jpg") == ["is larger than 256 MiB"]


def test_of_equal_images_the_first_path_is_the_item(tmp_path):
    same = image_bytes(5)
    found = scan(put(tmp_path, {"b.jpg": same, "a/z.jpg": same, "c.jpg": image_bytes(6)}))

    assert found.items["path"].to_list() == ["a/z.jpg", "c.jpg"]
    assert found.reasons("b.jpg") == ["duplicate of 'a/z.jpg'"]


def test_an_animation_is_one_item(tmp_path):
    frames = [Image.new("RGB", (20, 10), color) for color in ("red", "green", "blue")]
    buffer = io.BytesIO()
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:])

    assert scan(put(tmp_path, {"a.gif": buffer.getvalue()})).item("a.gif")["height"] == 10


@given(
    sample=st.sampled_from(SAMPLES),
    flips=st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 255)), min_size=1, max_size=20),
    cut=st.integers(0, 400),
)
def test_damaged_bytes_decode_or_are_refused_and_nothing_else(sample, flips, cut):
    damaged = bytearray(sample)
    for place, change in flips:
        damaged[place % len(damaged)] ^= change
    try:
        width, height = image_size(bytes(damaged[: len(damaged) - cut]))
    except InputError:
        return

    assert 0 < width * height <= MAX_PIXELS


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_no_image(content):
    with pytest.raises(InputError):
        image_size(content)
