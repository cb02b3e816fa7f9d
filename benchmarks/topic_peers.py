"""Peers behind the same face as our topic model; BERTopic and FASTopic may be absent."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from sklearn.cluster import KMeans
from sklearn.feature_extraction.text import CountVectorizer
from token_corpus import TokenCorpus
from topic_models import N_TOP, Topics

from saetm.topics.words import top_words

EPOCHS, FEWER_EPOCHS, MANY = 200, 50, 100  # FASTopic takes minutes; fewer epochs for many topics


def bertopic_kmeans(corpus: TokenCorpus, counts: Sequence[int], seed: int) -> list[Topics]:
    """Fit BERTopic as its manual says for a given number of topics: UMAP, then k-means."""
    return [
        _bertopic(corpus, seed, hdbscan_model=KMeans(count, random_state=seed)) for count in counts
    ]


def bertopic_hdbscan(corpus: TokenCorpus, counts: Sequence[int], seed: int) -> list[Topics]:
    """Fit BERTopic with HDBSCAN and merge its topics down; its outliers are no topic."""
    return [_bertopic(corpus, seed, nr_topics=count + 1) for count in counts]


def _bertopic(corpus: TokenCorpus, seed: int, **options: object) -> Topics:
    from bertopic import BERTopic  # noqa: PLC0415  # may be absent
    from umap import UMAP  # noqa: PLC0415  # comes with it

    began = time.process_time()
    words = CountVectorizer(vocabulary=corpus.words.tolist(), analyzer=str.split)
    reduce = UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=seed)
    model = BERTopic(umap_model=reduce, vectorizer_model=words, embedding_model=None, **options)
    labels, _ = model.fit_transform(corpus.texts, corpus.embeddings)
    top = top_words(model.c_tf_idf_.toarray(), N_TOP)
    seconds = time.process_time() - began
    ids, sizes = np.unique(labels, return_counts=True)
    return Topics(top[ids >= 0], sizes[ids >= 0] / len(labels), seconds)


@dataclass(frozen=True)
class _Counted:
    """A corpus that is counted already, as FASTopic takes it from a preprocessor."""

    corpus: TokenCorpus

    def preprocess(self, _: list[str]) -> dict[str, object]:
        """Return the bags whatever the texts."""
        return {"train_bow": self.corpus.counts, "vocab": self.corpus.words.tolist()}


def fastopic(corpus: TokenCorpus, counts: Sequence[int], seed: int) -> list[Topics]:
    """Fit FASTopic with its defaults, the whole corpus in one batch."""
    return [_fastopic(corpus, count, seed) for count in counts]


def _fastopic(corpus: TokenCorpus, count: int, seed: int) -> Topics:
    from fastopic import FASTopic  # noqa: PLC0415  # may be absent

    torch.default_generator.manual_seed(seed)  # FASTopic draws from no other
    began = time.process_time()
    model = FASTopic(count, preprocess=_Counted(corpus), doc_embed_model=object(), device="cpu")
    epochs = EPOCHS if count <= MANY else FEWER_EPOCHS
    model.fit_transform(corpus.texts, epochs, preset_doc_embeddings=corpus.embeddings)
    top = top_words(model.beta, N_TOP)
    seconds = time.process_time() - began
    mass = model.get_topic_weights()
    return Topics(top, mass / mass.sum(), seconds)


def clusters(corpus: TokenCorpus, counts: Sequence[int], seed: int) -> list[Topics]:
    """Cluster the embeddings themselves by k-means and score words by class TF-IDF."""
    return [_clusters(corpus, count, seed) for count in counts]


def _clusters(corpus: TokenCorpus, count: int, seed: int) -> Topics:
    began = time.process_time()
    labels = KMeans(count, n_init=10, random_state=seed).fit_predict(corpus.embeddings)
    member = sparse.csr_array((np.ones(len(labels)), (labels, np.arange(len(labels)))))
    totals = (member @ corpus.counts).toarray()  # (T, V)
    rarity = np.log(1 + totals.sum() / count / np.maximum(totals.sum(axis=0), 1))
    top = top_words(totals / totals.sum(axis=1, keepdims=True) * rarity, N_TOP)
    seconds = time.process_time() - began
    return Topics(top, np.bincount(labels, minlength=count) / len(labels), seconds)


@dataclass(frozen=True)
class OfBags:
    """A model of bags of words alone; its topics count as equally large."""

    scores: Callable[..., NDArray[np.float64]]  # (T, V) for a bag, a number of topics and a seed

    def __call__(self, corpus: TokenCorpus, counts: Sequence[int], seed: int) -> list[Topics]:
        """Fit once per number of topics."""
        return [self._one(corpus, count, seed) for count in counts]

    def _one(self, corpus: TokenCorpus, count: int, seed: int) -> Topics:
        began = time.process_time()
        top = top_words(self.scores(corpus.bag, count, seed), N_TOP)
        seconds = time.process_time() - began
        return Topics(top, np.full(count, 1 / count), seconds)
