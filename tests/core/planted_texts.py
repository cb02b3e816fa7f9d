"""Planted truth for the whole line: embeddings of themes, and texts in the words of the themes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tests.core.planted_ctm import planted_ctm


@dataclass(frozen=True, slots=True, eq=False)
class PlantedTexts:
    embeddings: NDArray[np.float32]  # (N, D)
    texts: list[str]  # (N,)
    mixtures: NDArray[np.float64]  # (N, T)
    words: list[list[str]]  # the words of each of T themes


def planted_texts(*, n_items, n_themes, dimension, seed, n_words=15, length=30):
    """Draw embeddings from the continuous topic model, and words of themes by the same mixtures.

    No theme shares a word with another; one word in six comes from no theme.
    """
    sample = planted_ctm(n_items=n_items, n_topics=n_themes, dimension=dimension, seed=seed)
    rng = np.random.default_rng([seed, 1])
    words = [[_word(theme, word) for word in range(n_words)] for theme in range(n_themes)]
    common = [_word(25, word) for word in range(n_words)]
    texts = []
    for mixture in sample.mixtures:
        themes = rng.choice(n_themes, p=mixture, size=length)
        drawn = [words[theme][rng.integers(n_words)] for theme in themes]
        drawn[::6] = [common[rng.integers(n_words)] for _ in drawn[::6]]
        texts.append(" ".join(drawn))
    return PlantedTexts(sample.embeddings, texts, sample.mixtures, words)


def _word(theme, word):
    return f"x{chr(97 + theme)}{chr(97 + word)}"
