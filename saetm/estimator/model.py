"""The estimator: fit, transform, topics at any number, save and load."""

import operator
from collections.abc import Iterable
from typing import TYPE_CHECKING, Self

import numpy as np
import polars as pl
from numpy.typing import ArrayLike
from scipy import sparse

from saetm.emission.config import EmissionConfig
from saetm.errors import ContractError
from saetm.estimator.analyse import english_words
from saetm.estimator.conventions import Estimator, UnfittedError
from saetm.estimator.corpus import Analyse, build_corpus
from saetm.estimator.described import describe_features, explain_items, feature_words
from saetm.estimator.device import present
from saetm.estimator.embeddings import embedding_matrix
from saetm.estimator.fitted import Fitted, OnStep, learn
from saetm.estimator.saved import read, write
from saetm.estimator.settings import Settings
from saetm.sae.config import SaeConfig
from saetm.sae.encode import encode
from saetm.sae.item_features import item_features
from saetm.text.config import VocabularyConfig
from saetm.topics.config import TopicConfig
from saetm.topics.mixtures import item_mixtures

if TYPE_CHECKING:
    from _typeshed import StrPath

_VOCABULARY, _SAE = VocabularyConfig(), SaeConfig()
_EMISSION, _MERGING = EmissionConfig(), TopicConfig()


