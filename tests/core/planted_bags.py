"""Planted truth for topic models: bags and embeddings of items that are about few themes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linear_sum_assignment

from saetm.models.model import Corpus, ModelFit

COMMON = 5  # words of no theme, one in six of those said


@dataclass(frozen=True, slots=True, eq=False)
class PlantedBags:
    corpus: Corpus
    themes: NDArray[np.float64]  # (T, V) word distributions; no word is in two
    mixtures: NDArray[np.float64]  # (N, T)


def planted_bags(*, n_items=300, n_themes=4, words_each=8, length=30, dimension=12, seed=0):
    """Draw items of one theme mostly; words, embeddings and word vectors all follow the themes."""
    rng = np.random.default_rng([seed, 7])
    n_words = n_themes * words_each + COMMON
    themes = np.zeros((n_themes, n_words))
    for theme in range(n_themes):
        own = slice(theme * words_each, (theme + 1) * words_each)
        themes[theme, own] = rng.dirichlet(np.full(words_each, 5.0))
    common = np.zeros(n_words)
    common[-COMMON:] = 1 / COMMON
    mixtures = rng.dirichlet(np.full(n_themes, 0.1), size=n_items)
    counts = rng.multinomial(length, 5 / 6 * mixtures @ themes + common / 6).astype(np.float64)
    directions = rng.normal(size=(n_themes, dimension))
    embeddings = mixtures @ directions + rng.normal(scale=0.1, size=(n_items, dimension))
    vectors = np.vstack([np.repeat(directions, words_each, axis=0), np.zeros((COMMON, dimension))])
    vectors += rng.normal(scale=0.3, size=vectors.shape)
    corpus = Corpus(
        sparse.csr_array(counts),
        (embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)).astype(np.float32),
        [f"w{word}" for word in range(n_words)],
        vectors.astype(np.float32),
    )
    return PlantedBags(corpus, themes, mixtures)


def recovered_words(planted: PlantedBags, fit: ModelFit) -> float:
    """Return the share of the themes' words that are on top of the topics matched to them."""
    words_each = int((planted.themes[0] > 0).sum())
    top = np.argsort(-fit.scores, axis=1)[:, :words_each]
    shared = np.array([[(theme[row] > 0).mean() for row in top] for theme in planted.themes])
    return shared[linear_sum_assignment(-shared)].mean()


def recovered_items(planted: PlantedBags, fit: ModelFit) -> float:
    """Return the share of items whose largest topic is the one matched to their largest theme."""
    shape = planted.mixtures.shape[1], fit.mixtures.shape[1]
    together = np.zeros(shape)
    np.add.at(together, (planted.mixtures.argmax(axis=1), fit.mixtures.argmax(axis=1)), 1)
    return together[linear_sum_assignment(-together)].sum() / len(planted.mixtures)
