"""The estimator: fit, transform, topics at any number, save and load."""

import operator
from collections.abc import Sequence
from typing import TYPE_CHECKING, Self

import numpy as np
import polars as pl
from numpy.typing import ArrayLike
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin

from saetm.cuts import Cut
from saetm.emission.config import EmissionConfig
from saetm.errors import ContractError
from saetm.estimator.analyse import english_words
from saetm.estimator.corpus import Analyse, build_corpus, float_matrix
from saetm.estimator.fitted import Fitted, OnStep, learn
from saetm.estimator.saved import read, write
from saetm.estimator.settings import Settings
from saetm.sae.config import SaeConfig
from saetm.sae.encode import encode, item_features
from saetm.text.config import VocabularyConfig
from saetm.topics.config import TopicConfig
from saetm.topics.mixtures import item_mixtures

if TYPE_CHECKING:
    from _typeshed import StrPath

_VOCABULARY, _SAE = VocabularyConfig(), SaeConfig()
_EMISSION, _MERGING = EmissionConfig(), TopicConfig()


class SAETopicModel(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # sklearn has no types
    """Topics from a sparse autoencoder over embeddings (SAE-TM, arXiv 2511.16309).

    Args:
        vocabulary: which words topics may be made of.
        sae: kind, size and training of the autoencoder.
        emission: how features get their words.
        merging: how features are merged into topics, and when an item has one.
        analyse: the words of a text; only `fit` uses it, and a saved model does not hold it.
        device: where to train and encode, as Torch names it.

    Attributes:
        autoencoder_: the sparse autoencoder, a `saetm.sae.weights.Weights`.
        weights_: (K,) mean share of each feature over the items fitted.
        vocabulary_: V rows of word_id, word, document_frequency and word_count.
        emissions_: the word distribution of every feature, an `Emissions`.
        feature_vectors_: (K, E) vectors by which features are merged.
        tree_: the topic tree, a `saetm.topics.tree.Tree`.
        variance_explained_: of held-out items; None where none was held out (under 20 items).
        l0_: mean number of active features per held-out item.
        dead_share_: share of features that fire for no training item.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> theme = np.arange(60) % 2
        >>> embeddings = np.eye(2)[theme] @ rng.normal(size=(2, 8)) + rng.normal(size=(60, 8)) / 20
        >>> texts = [("boats in the harbour", "a goal in the match")[each] for each in theme]
        >>> model = SAETopicModel(sae=SaeConfig(epochs=20)).fit(embeddings, texts)
        >>> sorted(sorted(words[:2]) for words in model.topics(2)["words"])
        [['boats', 'harbour'], ['goal', 'match']]
        >>> model.transform(embeddings[:3], n_topics=2).toarray().argmax(axis=1).tolist()
        [0, 1, 0]
    """

    def __init__(
        self,
        *,
        vocabulary: VocabularyConfig = _VOCABULARY,
        sae: SaeConfig = _SAE,
        emission: EmissionConfig = _EMISSION,
        merging: TopicConfig = _MERGING,
        analyse: Analyse = english_words,
        device: str = "cpu",
    ) -> None:
        self.vocabulary = vocabulary
        self.sae = sae
        self.emission = emission
        self.merging = merging
        self.analyse = analyse
        self.device = device

    def fit(
        self,
        embeddings: ArrayLike,
        texts: Sequence[str] | None = None,
        *,
        on_step: OnStep | None = None,
    ) -> Self:
        """Learn features from the embeddings and their words from the texts.

        The order of the items does not matter: the same items in any order, with the same
        settings and number of threads on a CPU, give the same bits.

        Args:
            embeddings: (N, D) finite vectors of any common scale, N at least 2.
            texts: N texts, one per embedding; without them topics have no words, and features
                are merged by the directions of the decoder.
            on_step: told of every look at the held-out items in training.

        Raises:
            ContractError: an argument has another shape or kind, or all embeddings are equal.
            InputError: no word of the texts is in enough of them.
        """
        corpus = build_corpus(embeddings, texts, analyse=self.analyse, config=self.vocabulary)
        settings = Settings(
            vocabulary=self.vocabulary, sae=self.sae, emission=self.emission, merging=self.merging
        )
        return self._take(learn(corpus, settings, device=self.device, on_step=on_step))

    def transform(
        self, embeddings: ArrayLike, n_topics: int | None = None
    ) -> "sparse.csr_array[np.floating]":
        """Return what items are made of; an item has the same bits alone and in any batch.

        Args:
            embeddings: (N, D) finite vectors of the encoder that was fitted.
            n_topics: None for features, or a number of topics as for `topics`.

        Returns:
            (N, K) float32 shares of features, or (N, T) float64 shares of topics with columns
            in the order of `topics`. A row sums to one, or to zero where no feature is active.

        Raises:
            ContractError: not fitted, or an argument has another shape or is not finite.
        """
        fitted = self._need_fitted()
        activations = encode(float_matrix(embeddings), fitted.autoencoder, device=self.device)
        return self._divided(item_features(activations), n_topics)

    def mixtures(self, n_topics: int) -> "sparse.csr_array[np.floating]":
        """Return the (N, T) shares of topics in the items fitted, as `transform` gives them."""
        fitted = self._need_fitted()
        shares = fitted.material.shares[np.argsort(fitted.rows)]
        return self._divided(shares, n_topics)

    def topics(self, n_topics: int) -> pl.DataFrame:
        """Describe the topics at any number, without training again.

        Topics nest: each at a larger number lies within one at a smaller number (with
        `merging.method` "kmeans" they do not).

        Args:
            n_topics: T, at least one; fewer come back where there are fewer features.

        Returns:
            One row per topic, heaviest first: topic_id, rank, weight (mean share over the
            items fitted), item_count (items in which it is present), features, words,
            probabilities and specificities of its top words, items (row numbers of the items
            fitted that show it best), method.

        Raises:
            ContractError: not fitted, or n_topics is no whole number from one.
        """
        return self._cut(n_topics).topics.with_columns(
            pl.col("words").cast(pl.List(pl.String)),  # of no kind where there are no words
            pl.col("probabilities", "specificities").cast(pl.List(pl.Float64)),
            pl.col("items").cast(pl.List(pl.Int64)),
        )

    def save(self, path: "StrPath") -> None:
        """Write the model to one safetensors file; it holds no pickle.

        Raises:
            ContractError: not fitted.
            InputError: the file cannot be written.
        """
        write(self._need_fitted(), str(path))

    @classmethod
    def load(cls, path: "StrPath", *, device: str = "cpu") -> Self:
        """Read a model that `save` wrote; it gives the same bits.

        Raises:
            InputError: the file is missing, cut off, damaged, of another version or no model.
        """
        fitted = read(str(path))
        model = cls(**dict(fitted.settings), device=device)
        return model._take(fitted)  # its own class

    def _take(self, fitted: Fitted) -> Self:
        self._fitted = fitted
        self._cuts: dict[int, Cut] = {}
        self.autoencoder_ = fitted.autoencoder
        self.weights_ = fitted.material.weights
        self.vocabulary_ = fitted.vocabulary
        self.emissions_ = fitted.material.emissions
        self.feature_vectors_ = fitted.vectors
        self.tree_ = fitted.tree
        self.variance_explained_ = fitted.quality.variance_explained
        self.l0_ = fitted.quality.l0
        self.dead_share_ = fitted.quality.dead_share
        return self

    def _need_fitted(self) -> Fitted:
        if not hasattr(self, "_fitted"):
            raise ContractError("this model has learned nothing yet: call fit, or load a saved one")
        return self._fitted

    def _cut(self, n_topics: int) -> Cut:
        """Divide the features; a number is cut once and kept."""
        fitted, count = self._need_fitted(), _count(n_topics)
        if count not in self._cuts:
            self._cuts[count] = fitted.cut(count)
        return self._cuts[count]

    def _divided(
        self, shares: "sparse.csr_array[np.float32]", n_topics: int | None
    ) -> "sparse.csr_array[np.floating]":
        if n_topics is None:
            return shares
        labels = np.full(shares.shape[1], -1, dtype=np.int32)
        for rank, features in enumerate(self._cut(n_topics).topics["features"]):
            labels[features.to_numpy()] = rank
        return item_mixtures(shares, labels)


def _count(n_topics: int) -> int:
    try:
        count = operator.index(n_topics)
    except TypeError:
        count = 0
    if count < 1:
        raise ContractError(f"n_topics is {n_topics!r}, not a whole number from one")
    return count
