"""BERTopic: clusters of embeddings, described by the words that set them apart."""

import warnings
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from saetm.errors import InputError
from saetm.models.model import Advance, Corpus, ModelFit
from saetm.models.shares import distributions

if TYPE_CHECKING:
    from sklearn.feature_extraction.text import CountVectorizer

NEIGHBOURS, COMPONENTS = 15, 5  # BERTopic's own settings of UMAP


def fit_bertopic(corpus: Corpus, n_topics: int, seed: int, advance: Advance) -> ModelFit:
    """Reduce embeddings by UMAP, cluster them by k-means, score words by class TF-IDF.

    With k-means there are no outliers: each item belongs to one topic.

    Raises:
        InputError: too few items for UMAP or for so many clusters.

    References:
        Grootendorst 2022, BERTopic: neural topic modeling with a class-based TF-IDF procedure.
    """
    _check(corpus, n_topics)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of UMAP: no TensorFlow, and one thread for a seed
        scores, labels = _clusters(corpus, n_topics, seed)
    advance(1.0)
    if len(scores) != n_topics:
        raise InputError(f"BERTopic found only {len(scores)} clusters, not {n_topics}")
    mixtures = np.zeros((corpus.n_items, n_topics))
    mixtures[np.arange(len(labels)), labels] = 1.0
    counts = (sparse.csr_array(mixtures).T @ corpus.counts).toarray()
    return ModelFit(scores, distributions(counts, corpus.counts), mixtures)


def _clusters(
    corpus: Corpus, n_topics: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return (T, V) class TF-IDF and the (N,) clusters of items."""
    from bertopic import BERTopic  # noqa: PLC0415  # an extra that loads for seconds
    from sklearn.cluster import KMeans  # noqa: PLC0415
    from umap import UMAP  # noqa: PLC0415

    reduce = UMAP(NEIGHBOURS, COMPONENTS, min_dist=0.0, metric="cosine", random_state=seed)
    model = BERTopic(
        embedding_model=None,
        umap_model=reduce,
        hdbscan_model=KMeans(n_topics, random_state=seed),
        vectorizer_model=_counter(corpus),
    )
    labels, _ = model.fit_transform(_texts(corpus), corpus.embeddings)
    return model.c_tf_idf_.toarray().astype(float), np.asarray(labels)


def _check(corpus: Corpus, n_topics: int) -> None:
    needed = max(NEIGHBOURS + 1, n_topics)
    if corpus.n_items < needed:
        raise InputError(
            f"BERTopic needs {needed} items for {n_topics} topics, not {corpus.n_items}"
        )


def _counter(corpus: Corpus) -> "CountVectorizer":
    """Return what finds words by their numbers: BERTopic strips signs from texts."""
    from sklearn.feature_extraction.text import CountVectorizer  # noqa: PLC0415

    numbers = [str(word) for word in range(corpus.n_words)]
    return CountVectorizer(vocabulary=numbers, analyzer=str.split)


def _texts(corpus: Corpus) -> list[str]:
    bags = [corpus.counts[[item]] for item in range(corpus.n_items)]
    return [" ".join(np.repeat(bag.indices, bag.data.astype(int)).astype(str)) for bag in bags]
