"""mBERTopic: clusters of documents among token states, told by class TF-IDF over features."""

import warnings
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from saetm.errors import InputError
from saetm.mechanistic.model import FeatureCorpus, FeatureFit
from saetm.mechanistic.vectors import document_vectors
from saetm.models.bertopic import COMPONENTS, NEIGHBOURS
from saetm.models.model import Advance

if TYPE_CHECKING:
    from bertopic import BERTopic

LEAST_CLUSTER = 10  # documents


def fit_mbertopic(corpus: FeatureCorpus, n_topics: int, seed: int, advance: Advance) -> FeatureFit:
    """Reduce document vectors by UMAP, cluster them by HDBSCAN, score features by class TF-IDF.

    Where HDBSCAN finds more clusters than topics are asked for, BERTopic merges those whose
    documents point alike; where it finds fewer, there are fewer topics. Outliers belong to no
    topic and count for the features' totals alone. Mixtures are HDBSCAN's soft memberships, each
    row divided by its sum: an outlier's too, which says what it lies nearest to.

    Raises:
        InputError: too few documents for UMAP, or fewer than two clusters.

    References:
        Mechanistic topic models (arXiv 2507.23220), Sec. 4.2.3, Eq. 14 and 15; Grootendorst 2022.
    """
    filled = corpus.filled
    if len(filled) <= NEIGHBOURS:
        raise InputError(
            f"mBERTopic needs {NEIGHBOURS + 1} documents with features, not {len(filled)}"
        )
    counts = corpus.counts[filled][:, corpus.shown]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of UMAP: no TensorFlow, and one thread for a seed
        weights, memberships = _topics(counts, document_vectors(corpus)[filled], n_topics, seed)
    advance(1.0)
    beta = np.zeros((len(weights), corpus.n_features))
    beta[:, corpus.shown] = weights
    mixtures = np.zeros((corpus.n_items, len(weights)))
    mixtures[filled] = memberships
    return FeatureFit(beta, mixtures)


def _topics(
    counts: "sparse.csr_array[np.float64]", vectors: NDArray[np.float32], n_topics: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (T, F) class TF-IDF, and (N, T) memberships."""
    places = [str(item) for item in range(len(vectors))]  # what BERTopic takes for texts
    model = _model(counts, seed)
    model.fit_transform(places, vectors)
    n_outlying = int(-1 in model.topics_)  # the outliers' class comes first, and counts as a topic
    found = len(model.get_topics()) - n_outlying
    if found < 2:
        raise InputError(f"mBERTopic found {found} clusters of documents; topics need at least 2")
    if found > n_topics:
        model.reduce_topics(places, nr_topics=n_topics + n_outlying)
    return model.c_tf_idf_.toarray()[n_outlying:], np.asarray(model.probabilities_)


def _model(counts: "sparse.csr_array[np.float64]", seed: int) -> "BERTopic":
    from bertopic import BERTopic  # noqa: PLC0415  # an extra that loads for seconds
    from hdbscan import HDBSCAN  # noqa: PLC0415
    from umap import UMAP  # noqa: PLC0415

    return BERTopic(
        embedding_model=None,
        umap_model=UMAP(NEIGHBOURS, COMPONENTS, min_dist=0.0, metric="cosine", random_state=seed),
        hdbscan_model=HDBSCAN(min_cluster_size=LEAST_CLUSTER, prediction_data=True),
        vectorizer_model=CountedFeatures(counts),
        calculate_probabilities=True,
    )


class CountedFeatures:
    """Counts features where BERTopic asks for words: a text is the places of its documents."""

    def __init__(self, counts: "sparse.csr_array[np.float64]") -> None:
        self.counts = sparse.csr_matrix(counts)  # BERTopic multiplies by *

    def fit_transform(self, texts: list[str]) -> "sparse.csr_matrix[np.float64]":
        """Learn nothing; as `transform`."""
        return self.transform(texts)

    def transform(self, texts: list[str]) -> "sparse.csr_matrix[np.float64]":
        """Return (n, F) sums of counts over the documents of each of n texts."""
        places = [np.array(text.split(), dtype=np.int64) for text in texts]
        rows = np.repeat(np.arange(len(places)), [len(each) for each in places])
        columns = np.concatenate(places)
        shape = len(places), self.counts.shape[0]
        marks = sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=shape)
        return marks @ self.counts

    def get_feature_names_out(self) -> NDArray[np.str_]:
        """Return the numbers of the features as text."""
        return np.arange(self.counts.shape[1]).astype(str)
