"""What a fit learns from: checked embeddings and word counts, in the order of their content."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from saetm.bridge import vectors_to_series
from saetm.errors import ContractError, InputError
from saetm.text.bags import count_words
from saetm.text.config import VocabularyConfig
from saetm.text.vocabulary import choose_vocabulary, count_matrix

Analyse = Callable[[str], list[str]]


@dataclass(frozen=True, slots=True, eq=False)
class Corpus:
    """N items in the order of their content."""

    rows: NDArray[np.int64]  # (N,) where each item stood in the user's data
    embeddings: NDArray[np.float32]  # (N, D), finite
    vocabulary: pl.DataFrame  # V rows of word_id, word, document_frequency, word_count
    counts: "sparse.csr_array[np.float64]"  # (N, V) how often each item holds each word


def build_corpus(
    embeddings: ArrayLike,
    texts: Sequence[str] | None,
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
    matrix = float_matrix(embeddings)
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


def float_matrix(embeddings: ArrayLike) -> NDArray[np.float32]:
    """Return (N, D) embeddings as float32.

    Raises:
        ContractError: they are no matrix of finite numbers.
    """
    try:
        with np.errstate(over="ignore"):  # what is too large is found below
            rows = np.ascontiguousarray(embeddings, dtype=np.float32)
    except (TypeError, ValueError) as error:
        raise ContractError(f"embeddings are no matrix of numbers: {error}") from error
    if rows.ndim != 2 or rows.shape[1] == 0:
        raise ContractError(f"embeddings are {rows.shape}, not (N, D)")
    finite = np.isfinite(rows).all(axis=1)
    if not finite.all():
        raise ContractError(f"embedding {finite.argmin()} has a value that is not finite")
    return rows


def _checked(texts: Sequence[str], n_items: int) -> list[str]:
    given = [texts] if isinstance(texts, str) else list(texts)
    if len(given) != n_items:
        raise ContractError(f"there are {len(given)} texts for {n_items} embeddings")
    for row, text in enumerate(given):
        if not isinstance(text, str):
            raise ContractError(f"text {row} is {text!r}, not a string")
    return given


def _content_order(matrix: NDArray[np.float32], texts: list[str]) -> NDArray[np.int64]:
    items = pl.DataFrame([vectors_to_series(matrix), pl.Series("text", texts, dtype=pl.String)])
    return items.select(pl.arg_sort_by("vector", "text")).to_series().to_numpy().astype(np.int64)


def _words(text: str, analyse: Analyse) -> list[str]:
    words = analyse(text)
    if isinstance(words, str):
        raise ContractError(f"analyse returned the string {words!r}, not a list of words")
    return words
