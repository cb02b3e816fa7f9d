"""The word vector file door: vectors that came from elsewhere, word2vec or GloVe."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from saetm.errors import InputError


def read_word_vectors(path: Path, words: Sequence[str]) -> NDArray[np.float32]:
    """Read the vectors of these words; a word that the file lacks gets the mean of those found.

    Args:
        path: `.npz` with arrays `words` (n,) and `vectors` (n, E), or text with one word and its
            components per line (GloVe; word2vec's text form, whose first line is skipped).
        words: V words.

    Returns:
        (V, E) vectors in the order of the words.

    Raises:
        InputError: the file cannot be read, or knows none of the words.
    """
    try:
        found = dict(_npz(path, set(words)) if path.suffix == ".npz" else _text(path, set(words)))
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"word vectors {str(path)!r} cannot be read: {error}") from error
    if not found:
        raise InputError(f"word vectors {str(path)!r} know none of the {len(words)} words")
    mean = np.mean(list(found.values()), axis=0, dtype=np.float32)
    return np.stack([found.get(word, mean) for word in words])


def file_hash(path: Path) -> str:
    """Hash a file's content to 16 hex digits.

    Raises:
        InputError: the file cannot be read.
    """
    try:
        with path.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()[:16]
    except OSError as error:
        raise InputError(f"word vectors {str(path)!r} cannot be read: {error}") from error


def _npz(path: Path, wanted: set[str]) -> Iterator[tuple[str, NDArray[np.float32]]]:
    with np.load(path, allow_pickle=False) as archive:
        vectors = archive["vectors"]
        for word, vector in zip(archive["words"].tolist(), vectors, strict=True):
            if word in wanted:
                yield word, vector.astype(np.float32)


def _text(path: Path, wanted: set[str]) -> Iterator[tuple[str, NDArray[np.float32]]]:
    with path.open(encoding="utf-8", errors="strict") as lines:
        for line in lines:
            word, *components = line.split()
            if word in wanted and len(components) > 1:
                yield word, np.array(components, dtype=np.float32)
