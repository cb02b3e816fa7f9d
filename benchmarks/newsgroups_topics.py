"""Compare topics with those of Gibbs LDA, NMF, and k-means with class TF-IDF.

    python benchmarks/newsgroups_topics.py --data FOLDER [--corpus newsgroups] [--seeds 3]

FOLDER holds CORPUS.jsonl.gz with one `text` per line. All models see the same 5,000 lemmas of
the same items; coherence (NPMI of the top 10 words) is measured within the items themselves,
or with --held-out on the half of the items that no model saw.
"""

import argparse
import gzip
import json
import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import simplemma
import tomotopy
from numpy.typing import NDArray
from scipy import sparse
from sklearn.cluster import KMeans
from sklearn.decomposition import NMF
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, TfidfTransformer

from resources.compute import Compute
from resources.encoder import open_encoder
from saetm.cuts import Material, grow_tree
from saetm.emission.config import EmissionConfig
from saetm.emission.solve import solve
from saetm.evidence import merging_vectors
from saetm.metrics.diversity import unique_words
from saetm.metrics.npmi import npmi
from saetm.sae.config import SaeConfig
from saetm.sae.encode import encode
from saetm.sae.item_features import item_features
from saetm.sae.train import train
from saetm.topics.config import TopicConfig
from saetm.topics.cut import cut
from saetm.topics.mixtures import topic_weights
from saetm.topics.word_order import order_scores
from saetm.topics.word_vectors import corpus_word_vectors
from saetm.topics.words import top_words

VOCABULARY_SIZE, MIN_ITEMS, MIN_LETTERS = 5000, 5, 3
GIBBS_SWEEPS = 1000


@dataclass(frozen=True)
class Corpus:
    """What every model sees."""

    counts: "sparse.csr_array[np.float64]"  # (N, V)
    embeddings: NDArray[np.float32]  # (N, D), unit rows
    words: NDArray[np.str_]  # (V,)

    def rows(self, chosen: NDArray[np.int64]) -> "Corpus":
        """Return some of the items."""
        return Corpus(self.counts[chosen], self.embeddings[chosen], self.words)


Model = Callable[[Corpus, int, int], NDArray[np.float64]]
"""Corpus, number of topics and seed in; (T, V) scores of words out."""


def sae_topics(corpus: Corpus, n_topics: int, seed: int) -> NDArray[np.float64]:
    """Fit SAE-TM with the defaults of every part."""
    config = TopicConfig(seed=seed)
    material, decoder = fit_features(corpus, seed)
    tree = grow_tree(merging_vectors(material, decoder, config), material, config)
    parts = material.emissions, material.weights, cut(tree, n_topics)
    return order_scores(*parts, material.word_vectors, config.word_order)


def fit_features(
    corpus: Corpus, seed: int, sae: SaeConfig | None = None
) -> tuple[Material, NDArray[np.float32]]:
    """Train an autoencoder and solve the emissions: what is merged, and the (K, D) decoder."""
    config = (sae or SaeConfig()).model_copy(update={"seed": seed})
    weights = train(corpus.embeddings, config).weights
    shares = item_features(encode(corpus.embeddings, weights))
    material = Material(
        sae_id=weights.sae_id,
        item_ids=[str(row) for row in range(shares.shape[0])],
        shares=shares,
        weights=topic_weights(shares),
        item_counts=np.bincount(shares.indices, minlength=shares.shape[1]),
        emissions=solve(shares, corpus.counts, EmissionConfig(seed=seed)).emissions,
        words=corpus.words.tolist(),
        word_vectors=corpus_word_vectors(
            corpus.counts, dimensions=TopicConfig().word_dimensions, seed=seed
        ),
    )
    return material, weights.decoder


def gibbs_lda(corpus: Corpus, n_topics: int, seed: int) -> NDArray[np.float64]:
    """Fit latent Dirichlet allocation by collapsed Gibbs sampling on one thread."""
    model = tomotopy.LDAModel(k=n_topics, alpha=0.1, eta=0.01, seed=seed)
    for item in range(corpus.counts.shape[0]):
        row = corpus.counts[[item]]
        if row.nnz:
            model.add_doc(list(np.repeat(corpus.words[row.indices], row.data.astype(int))))
    model.train(GIBBS_SWEEPS, workers=1)
    place = {word: column for column, word in enumerate(corpus.words)}
    columns = [place[word] for word in model.used_vocabs]
    scores = np.zeros((n_topics, len(corpus.words)))
    for topic in range(n_topics):
        scores[topic, columns] = model.get_topic_word_dist(topic)
    return scores


def nmf(corpus: Corpus, n_topics: int, seed: int) -> NDArray[np.float64]:
    """Factorise TF-IDF."""
    tfidf = TfidfTransformer().fit_transform(corpus.counts)
    return NMF(n_topics, init="nndsvda", max_iter=400, random_state=seed).fit(tfidf).components_


def kmeans_tfidf(corpus: Corpus, n_topics: int, seed: int) -> NDArray[np.float64]:
    """Cluster items by their embeddings and score words by class TF-IDF, as BERTopic does."""
    labels = KMeans(n_topics, n_init=10, random_state=seed).fit_predict(corpus.embeddings)
    member = sparse.csr_array((np.ones(len(labels)), (labels, np.arange(len(labels)))))
    totals = (member @ corpus.counts).toarray()  # (T, V)
    rarity = np.log(1 + totals.sum() / n_topics / np.maximum(totals.sum(axis=0), 1))
    return totals / totals.sum(axis=1, keepdims=True) * rarity


