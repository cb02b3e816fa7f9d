import base64
import io
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pydantic import SecretStr

from resources.captioner import GivenCaptioner, OpenAICaptioner, Refusal, open_captioner
from resources.image_url import image_url
from resources.model_server import ModelServer
from resources.serving import Serving
from saetm.errors import InputError
from tests.resources.openai_server import KEY, MODEL, MODEL_FOLDER, openai_server

AT = Serving(base_url="http://h/v1")

needs_model = pytest.mark.skipif(
    not MODEL_FOLDER.exists(), reason="the language model stories260K is not beside the repository"
)


def encoded(width, height, colour="red", *, form="PNG", mode="RGB", **options):
    buffer = io.BytesIO()
    Image.new(mode, (width, height), colour).save(buffer, format=form, **options)
    return buffer.getvalue()


@dataclass(frozen=True)
class Item:
    text: str | None
    read: Callable[[], bytes]


def image_item(width, height, colour="red", text=None):
    return Item(text=text, read=lambda: encoded(width, height, colour))


def in_order(captioner, items):
    """Caption items and return the answers in the items' order."""
    asked = [Item(item.text, item.read) for item in items]  # apart, where one is asked twice
    answers = {id(item): answer for item, answer in captioner.caption(asked)}
    return [answers[id(item)] for item in asked]


def broken_read():
    raise OSError("the disk is gone")


def openai_captioner(server, prompt="factual", **options):
    chosen = {"retries": 2, "timeout_seconds": 60, "concurrency": 4, **options}
    return OpenAICaptioner(
        ModelServer(base_url=server.url, model=MODEL, api_key=SecretStr(KEY), **chosen), prompt
    )


def sent(url):
    return base64.b64decode(url.removeprefix("data:image/jpeg;base64,"), validate=True)


def opened(url):
    return Image.open(io.BytesIO(sent(url)))


@pytest.fixture(params=["given", pytest.param("openai", marks=needs_model)])
def captioner(request):
    if request.param == "given":
        yield GivenCaptioner()
    else:
        with openai_server() as server:
            yield openai_captioner(server)


class TestEveryCaptioner:
    def test_answers_each_item_or_says_why_not(self, captioner):
        items = [
            image_item(30, 20, "red", text="A red field."),
            Item(text=None, read=broken_read),
            image_item(20, 30, "blue", text="A blue field."),
        ]

        red, broken, blue = in_order(captioner, items)

        assert "red" in red
        assert isinstance(broken, Refusal)
        assert broken.reason
        assert "blue" in blue

    def test_has_no_captions_for_no_items(self, captioner):
        assert list(captioner.caption([])) == []

    def test_names_its_producer(self, captioner):
        assert captioner.producer == "given" or captioner.producer.startswith("openai:")


class TestGivenCaptioner:
    def test_hands_the_text_on_without_reading_the_file(self):
        item = Item(text="  A text,\nas it is. ", read=broken_read)

        assert in_order(GivenCaptioner(), [item]) == ["  A text,\nas it is. "]

    @pytest.mark.parametrize("text", [None, "", " \n"])
    def test_refuses_an_image_without_a_caption(self, text):
        [refusal] = in_order(GivenCaptioner(), [Item(text=text, read=broken_read)])

        assert refusal == Refusal("no caption came with this image and no captioner is set")


@needs_model
class TestOpenAICaptioner:
    def test_shows_the_model_the_image_itself(self):
        with openai_server() as server:
            [caption] = in_order(openai_captioner(server), [image_item(40, 25, "green")])

        assert caption.startswith("40 by 25 pixels of green.")

    def test_sends_no_side_longer_than_1024_pixels(self):
        with openai_server() as server:
            in_order(openai_captioner(server), [image_item(2048, 512), image_item(100, 3000)])

        assert sorted(server.image_sizes) == [(34, 1024), (1024, 256)]

    def test_asks_several_at_once_and_never_more_than_allowed(self):
        with openai_server() as server:
            items = [image_item(9, 9)] * 10
            in_order(openai_captioner(server, concurrency=3), items)

        assert 2 <= server.busiest <= 3

    @pytest.mark.parametrize("prompt", ["factual", "dense"])
    def test_asks_with_the_chosen_prompt(self, prompt):
        with openai_server() as server:
            in_order(openai_captioner(server, prompt), [image_item(9, 9)])

        [asked] = server.asked
        assert ("Composition: viewpoint" in asked) == (prompt == "dense")
        assert ("no adjectives of mood" in asked) == (prompt == "factual")

    def test_asks_again_when_the_server_stumbles(self):
        with openai_server(first_fail=2) as server:
            [caption] = in_order(openai_captioner(server, concurrency=1), [image_item(9, 9)])

        assert caption.startswith("9 by 9 pixels")
        assert len(server.asked) == 3

    @pytest.mark.parametrize(
        ("fault", "reason"),
        [
            ({"malform": "image"}, "is not JSON"),
            ({"misfit": "image"}, "must have the fields caption"),
            ({"garble": "image"}, "broken answer"),
            ({"refuse": "image"}, "refused the request"),
            ({"fail": "image"}, "status 500"),
            ({"hang": "image"}, "no answer within 3 seconds"),
        ],
    )
    def test_a_failed_image_is_a_refusal_with_its_reason(self, fault, reason):
        with openai_server(**fault) as server:
            captioner = openai_captioner(server, retries=0, timeout_seconds=3)
            [refusal] = in_order(captioner, [image_item(9, 9)])

        assert isinstance(refusal, Refusal)
        assert reason in refusal.reason

    @pytest.mark.parametrize(
        "content", [b"", b"not an image", encoded(50, 50)[:60], encoded(50, 50, form="JPEG")[:200]]
    )
    def test_a_damaged_image_is_refused_and_never_sent(self, content):
        with openai_server() as server:
            [refusal] = in_order(openai_captioner(server), [Item(None, lambda: content)])

        assert refusal.reason.startswith("the image could not be read: ")
        assert server.asked == []

    def test_a_dead_server_is_an_error_of_the_whole(self):
        with openai_server(die_after=1) as server:
            captioner = openai_captioner(server, retries=1)

            with pytest.raises(InputError, match="no model server answers at http"):
                in_order(captioner, [image_item(9, 9)] * 6)

    def test_producer_names_model_sampling_and_prompt(self):
        server = ModelServer(base_url="http://h/v1", model="m", revision="r")
        factual, dense = (OpenAICaptioner(server, prompt) for prompt in ("factual", "dense"))

        start = "openai:m@r (temperature 0, seed 0, at most 512 tokens), prompt "
        assert factual.producer.startswith(start + "factual@")
        assert dense.producer.startswith(start + "dense@")
        assert factual.producer[-12:] != dense.producer[-12:]


