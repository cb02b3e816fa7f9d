"""What a fit learns from: checked embeddings and word counts, in the order of their content."""

import reprlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from saetm.bridge import vectors_to_series
from saetm.errors import ContractError, InputError
from saetm.estimator.embeddings import training_matrix
from saetm.text.bags import count_words
from saetm.text.config import VocabularyConfig
from saetm.text.vocabulary import choose_vocabulary, count_matrix

Analyse = Callable[[str], Iterable[str]]


@dataclass(frozen=True, slots=True, eq=False)
class Corpus:
    """N items in the order of their content."""

    rows: NDArray[np.int64]  # (N,) where each item stood in the user's data
    embeddings: NDArray[np.float32]  # (N, D), finite
    vocabulary: pl.DataFrame  # V rows of word_id, word, document_frequency, word_count
    counts: "sparse.csr_array[np.float64]"  # (N, V) how often each item holds each word


def build_corpus(
    embeddings: ArrayLike,
    texts: Iterable[str] | None,
    *,
    analyse: Analyse,
    config: VocabularyConfig,
) -> Corpus:
    """Check and order the items, and count their words; without texts there are none.

    Every draw and every sum of a fit follows the order of items. In an order of their own,
    what is learned does not depend on how the user happened to sort them.

    Raises:
        ContractError: an argument has another shape or kind.
        InputError: no word of the texts is in enough of them.
    """
    matrix = training_matrix(embeddings)
    given = [""] * len(matrix) if texts is None else _checked(texts, len(matrix))
    rows = _content_order(matrix, given)
    bags = count_words([_words(given[row], analyse) for row in rows])
    vocabulary = choose_vocabulary(bags.lazy(), config).collect()
    if texts is not None and vocabulary.is_empty():
        raise InputError(
            "no word is in enough texts to make a vocabulary: bring longer texts, or lower "
            "min_document_frequency"
        )
    return Corpus(rows, matrix[rows], vocabulary, count_matrix(bags, vocabulary))


def _checked(texts: Iterable[str], n_items: int) -> list[str]:
    if isinstance(texts, str) or not isinstance(texts, Iterable):
        raise ContractError(f"texts are {reprlib.repr(texts)}, not one string per embedding")
    given = list(texts)
    if len(given) != n_items:
        raise ContractError(f"there are {len(given)} texts for {n_items} embeddings")
    for row, text in enumerate(given):
        if not isinstance(text, str):
            raise ContractError(f"text {row} is {reprlib.repr(text)}, not a string")
        if not _is_unicode(text):
            raise ContractError(f"text {row} has half a character: decode it without surrogates")
    return given


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _content_order(matrix: NDArray[np.float32], texts: list[str]) -> NDArray[np.int64]:
    items = pl.DataFrame([vectors_to_series(matrix), pl.Series("text", texts, dtype=pl.String)])
    return items.select(pl.arg_sort_by("vector", "text")).to_series().to_numpy().astype(np.int64)


def _words(text: str, analyse: Analyse) -> list[str]:
    words = analyse(text)
    if isinstance(words, str) or not isinstance(words, Iterable):
        raise ContractError(f"analyse returned {reprlib.repr(words)}, not a list of words")
    listed = list(words)
    for word in listed:
        if not isinstance(word, str):
            raise ContractError(f"analyse returned the word {reprlib.repr(word)}, not a string")
    return listed
