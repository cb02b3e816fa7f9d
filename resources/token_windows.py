"""Texts as windows of tokens that fit a model, and windows in batches."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

TEXTS_AT_ONCE: Final = 1024  # enough to sort windows by length
CHARACTERS_AT_ONCE: Final = 2**20  # bounds memory where texts are long
TOKENS_AT_ONCE: Final = 4096  # of a batch: it stays near the caches of a processor


@dataclass(frozen=True, slots=True)
class Frame:
    """What a model wants around and beside the tokens of a text."""

    before: tuple[int, ...]  # ids: [CLS] of BERT, BOS of Llama
    after: tuple[int, ...]  # ids: [SEP] of BERT
    padding: int  # id
    room: int  # tokens of a text between them


@dataclass(frozen=True, slots=True, eq=False)
class Tokens:
    """The tokens of some texts, one text after the other; special tokens are none of them."""

    sources: Sequence[str]
    ids: NDArray[np.int64]  # (n,)
    texts: NDArray[np.int64]  # (n,) position of the text in `sources`
    starts: NDArray[np.int64]  # (n,) first character in the text
    ends: NDArray[np.int64]  # (n,) character after the last


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Windows of similar length, as a model reads them."""

    ids: NDArray[np.int64]  # (b, L) with special tokens and padding
    attention: NDArray[np.bool_]  # (b, L) all but padding
    is_real: NDArray[np.bool_]  # (b, L) tokens of texts
    places: NDArray[np.int64]  # (n,) of the tokens of texts in `Tokens`, in the order of is_real


def chunks(texts: Iterable[str]) -> Iterator[list[str]]:
    """Cut texts, in order, into lists that are tokenised at once."""
    chunk: list[str] = []
    characters = 0
    for text in texts:
        chunk.append(text)
        characters += len(text)
        if len(chunk) == TEXTS_AT_ONCE or characters >= CHARACTERS_AT_ONCE:
            yield chunk
            chunk, characters = [], 0
    if chunk:
        yield chunk


def tokenise(tokenizer: "Tokenizer", sources: Sequence[str]) -> Tokens:
    """Split texts into tokens.

    Args:
        tokenizer: without truncation and padding, which reads names of special tokens in a text
            as text.
        sources: the texts; an empty one has no tokens.
    """
    found = tokenizer.encode_batch(list(sources), add_special_tokens=False)
    lengths = [len(each.ids) for each in found]
    spans = _spans(found)
    return Tokens(
        sources=sources,
        ids=np.array([number for each in found for number in each.ids], dtype=np.int64),
        texts=np.repeat(np.arange(len(found)), lengths),
        starts=spans[:, 0],
        ends=spans[:, 1],
    )


def _spans(found: "Sequence[Encoding]") -> NDArray[np.int64]:
    spans = [span for each in found for span in each.offsets]
    return np.array(spans, dtype=np.int64).reshape(-1, 2)


def batches(tokens: Tokens, frame: Frame, most: int) -> Iterator[Batch]:
    """Cut texts into windows, and put windows of similar length together, long ones first.

    Args:
        tokens: of some texts.
        frame: what stands around a window.
        most: windows of a batch, at most.
    """
    starts, sizes = windows(np.bincount(tokens.texts, minlength=len(tokens.sources)), frame.room)
    order = np.argsort(-sizes, kind="stable")
    first = 0
    while first < len(order):
        longest = int(sizes[order[first]])
        some = order[first : first + max(1, min(most, TOKENS_AT_ONCE // longest))]
        yield _batch(tokens, starts[some], sizes[some], frame)
        first += len(some)


def windows(lengths: NDArray[np.int64], room: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Cut texts into the fewest windows, of sizes that differ by one at most.

    Each token is in one window, so that none is lost and none counts twice.

    Args:
        lengths: (t,) tokens of texts that stand one after the other.
        room: tokens of a window, at most.

    Returns:
        Where windows start among all tokens, and how many they hold; none is empty.

    Example:
        >>> windows(np.array([3, 0, 5]), 4)
        (array([0, 3, 5]), array([3, 2, 3]))
    """
    pieces = -(-lengths // room)
    text = np.repeat(np.arange(len(lengths)), pieces)
    number = np.arange(len(text)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    begins = number * lengths[text] // pieces[text]
    ends = (number + 1) * lengths[text] // pieces[text]
    return (np.cumsum(lengths) - lengths)[text] + begins, ends - begins


def _batch(
    tokens: Tokens, starts: NDArray[np.int64], sizes: NDArray[np.int64], frame: Frame
) -> Batch:
    first, last = len(frame.before), len(frame.after)
    column = np.arange(first + sizes.max() + last)
    is_real = (column >= first) & (column < first + sizes[:, None])
    places = (starts[:, None] + column - first)[is_real]
    ids = np.full(is_real.shape, frame.padding)
    ids[:, :first] = frame.before
    ids[is_real] = tokens.ids[places]
    for offset, token in enumerate(frame.after):
        ids[np.arange(len(sizes)), first + sizes + offset] = token
    return Batch(ids, column < (first + sizes + last)[:, None], is_real, places)