MODELS: dict[str, Model] = {
    "SAE-TM": sae_topics,
    "Gibbs LDA": gibbs_lda,
    "NMF on TF-IDF": nmf,
    "k-means + class TF-IDF": kmeans_tfidf,
}


def read_corpus(folder: Path, name: str) -> Corpus:
    """Read texts, count lemmas, and embed; embeddings are kept in the temporary folder."""
    with gzip.open(folder / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    tokens, words = number_words(texts)
    return Corpus(count_words(tokens, len(words)), embeddings(texts, name), words)


def number_words(texts: list[str]) -> tuple[list[NDArray[np.int64]], NDArray[np.str_]]:
    """Return the lemmas of each text as word ids, -1 outside the vocabulary, and its V words."""
    items = [lemmas(text) for text in texts]
    frequency = Counter(word for item in items for word in set(item))
    ranked = sorted(frequency, key=lambda word: (-frequency[word], word))
    words = [word for word in ranked if frequency[word] >= MIN_ITEMS][:VOCABULARY_SIZE]
    place = {word: column for column, word in enumerate(words)}
    tokens = [np.array([place.get(word, -1) for word in item], dtype=np.int64) for item in items]
    return tokens, np.array(words)


def count_words(tokens: list[NDArray[np.int64]], n_words: int) -> "sparse.csr_array[np.float64]":
    """Return (N, V) how often each item holds each word."""
    lengths = [len(item) for item in tokens]
    rows, columns = np.repeat(np.arange(len(tokens)), lengths), np.concatenate(tokens)
    known = columns >= 0
    entries = np.ones(known.sum()), (rows[known], columns[known])
    return sparse.csr_array(sparse.coo_array(entries, shape=(len(tokens), n_words)))


def lemmas(text: str) -> list[str]:
    """Return the lemmas of a text that can be words of a topic, in their order."""
    return [lemma for lemma in map(_lemma, _tokens(text)) if _is_word(lemma)]


def _tokens(text: str) -> list[str]:
    return [token for token in re.findall(r"[a-z]+", text.lower()) if _is_word(token)]


def _is_word(token: str) -> bool:
    long_enough = len(token) >= MIN_LETTERS and token.isalpha()
    return long_enough and token.isascii() and token not in ENGLISH_STOP_WORDS


_LEMMAS: dict[str, str] = {}


def _lemma(token: str) -> str:
    if token not in _LEMMAS:
        _LEMMAS[token] = simplemma.lemmatize(token, lang="en").lower()
    return _LEMMAS[token]


def embeddings(texts: list[str], name: str) -> NDArray[np.float32]:
    """Embed texts with MiniLM; the vectors are kept in the temporary folder."""
    cache = Path(tempfile.gettempdir()) / f"saetm_benchmark_{name}_minilm.npy"
    if not cache.exists():
        np.save(cache, open_encoder("minilm", Compute(device="cpu")).encode(texts))
    return np.load(cache)


def compare(fitted: Corpus, judged: Corpus, n_topics: int, n_seeds: int) -> None:
    """Print coherence, diversity and seconds of every model, and the topics of ours."""
    print(f"{'model':24} {'NPMI':>14} {'unique words':>14} {'seconds':>9}")
    for name, model in MODELS.items():
        rows = [_scored(model, fitted, judged, n_topics, seed) for seed in range(n_seeds)]
        means, spread = np.mean(rows, axis=0), np.std(rows, axis=0)
        print(
            f"{name:24} {means[0]:.3f} ± {spread[0]:.3f}  {means[1]:.3f} ± {spread[1]:.3f} "
            f"{means[2]:9.1f}",
            flush=True,
        )
    print_topics(sae_topics(fitted, n_topics, 0), judged)


def _scored(
    model: Model, fitted: Corpus, judged: Corpus, n_topics: int, seed: int
) -> tuple[float, float, float]:
    began = time.perf_counter()
    top = top_words(model(fitted, n_topics, seed), 10)
    seconds = time.perf_counter() - began
    return npmi(top, judged.counts).mean(), unique_words(top), seconds


def print_topics(scores: NDArray[np.float64], judged: Corpus) -> None:
    """Print the top ten words of each topic, heaviest topic first."""
    top = top_words(scores, 10)
    for coherence, row in zip(npmi(top, judged.counts), top, strict=True):
        print(f"{coherence:6.2f}  {' '.join(judged.words[row])}")


def main() -> None:
    """Read the arguments and compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with CORPUS.jsonl.gz")
    parser.add_argument("--corpus", default="newsgroups")
    parser.add_argument("--topics", type=int, default=50)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--held-out", action="store_true", help="fit on half, judge on the rest")
    options = parser.parse_args()
    corpus = read_corpus(options.data, options.corpus)
    halves = corpus, corpus
    if options.held_out:
        order = np.random.default_rng(0).permutation(corpus.counts.shape[0])
        halves = corpus.rows(order[::2]), corpus.rows(order[1::2])
    compare(*halves, options.topics, options.seeds)


if __name__ == "__main__":
    main()
