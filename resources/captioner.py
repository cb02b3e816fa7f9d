"""The door to captions: those that came with the images, or a vision model that looks at them.

A caption is data. Its row names the producer, and nothing here asks twice for the same one.
"""

from collections.abc import Generator, Iterable
from contextlib import closing
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

from resources.asking import Asking
from resources.image_url import image_url
from resources.model_server import ModelServer
from resources.serving import FORMS, Serving, open_server
from saetm.errors import InputError, ReplyError, SaetmError
from saetm.prompts.captions import CaptionPrompt, build_caption_question, parse_caption
from saetm.prompts.questions import question_id
from saetm.prompts.wording import shorten

Reads = Literal["text", "image"]

_CAUSE = 120  # characters of a foreign error that a refusal repeats


class Captionable(Protocol):
    """An item as a captioner sees it."""

    @property
    def text(self) -> str | None:
        """The text of a text item, or the caption that came with an image."""
        ...

    def read(self) -> bytes:
        """Get the file's content, when it is needed."""
        ...


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an item has no caption."""

    reason: str  # one sentence without a full stop


Item = TypeVar("Item", bound=Captionable)
Captioned = Generator[tuple[Item, str | Refusal], None, None]


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

    def caption(self, items: Iterable[Item]) -> Captioned[Item]:
        """Caption one item after the other; they are taken as there is room for them.

        Yields:
            Each item with its caption, or why it has none, in order of completion.

        Raises:
            InputError: no item will get a caption any more, since the model server does not
                answer; raised after all that was answered.
        """
        ...


class GivenCaptioner:
    """Hands on what came with the item: a text is its own caption."""

    producer = "given"
    reads: Reads = "text"

    def caption(self, items: Iterable[Item]) -> Captioned[Item]:
        """Yield the texts as they are; see `Captioner.caption`."""
        missing = Refusal("no caption came with this image and no captioner is set")
        for item in items:
            text = item.text
            yield item, text if text and not text.isspace() else missing


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

    def caption(self, items: Iterable[Item]) -> Captioned[Item]:
        """Caption the images, many at a time; see `Captioner.caption`.

        What one image suffers (not readable, no usable answer) is its refusal.
        """
        with closing(self._server.each(items, self._caption)) as answers:
            for item, answer in answers:
                yield item, Refusal(str(answer)) if isinstance(answer, ReplyError) else answer

    async def _caption(self, asking: Asking, item: Captionable) -> str | Refusal:
        try:
            url = await asking.beside(lambda: image_url(item.read()))
        except (OSError, SaetmError) as error:
            return Refusal(f"the image could not be read: {shorten(str(error), _CAUSE)}")
        reply = await asking.ask(
            [
                {"type": "image_url", "image_url": {"url": url}},
                {"type": "text", "text": self._question.prompt},
            ],
            self._question.schema,
        )
        return parse_caption(reply)


def open_captioner(
    name: str, *, prompt: CaptionPrompt = "factual", serving: Serving | None = None
) -> Captioner:
    """Open a captioner by its name.

    Args:
        name: "given", or a vision model as `resources.serving.open_server` reads it.
        prompt: what a vision model is asked for.
        serving: how models are reached.

    Raises:
        InputError: there is no captioner of this name, or its server has no address.
    """
    if name == "given":
        return GivenCaptioner()
    server = open_server(name, serving or Serving())
    if server is None:
        raise InputError(f"there is no captioner {name!r}; use 'given', {FORMS}")
    return OpenAICaptioner(server, prompt)
