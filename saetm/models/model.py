"""What every topic model is given, and what it returns."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from saetm.errors import InputError
from saetm.models.procedures import find_packages, load

Advance = Callable[[float], None]
"""Is told the share of the work done just now; the shares of a fit sum to one."""


@dataclass(frozen=True, slots=True, eq=False)
class Corpus:
    """What every model sees; rows are items."""

    counts: "sparse.csr_array[np.float64]"  # (N, V) how often each item holds each word
    embeddings: NDArray[np.float32]  # (N, D)
    words: list[str]  # (V,)
    word_vectors: NDArray[np.float32] | None  # (V, E); None where there are none

    @property
    def n_items(self) -> int:
        """N, items without a word included."""
        return int(self.counts.shape[0])

    @property
    def n_words(self) -> int:
        """V, the size of the vocabulary."""
        return int(self.counts.shape[1])

    def rows(self, chosen: NDArray[np.integer]) -> "Corpus":
        """Return some of the items, over the same words."""
        return Corpus(self.counts[chosen], self.embeddings[chosen], self.words, self.word_vectors)


@dataclass(frozen=True, slots=True, eq=False)
class ModelFit:
    """Topics of a fitted model, in its own order."""

    scores: NDArray[np.float64]  # (T, V) order of a topic's words, larger is better
    distributions: NDArray[np.float64]  # (T, V) rows sum to one
    mixtures: NDArray[np.float64]  # (N, T) rows sum to one; to zero where nothing is said


Fit = Callable[[Corpus, int, int, Advance], ModelFit]
"""Corpus, number of topics, seed and progress in; topics out."""


@dataclass(frozen=True, slots=True)
class Model:
    """A topic model that can be chosen by name."""

    name: str  # key of the catalogue
    title: str  # as papers write it
    source: str  # the paper that describes it
    procedure: str  # module and function, MODULE:NAME below saetm.models; loaded when it is fitted
    packages: tuple[str, ...] = ()  # imported by the procedure; not all come with saetm

    def fit(self, corpus: Corpus, n_topics: int, seed: int, advance: Advance) -> ModelFit:
        """Fit topics to a corpus; same corpus, seed and threads give the same topics.

        Args:
            corpus: items, words and vectors; items may have no words.
            n_topics: T, at least two.
            seed: of every random choice.
            advance: is told the share of work done just now.

        Raises:
            InputError: a package is missing, the corpus or T does not suit the model, or the fit
                diverged; one sentence says which.
        """
        find_packages(self.title, self.packages, extra="rivals")
        _check(corpus, n_topics)
        procedure: Fit = load(f"saetm.models.{self.procedure}")
        fitted = procedure(corpus, n_topics, seed, advance)
        if not all(np.isfinite(part).all() for part in _parts(fitted)):
            raise InputError(f"{self.title} diverged: its {n_topics} topics are not finite")
        return fitted


def _parts(fitted: ModelFit) -> tuple[NDArray[np.float64], ...]:
    return fitted.scores, fitted.distributions, fitted.mixtures


def _check(corpus: Corpus, n_topics: int) -> None:
    if n_topics < 2:
        raise InputError(f"{n_topics} topics were asked for; a topic model needs at least 2")
    if corpus.n_words < 2:
        raise InputError(f"the vocabulary has {corpus.n_words} words; topics need at least 2")
    n_filled = int((np.diff(corpus.counts.indptr) > 0).sum())
    if n_filled < 2:
        raise InputError(f"{n_filled} items have words; topics need at least 2 such items")