class SAETopicModel(Estimator):
    """Topics from a sparse autoencoder over embeddings (SAE-TM, arXiv 2511.16309).

    What is not set is chosen from the size of the data. The seeds are settings of `sae`,
    `emission` and `merging`. A fitted model is kept by `save`, and never by a pickle.

    Args:
        vocabulary: which words topics may be made of.
        sae: kind, size and training of the autoencoder.
        emission: how features get their words.
        merging: how features are merged into topics, and when an item has one.
        analyse: the words of a text; only `fit` uses it, and a saved model does not hold it.
        device: where to train and encode, as Torch names it.

    Attributes:
        n_features_in_: D, the dimension of the embeddings.
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
        >>> theme = np.sign(np.arange(60) % 3)  # of three items, two are about football
        >>> embeddings = np.eye(2)[theme] @ rng.normal(size=(2, 8)) + rng.normal(size=(60, 8)) / 20
        >>> texts = [("boats in the harbour", "a goal in the match")[each] for each in theme]
        >>> model = SAETopicModel().fit(embeddings, texts)
        >>> sorted(sorted(words[:2]) for words in model.topics(2)["words"])
        [['boats', 'harbour'], ['goal', 'match']]
        >>> model.transform(embeddings[:3], n_topics=2).toarray().argmax(axis=1).tolist()
        [1, 0, 0]
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
        texts: Iterable[str] | None = None,
        *,
        on_step: OnStep | None = None,
    ) -> Self:
        """Learn features from the embeddings and their words from the texts.

        The order of the items does not matter: the same items in any order, with the same
        settings and number of threads on a CPU, give the same bits. A fit that fails leaves
        what was learned before.

        Args:
            embeddings: (N, D) finite vectors of any common scale, N at least 2: an array, lists,
                a frame with a column per dimension, or a column of vectors.
            texts: N texts, one per embedding; without them topics have no words, and features
                are merged by their items alone.
            on_step: told of every look at the held-out items in training.

        Raises:
            ContractError: an argument has another shape or kind, or all embeddings are equal.
            InputError: no word of the texts is in enough of them, or the device is not present.
        """
        settings = Settings.of(self.get_params(deep=False))
        device = present(self.device)
        corpus = build_corpus(embeddings, texts, analyse=self.analyse, config=settings.vocabulary)
        return self._take(learn(corpus, settings, device=device, on_step=on_step))

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
            InputError: the device is not present.
        """
        weights = self._need_fitted().autoencoder
        rows = embedding_matrix(embeddings, dimension=weights.dimension)
        return self._divided(
            item_features(encode(rows, weights, device=present(self.device))), n_topics
        )

    def fit_transform(
        self,
        embeddings: ArrayLike,
        texts: Iterable[str] | None = None,
        *,
        n_topics: int | None = None,
        on_step: OnStep | None = None,
    ) -> "sparse.csr_array[np.floating]":
        """Do `fit`, and return what `transform` gives for the same embeddings.

        Args:
            embeddings: as for `fit`.
            texts: as for `fit`.
            n_topics: as for `transform`.
            on_step: as for `fit`.

        Raises:
            ContractError: as `fit` and `transform`.
            InputError: as `fit`.
        """
        self.fit(embeddings, texts, on_step=on_step)
        return self._divided(self._shares(), n_topics)

    def mixtures(self, n_topics: int) -> "sparse.csr_array[np.floating]":
        """Return the (N, T) shares of topics in the items fitted, as `transform` gives them."""
        return self._divided(self._shares(), n_topics)

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
        fitted, count = self._need_fitted(), _count(n_topics)
        if count not in self._topics:
            self._topics[count] = fitted.cut(count).topics.with_columns(
                pl.col("words").cast(pl.List(pl.String)),  # of no kind where there are no words
                pl.col("probabilities", "specificities").cast(pl.List(pl.Float64)),
                pl.col("items").cast(pl.List(pl.Int64)),
            )
        return self._topics[count].clone()

    def features(self) -> pl.DataFrame:
        """Describe the features, of which topics are made.

        Returns:
            One row per feature, in the order of the columns of `transform`: feature, weight
            (mean share over the items fitted), item_count (items for which it is active), words
            and items (row numbers of the items fitted that show it best).

        Raises:
            ContractError: not fitted.
        """
        fitted = self._need_fitted()
        return describe_features(fitted.material, fitted.settings.merging)

    def explain(self, embeddings: ArrayLike, n_topics: int | None = None) -> pl.DataFrame:
        """Tell in words what items are made of.

        Args:
            embeddings: as for `transform`.
            n_topics: as for `transform`.

        Returns:
            One row per share of `transform` that is not zero: row (of the item), feature or
            topic (the column of `transform`), share and words, and for a topic its topic_id;
            items in their order, largest share first.

        Raises:
            ContractError: as `transform`.
            InputError: as `transform`.
        """
        shares, fitted = self.transform(embeddings, n_topics), self._need_fitted()
        if n_topics is not None:
            told = self.topics(n_topics).select(
                pl.col("rank").cast(pl.Int32).alias("topic"), "topic_id", "words"
            )
            return explain_items(shares, "topic", told)
        active, config = np.unique(shares.indices), fitted.settings.merging
        told = feature_words(fitted.material, active, config)
        return explain_items(shares, "feature", told)

    def save(self, path: "StrPath") -> None:
        """Write the model to a folder of safetensors, Parquet and JSON; it holds no pickle.

        A model that was saved there before is whole until the new one is.

        Raises:
            ContractError: not fitted.
            InputError: the path is no place for a model, or cannot be written.
        """
        write(self._need_fitted(), str(path))

    @classmethod
    def load(cls, path: "StrPath", *, device: str = "cpu") -> Self:
        """Read a model that `save` wrote; it gives the same bits, and nothing in it is executed.

        Raises:
            InputError: the folder is missing, incomplete, damaged, of another version or no
                model.
        """
        fitted = read(str(path))
        model = cls(**dict(fitted.settings), device=device)
        return model._take(fitted)  # its own class

    def _take(self, fitted: Fitted) -> Self:
        self._fitted = fitted
        self._topics: dict[int, pl.DataFrame] = {}  # a number is cut once
        self.n_features_in_ = fitted.autoencoder.dimension
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
        if not self.__sklearn_is_fitted__():
            raise UnfittedError
        return self._fitted

    @property
    def _n_features_out(self) -> int:
        """Columns of `transform`, for `get_feature_names_out`."""
        return self._need_fitted().autoencoder.dictionary_size

    def _shares(self) -> "sparse.csr_array[np.float32]":
        """Return the (N, K) shares of features in the items fitted, in the user's order."""
        fitted = self._need_fitted()
        return fitted.material.shares[np.argsort(fitted.rows)]

    def _divided(
        self, shares: "sparse.csr_array[np.float32]", n_topics: int | None
    ) -> "sparse.csr_array[np.floating]":
        if n_topics is None:
            return shares
        labels = np.full(shares.shape[1], -1, dtype=np.int32)
        for rank, features in enumerate(self.topics(n_topics)["features"]):
            labels[features.to_numpy()] = rank
        return item_mixtures(shares, labels)


def _count(n_topics: int) -> int:
    try:
        count = 0 if isinstance(n_topics, bool) else operator.index(n_topics)
    except TypeError:
        count = 0
    if count < 1:
        raise ContractError(f"n_topics is {n_topics!r}, not a whole number from one")
    return count
