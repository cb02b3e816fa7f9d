"""What is looked for: a word, a sentence, an item or a picture, and the topics that it is about."""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from resources.compute import compute_of
from resources.encoder import open_encoder
from resources.image_encoder import OPEN_CLIP
from resources.jpegs import opened
from resources.lexicon import open_lexicon
from resources.settings import Settings
from saetm.errors import InputError
from saetm.options import SAE_TM
from saetm_assets.explorer.dataset import Dataset
from saetm_assets.explorer.near import NearItem, near_items
from saetm_assets.explorer.topic_cut import Topic, TopicCut
from saetm_assets.search import encoder_name, placed

if TYPE_CHECKING:
    from resources.encoding import Encoder

NEAR = 12  # items shown
LEAST = 0.03  # share of what was looked for from which a topic is shown
LONGEST = 1000  # characters of a question
LARGEST = 40_000_000  # pixels of a picture: 120 MB while it is read

_encoding = Lock()  # one model call at a time: each takes all cores


@dataclass(frozen=True)
class Answer:
    """Topics and items that fit what was looked for."""

    kind: str  # word, sentence, item, picture, or empty: nothing was
    asked: str = ""
    shares: dict[str, float] = field(default_factory=dict)  # of topics in it, by id
    items: list[NearItem] = field(default_factory=list)
    trouble: str = ""  # why there is no answer

    @property
    def narrows(self) -> bool:
        """Whether only some topics are to be shown."""
        return bool(self.kind) and not self.trouble


def answer(dataset: Dataset, cut: TopicCut, asked: str, like: str, settings: Settings) -> Answer:
    """Look for what an address asks for: an item goes first, then a word, then a sentence.

    Args:
        dataset: where to look.
        cut: topics that may fit.
        asked: a word or a sentence; may be empty.
        like: id of an item; may be empty.
        settings: of the encoder.
    """
    text = " ".join(asked.split())[:LONGEST]
    if like:
        return _tried("item", like, lambda: _by_item(dataset, cut, like))
    if not text:
        return Answer("")
    if " " not in text and (shares := by_words(cut, text)):
        return Answer("word", text, shares)
    found = _tried("sentence", text, lambda: _by_sentence(dataset, cut, text, settings))
    if found.trouble and (shares := by_words(cut, text)):
        return Answer("word", text, shares)
    return found


def by_picture(dataset: Dataset, cut: TopicCut, content: bytes, settings: Settings) -> Answer:
    """Look for topics of a picture that is no item; it is kept nowhere."""

    def look() -> Answer:
        with opened(content) as image:
            if image.width * image.height > LARGEST:
                raise InputError(
                    f"a picture of {image.width} by {image.height} pixels is too large"
                )
        encoder = _encoder(dataset, settings)
        with _encoding:
            (vector,) = encoder.encode([content])
        return _about(dataset, cut, vector, Answer("picture", "the picture"))

    return _tried("picture", "the picture", look)


def reads_pictures(dataset: Dataset) -> bool:
    """Tell whether the encoder of a dataset reads images; nothing is loaded."""
    return dataset.options.encoder.startswith(OPEN_CLIP)


def by_words(cut: TopicCut, text: str) -> dict[str, float]:
    """Return how well the words of topics match those of a text, by topic; none without a match."""
    wanted = _forms(text)
    scores = {topic.topic_id: _match(topic, wanted) for topic in cut.topics}
    most = max(scores.values(), default=0.0)
    return {topic: score / most for topic, score in scores.items() if score > 0}


def _forms(text: str) -> list[str]:
    """Return the words of a text, each with its lemma."""
    words = [word for word in text.casefold().split() if len(word) > 1]
    lemmas = open_lexicon("simplemma", None, download=False).lemmas(words)
    return list(dict.fromkeys([*words, *(lemma for found in lemmas for lemma in found)]))


def _match(topic: Topic, wanted: list[str]) -> float:
    """Add up the probabilities of words that are wanted, or begin so; a name counts little."""
    pairs = list(zip(topic.words, topic.probabilities, strict=True))
    whole = sum(share for word, share in pairs if word in wanted)
    begun = sum(share for word, share in pairs if word.startswith(tuple(wanted)))
    named = any(word in topic.label.casefold().replace(",", " ").split() for word in wanted)
    return whole + 0.1 * begun + 1e-6 * named


def _by_item(dataset: Dataset, cut: TopicCut, item_id: str) -> Answer:
    path = str(dataset.item(item_id)["path"])
    row = dataset.theta_row(item_id)
    if row is None:
        raise InputError(f"{path!r} has no activations, so it has no topics")
    shares = dataset.mixtures_of(np.array([row]), cut.count).toarray().ravel()
    near = near_items(dataset, item_id, NEAR)
    return Answer("item", path, _largest(cut, shares), near)


def _by_sentence(dataset: Dataset, cut: TopicCut, text: str, settings: Settings) -> Answer:
    encoder = _encoder(dataset, settings)
    with _encoding:
        vector = placed(dataset.view, encoder, text)
    return _about(dataset, cut, vector, Answer("sentence", text))


def _about(dataset: Dataset, cut: TopicCut, vector: NDArray[np.float32], asked: Answer) -> Answer:
    from saetm.sae.encode import encode
    from saetm.sae.item_features import item_features

    items = _nearest(dataset, vector)
    if dataset.options.model != SAE_TM:  # no vector of a whole item has features of tokens
        return Answer(asked.kind, asked.asked, by_words(cut, asked.asked), items)
    theta = item_features(encode(vector[None], dataset.autoencoder)).toarray().ravel()
    return Answer(asked.kind, asked.asked, _shares(cut, theta), items)


def _encoder(dataset: Dataset, settings: Settings) -> "Encoder":
    name = encoder_name(dataset.view, dataset.options.encoder)
    return open_encoder(name, compute_of(settings))


def _shares(cut: TopicCut, theta: NDArray[np.float32]) -> dict[str, float]:
    """Return the topics of (K,) feature shares that make up some of them, by id."""
    held = cut.labels >= 0
    shares = np.bincount(cut.labels[held], theta[held], minlength=cut.count)
    return _largest(cut, shares)


def _largest(cut: TopicCut, shares: NDArray[np.number]) -> dict[str, float]:
    pairs = zip(cut.topics, shares.tolist(), strict=True)
    return {topic.topic_id: share for topic, share in pairs if share >= LEAST}


def _nearest(dataset: Dataset, vector: NDArray[np.float32]) -> list[NearItem]:
    """Return the items whose vectors are nearest, ties by id."""
    length = float(np.linalg.norm(vector)) or 1.0
    cosines = dataset.vectors.matrix @ (vector / length)
    best = np.lexsort((np.arange(len(cosines)), -cosines))[:NEAR]
    ids = [dataset.vectors.item_ids[row] for row in best]
    paths = {item_id: str(dataset.item(item_id)["path"]) for item_id in ids}
    return [
        NearItem(item_id, paths[item_id], float(cosine))
        for item_id, cosine in zip(ids, cosines[best], strict=True)
    ]


def _tried(kind: str, asked: str, look: Callable[[], Answer]) -> Answer:
    try:
        return look()
    except InputError as error:
        return Answer(kind, asked, trouble=str(error))