class TestImageUrl:
    def test_transparent_becomes_white(self):
        content = encoded(8, 8, (255, 0, 0, 0), mode="RGBA")

        assert opened(image_url(content)).getpixel((4, 4)) == (255, 255, 255)

    def test_a_turned_photograph_is_sent_upright(self):
        exif = Image.Exif()
        exif[0x0112] = 6  # orientation: the camera was held upright
        content = encoded(64, 32, form="JPEG", exif=exif)

        assert opened(image_url(content)).size == (32, 64)

    def test_a_small_plain_jpeg_is_sent_as_it_is(self):
        content = encoded(64, 32, form="JPEG", quality=30)

        assert sent(image_url(content)) == content

    def test_what_a_camera_adds_is_not_sent(self):
        exif = Image.Exif()
        exif[0x010F] = "a camera that knows where it is"
        content = encoded(64, 32, form="JPEG", exif=exif, comment=b"by somebody")

        assert b"camera" in content
        assert b"camera" not in sent(image_url(content))
        assert b"somebody" not in sent(image_url(content))

    @pytest.mark.parametrize("kept", [0.3, 0.6, 0.9])
    def test_a_jpeg_that_breaks_off_is_refused_though_it_would_fit(self, kept):
        noise = Image.effect_noise((64, 64), 80)
        buffer = io.BytesIO()
        noise.save(buffer, format="JPEG")

        with pytest.raises(InputError, match="not an image that can be opened"):
            image_url(buffer.getvalue()[: int(kept * len(buffer.getvalue()))])

    @pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "CMYK", "I;16", "F"])
    def test_any_mode_of_pixels_becomes_a_jpeg(self, mode):
        buffer = io.BytesIO()
        Image.new(mode, (16, 16)).save(buffer, format="TIFF")

        assert opened(image_url(buffer.getvalue())).mode == "RGB"

    def test_a_decompression_bomb_is_refused(self, monkeypatch):
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)

        with pytest.raises(InputError, match="not an image that can be opened"):
            image_url(encoded(100, 100))

    @settings(max_examples=150, deadline=None)
    @given(
        form=st.sampled_from(["PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP"]),
        changes=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=8),
        kept=st.integers(0, 1000),
    )
    @pytest.mark.filterwarnings("ignore")  # Pillow warns of what it mends
    def test_damage_of_any_kind_is_an_image_or_an_input_error(self, form, changes, kept):
        content = bytearray(encoded(24, 18, form=form)[:kept])
        for place, value in changes:
            if place < len(content):
                content[place] = value

        try:
            url = image_url(bytes(content))
        except InputError:
            return
        assert max(opened(url).size) <= 1024


class TestOpenCaptioner:
    def test_opens_the_given_captioner(self):
        assert isinstance(open_captioner("given"), GivenCaptioner)

    def test_opens_a_model_with_its_prompt(self):
        captioner = open_captioner("openai:m", prompt="dense", serving=AT)

        assert ", prompt dense@" in captioner.producer

    @pytest.mark.parametrize("name", ["", "openai", "openai:", "blip"])
    def test_refuses_an_unknown_name(self, name):
        with pytest.raises(InputError, match="there is no captioner"):
            open_captioner(name, serving=AT)

    def test_refuses_a_model_without_an_address(self):
        with pytest.raises(InputError, match="needs the address"):
            open_captioner("openai:m")
