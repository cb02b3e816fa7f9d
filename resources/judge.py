"""The door to whoever judges topics: a language model, or vectors of single words.

A judge is a chat (`resources.chat.Chat`): it answers questions of `saetm.prompts.judging`.
"""

from collections.abc import Callable, Generator, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from resources.chat import Chat, OpenAIChat
from resources.serving import FORMS, Serving, open_server
from resources.text_encoder import MINILM_SHA256, minilm_folder
from resources.weights import HASH_LENGTH
from saetm.errors import InputError
from saetm.prompts.judging import (
    HIGHEST,
    Material,
    Rating,
    material_of,
    write_intruder,
    write_rating,
)
from saetm.prompts.questions import Question

if TYPE_CHECKING:
    from tokenizers import Tokenizer

JUDGE_VERSION: Final = 1  # raised with every change of the rule, so that a row's producer tells
SYNONYMS: Final = 0.24  # mean cosine of two words of the same WordNet synset
TABLE: Final = "embeddings.word_embeddings.weight"  # name in the weights of all-MiniLM-L6-v2
UNKNOWN: Final = "[UNK]"

VectorsOf = Callable[[Sequence[str]], NDArray[np.float32]]


class EmbeddedJudge:
    """Judges words by the cosines of their vectors, with no language model; English words.

    The vectors know nothing of the dataset: they are those that all-MiniLM-L6-v2 begins with, see
    `WordPieces`. A rating is the mean cosine of all pairs of words on a line between two anchors.
    0 is no relation: two words of the model's vocabulary have a mean cosine of 0.00. 100 is
    sameness: two words of one WordNet synset, such as "car" and "auto", have 0.24 (7,178 pairs).
    What lies outside is cut off. The intruder is the word that is least like the others.

    It finds fewer intruders than a person or a large language model, so its numbers compare
    models with each other and are not those of a paper.
    """

    def __init__(self, vectors_of: VectorsOf, *, vectors: str) -> None:
        """Take the rule for vectors.

        Args:
            vectors_of: returns (n, E) vectors of words, of length one, or zero where unknown.
            vectors: what they are, for the producer.
        """
        self._vectors_of = vectors_of
        self.producer = f"embedded-judge@{JUDGE_VERSION} (no language model; {vectors})"

    def answer(self, questions: Sequence[Question]) -> Generator[tuple[Question, str], None, None]:
        """Answer each question; see `resources.chat.Chat.answer`.

        Raises:
            ContractError: a question asks for something else than a judgement of words.
        """
        asked = [(question, material_of(question)) for question in questions]
        words = sorted({word for _, material in asked for word in material.words})
        if not words:
            return
        vectors = self._vectors_of(words)
        place = {word: row for row, word in enumerate(words)}
        for question, material in asked:
            rows = vectors[[place[word] for word in material.words]]
            yield question, _judge(material, rows)


class WordPieces:
    """Vectors of single words, read from the input table of all-MiniLM-L6-v2.

    A word is the mean of its pieces, less the mean of the vocabulary. They are a file read and a
    gather, where the whole model takes seconds to load; on stored topics they find as many
    intruders as its output does, or more, for it is made for sentences.
    """

    producer: Final = f"word pieces of minilm@{MINILM_SHA256[:HASH_LENGTH]}"

    def __call__(self, words: Sequence[str]) -> NDArray[np.float32]:
        """Return (n, 384) vectors of length one; zeros for a word with an unknown sign."""
        tokenizer, table = self._model
        pieces = tokenizer.encode_batch(list(words), add_special_tokens=False)
        vectors = np.array([table[each.ids].mean(axis=0) for each in pieces])
        vectors[[UNKNOWN in each.tokens for each in pieces]] = 0.0
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.divide(vectors, norms, out=np.zeros_like(vectors), where=norms > 0)

    @cached_property
    def _model(self) -> "tuple[Tokenizer, NDArray[np.float32]]":
        from safetensors import safe_open
        from tokenizers import Tokenizer

        folder: Path = minilm_folder()
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        with safe_open(folder / "model.safetensors", "np") as weights:
            table = weights.get_tensor(TABLE)
        return tokenizer, table - table.mean(axis=0)


def open_judge(name: str, serving: Serving | None = None) -> Chat | None:
    """Open a judge by its name.

    Args:
        name: "embedded", "none", or a language model as `resources.serving.open_server` reads it.
        serving: how models are reached.

    Returns:
        The judge, which is not asked for anything yet; None where nobody is to judge.

    Raises:
        InputError: there is no judge of this name, or its server has no address.
    """
    if name == "none":
        return None
    if name == "embedded":
        return EmbeddedJudge(_word_pieces(), vectors=WordPieces.producer)
    server = open_server(name, serving or Serving())
    if server is None:
        raise InputError(f"there is no judge {name!r}; use 'embedded', 'none', {FORMS}")
    return OpenAIChat(server)


@cache
def _word_pieces() -> WordPieces:
    """Return the vectors of this process, which are read once."""
    return WordPieces()


def _judge(material: Material, vectors: NDArray[np.float32]) -> str:
    cosines = vectors @ vectors.T
    alike = cosines.sum(axis=1) - np.diagonal(cosines)  # of each word to all others
    if material.metric == "intruder":
        return write_intruder(material.words[int(alike.argmin())])
    mean = float(alike.mean()) / max(len(vectors) - 1, 1)
    score = round(HIGHEST * min(max(mean / SYNONYMS, 0.0), 1.0), 1)
    return write_rating(Rating(f"The mean cosine of the words' vectors is {mean:.3f}.", score))
