"""The judge of topic models that is no language model: similarity of texts by all-MiniLM-L6-v2."""

from collections.abc import Generator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from resources.encoding import Encoder
from saetm.prompts.duels import (
    Answer,
    DuelMaterial,
    SaidTopic,
    Verdict,
    duel_of,
    write_verdict,
)
from saetm.prompts.questions import Question

VERSION: Final = 1  # raised with every change of the rule, so that a row's producer tells
TIE: Final = 0.01  # cosines nearer to each other than this are a tie


class EmbeddedDuelJudge:
    """Says which topics are more like an item, by the cosines of sentence vectors.

    What a model says of an item is the mean of its topics' vectors, weighted by their shares; the
    vector of a topic is that of its words, features or summary, joined by commas. The model whose
    vector has the larger cosine with the item's wins. It knows what items are about, and little
    of their affect and style: its ratings are no substitute for those of a language model.
    """

    def __init__(self, encoder: Encoder) -> None:
        """Take the encoder of texts."""
        self._encoder = encoder
        self.producer = (
            f"embedded-duels@{VERSION} (similarity of {encoder.producer}, no language model)"
        )

    def answer(self, questions: Sequence[Question]) -> Generator[tuple[Question, str], None, None]:
        """Answer each question; see `resources.chat.Chat.answer`.

        Raises:
            ContractError: a question asks for something else than to compare two models.
        """
        asked = [(question, duel_of(question)) for question in questions]
        texts = sorted({text for _, material in asked for text in _texts(material)})
        place = {text: row for row, text in enumerate(texts)}
        vectors = self._encoder.encode(texts) if texts else np.zeros((0, 1), dtype=np.float32)
        for question, material in asked:
            item = vectors[place[material.item]]
            cosines = [
                _cosine(item, _mean(said, vectors, place)) for said in (material.A, material.B)
            ]
            yield question, write_verdict(_verdict(*cosines))


def _texts(material: DuelMaterial) -> list[str]:
    return [material.item, *map(_text, (*material.A, *material.B))]


def _text(topic: SaidTopic) -> str:
    return ", ".join(topic.says)


def _mean(
    said: Sequence[SaidTopic], vectors: NDArray[np.float32], place: dict[str, int]
) -> NDArray[np.floating]:
    rows = vectors[[place[_text(topic)] for topic in said]]
    shares = np.array([topic.share for topic in said])
    return (shares if shares.any() else np.ones(len(said))) @ rows


def _cosine(one: NDArray[np.floating], other: NDArray[np.floating]) -> float:
    norms = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(one @ other) / norms if norms > 0 else 0.0


def _verdict(first: float, second: float) -> Verdict:
    answer: Answer = "tie" if abs(first - second) < TIE else "A" if first > second else "B"
    return Verdict(f"The cosine with the item is {first:.3f} for A and {second:.3f} for B.", answer)
