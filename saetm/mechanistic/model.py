"""What every mechanistic topic model is given, and what it returns."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from saetm.errors import ContractError, InputError
from saetm.models.model import Advance
from saetm.models.procedures import find_packages, load
from saetm.models.shares import shares
from saetm.tokens.dictionary import Dictionary

EXTRA = "mechanistic"


@dataclass(frozen=True, eq=False)
class FeatureCorpus:
    """Documents as counts of features, and the features' places among token states."""

    counts: "sparse.csr_array[np.float64]"  # (N, F) tokens of each document that show a feature
    tokens: NDArray[np.int64]  # (N,) all tokens of each document
    dictionary: Dictionary  # of the F features

    def __post_init__(self) -> None:
        """Refuse parts that do not belong together."""
        expected = len(self.tokens), self.dictionary.n_features
        if self.counts.shape != expected:
            raise ContractError(f"counts are {self.counts.shape}, tokens and features {expected}")
        most = np.repeat(self.tokens, np.diff(self.counts.indptr))
        if ((self.counts.data < 0) | (self.counts.data > most)).any():
            raise ContractError("a feature counts between none and all tokens of a document")

    @property
    def n_items(self) -> int:
        """N, documents without a feature included."""
        return int(self.counts.shape[0])

    @property
    def n_features(self) -> int:
        """F."""
        return int(self.counts.shape[1])

    @cached_property
    def filled(self) -> NDArray[np.intp]:
        """Ascending documents that show a feature."""
        return np.flatnonzero(np.asarray(self.counts.sum(axis=1)))

    @cached_property
    def shown(self) -> NDArray[np.intp]:
        """Ascending features that a document shows."""
        return np.flatnonzero(np.asarray(self.counts.sum(axis=0)))


@dataclass(frozen=True, slots=True, eq=False)
class FeatureFit:
    """Topics of a fitted model, in its own order."""

    weights: NDArray[np.float64]  # beta, (T, F) rows sum to one
    mixtures: NDArray[np.float64]  # theta, (N, T) rows sum to one; to zero where nothing is said


Fit = Callable[[FeatureCorpus, int, int, Advance], FeatureFit]
"""Corpus, number of topics, seed and progress in; topics out."""


@dataclass(frozen=True, slots=True)
class FeatureModel:
    """A mechanistic topic model that can be chosen by name."""

    name: str  # key of the catalogue
    title: str  # as the paper writes it
    source: str  # the paper that describes it
    procedure: str  # module and function, MODULE:NAME below saetm.mechanistic
    packages: tuple[str, ...] = ()  # imported by the procedure; not all come with saetm

    def fit(self, corpus: FeatureCorpus, n_topics: int, seed: int, advance: Advance) -> FeatureFit:
        """Fit topics to counts of features; same corpus, seed and threads give the same topics.

        Args:
            corpus: documents and features; documents may show none, features may count nowhere.
            n_topics: T, at least two. A model that finds fewer topics returns fewer.
            seed: of every random choice.
            advance: is told the share of work done just now.

        Raises:
            InputError: a package is missing, the corpus or T does not suit the model, or the fit
                diverged; one sentence says which.
        """
        find_packages(self.title, self.packages, extra=EXTRA)
        _check(corpus, n_topics)
        procedure: Fit = load(f"saetm.mechanistic.{self.procedure}")
        fitted = procedure(corpus, n_topics, seed, advance)
        if not (np.isfinite(fitted.weights).all() and np.isfinite(fitted.mixtures).all()):
            raise InputError(f"{self.title} diverged: its {n_topics} topics are not finite")
        return FeatureFit(shares(fitted.weights), shares(fitted.mixtures))


def _check(corpus: FeatureCorpus, n_topics: int) -> None:
    if n_topics < 2:
        raise InputError(f"{n_topics} topics were asked for; a topic model needs at least 2")
    if len(corpus.shown) < 2:
        raise InputError(
            f"{len(corpus.shown)} features occur in the documents; topics need at least 2"
        )
    if len(corpus.filled) < n_topics:
        raise InputError(
            f"{len(corpus.filled)} documents show a feature; "
            f"{n_topics} topics need as many at least"
        )
