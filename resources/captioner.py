"""The door to captions: those that came with the images, or a vision model that looks at them.

A caption is data. Its row names the producer, and nothing here asks twice for the same one.
"""

import base64
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal, Protocol

from pydantic import SecretStr

from resources.model_server import ModelServer
from saetm.errors import InputError, ReplyError, SaetmError
from saetm.prompts.captions import CaptionPrompt, build_caption_question, parse_caption
from saetm.prompts.questions import question_id
from saetm.prompts.wording import shorten

if TYPE_CHECKING:
    from openai import OpenAI
    from PIL.Image import Image

Reads = Literal["text", "image"]

LONGEST_SIDE = 1024  # pixels; vision models tile larger images, and every tile costs
_JPEG_QUALITY = 90
_CAUSE = 120  # characters of a foreign error that a refusal repeats


@dataclass(frozen=True, slots=True)
class Captionable:
    """An item as a captioner sees it."""

    text: str | None  # the text of a text item, or the caption that came with an image
    read: Callable[[], bytes]  # gets the file's content, when it is needed


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an item has no caption."""

    reason: str  # one sentence without a full stop


class Captioner(Protocol):
    """Whoever has a caption for an item."""

    @property
    def producer(self) -> str:
        """Who captions, as a row records it: model, prompt and its hash, sampling."""
        ...

    @property
    def reads(self) -> Reads:
        """What of an item the caption depends on: its text, or the image."""
        ...

    def caption(self, items: Sequence[Captionable]) -> list[str | Refusal]:
        """Return the caption of each item, in order, or why it has none.

        Raises:
            InputError: no item will get a caption, since the model server does not answer.
        """
        ...


class GivenCaptioner:
    """Hands on what came with the item: a text is its own caption."""

    producer = "given"
    reads: Reads = "text"

    def caption(self, items: Sequence[Captionable]) -> list[str | Refusal]:
        """Return the texts as they are; see `Captioner.caption`."""
        missing = Refusal("no caption came with this image and no captioner is set")
        return [item.text if item.text and not item.text.isspace() else missing for item in items]


class OpenAICaptioner:
    """Has a vision model look at each image, behind an OpenAI-compatible server.

    Captions that came with the images are not shown to it.
    """

    reads: Reads = "image"

    def __init__(self, server: ModelServer, prompt: CaptionPrompt = "factual") -> None:
        self._server = server
        self._question = build_caption_question(prompt)
        prompt_hash = question_id(self._question, producer="")[:12]
        self.producer = f"{server.producer}, prompt {prompt}@{prompt_hash}"

    def caption(self, items: Sequence[Captionable]) -> list[str | Refusal]:
        """Caption the images, several at a time; see `Captioner.caption`.

        What one image suffers (not readable, no usable answer) is its refusal.
        """
        jobs = [partial(self._caption, item=item) for item in items]
        captions = dict(self._server.each(jobs))
        return [_or_refusal(captions[index]) for index in range(len(items))]

    def _caption(self, client: "OpenAI", item: Captionable) -> str | Refusal:
        try:
            url = image_url(item.read())
        except (OSError, SaetmError) as error:
            return Refusal(f"the image could not be read: {shorten(str(error), _CAUSE)}")
        reply = self._server.ask(
            client,
            [
                {"type": "image_url", "image_url": {"url": url}},
                {"type": "text", "text": self._question.prompt},
            ],
            self._question.schema,
        )
        return parse_caption(reply)


def open_captioner(
    name: str,
    *,
    prompt: CaptionPrompt = "factual",
    base_url: str | None = None,
    api_key: SecretStr | None = None,
) -> Captioner:
    """Open a captioner by its name.

    Args:
        name: "given", or "openai:MODEL" with the name under which the vision model is served.
        prompt: what a vision model is asked for.
        base_url: address of the model server's API; needed for "openai:MODEL".
        api_key: its key, where it wants one.

    Raises:
        InputError: there is no captioner of this name, or its address is missing.
    """
    if name == "given":
        return GivenCaptioner()
    technology, _, model = name.partition(":")
    if technology != "openai" or not model:
        raise InputError(f"there is no captioner {name!r}; use 'given' or 'openai:MODEL'")
    if not base_url:
        raise InputError(f"the captioner {name!r} needs the address of its server")
    return OpenAICaptioner(ModelServer(base_url=base_url, model=model, api_key=api_key), prompt)


def image_url(content: bytes) -> str:
    """Return an image as a JPEG data URL of at most `LONGEST_SIDE` pixels a side.

    Args:
        content: a file in any format that Pillow reads; of an animation, the first frame.

    Raises:
        InputError: it is no image, is damaged, or would unpack to an absurd size.
    """
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content)) as image:
            upright = _upright(image)
    except (
        OSError,
        SyntaxError,  # how some decoders of Pillow report damage
        ValueError,
        RuntimeError,
        Image.DecompressionBombError,
    ) as error:
        raise InputError(f"not an image that can be opened ({error})") from error
    buffer = io.BytesIO()
    upright.save(buffer, format="JPEG", quality=_JPEG_QUALITY)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def _upright(image: "Image") -> "Image":
    """Turn, shrink and flatten: as a person would see it, on white where it is transparent."""
    from PIL import Image, ImageOps

    image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # a large JPEG need not unpack in full size
    picture = ImageOps.exif_transpose(image)
    if picture.has_transparency_data:
        layers = picture.convert("RGBA")
        white = Image.new("RGBA", layers.size, "white")
        picture = Image.alpha_composite(white, layers)
    flat = picture.convert("RGB")
    flat.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return flat


def _or_refusal(answer: str | Refusal | ReplyError) -> str | Refusal:
    return Refusal(str(answer)) if isinstance(answer, ReplyError) else answer
