"""What the solvers of emissions are compared on, and how they are judged."""

import gzip
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from newsgroups_topics import embeddings
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer

from saetm.emission.config import EmissionConfig
from saetm.emission.crew import Crew
from saetm.emission.problem import build_problem
from saetm.sae.config import SaeConfig
from saetm.sae.encode import encode, item_features
from saetm.sae.train import train

BACKGROUND_SHARE = 0.3
CLAMP = 1e-8  # of probabilities, as the authors have it
SAE_EPOCHS, ACTIVE = 5, 32
MIN_ITEMS = 3  # per word, so that both corpora have 5,000 words
WORD = r"\b[a-z]{3,}\b"


@dataclass(frozen=True)
class Task:
    """What both solvers are given, and what they are judged on."""

    theta: "sparse.csr_array[np.float32]"
    """(N, K) mixtures."""
    seen: "sparse.csr_array[np.float64]"
    """(N, V) words to learn from."""
    heldout: "sparse.csr_array[np.float64]"
    """(N, V) words to be judged on."""
    unigram: NDArray[np.float64]
    """(V,) frequencies of the words seen."""
    weights: NDArray[np.float64]
    """(V,) inverse document frequencies over their maximum."""


def read_task(folder: Path, corpus: str, *, n_items: int, n_features: int, n_words: int) -> Task:
    """Count words, hold a tenth of them out, and mix items by an autoencoder of their vectors."""
    with gzip.open(folder / f"{corpus}.jsonl.gz", "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    vectors = embeddings(texts, corpus)[:n_items]
    counter = CountVectorizer(
        stop_words="english", min_df=MIN_ITEMS, max_features=n_words, token_pattern=WORD
    )
    counts = sparse.csr_array(counter.fit_transform(texts[:n_items]), dtype=np.float64)
    config = SaeConfig(dictionary_size=n_features, active_features=ACTIVE, epochs=SAE_EPOCHS)
    theta = item_features(encode(vectors, train(vectors, config).weights))
    return split(theta, counts)


def split(theta: "sparse.csr_array[np.float32]", counts: "sparse.csr_array[np.float64]") -> Task:
    """Hold a tenth of all occurrences of words out."""
    heldout = counts.copy()
    heldout.data = np.random.default_rng(0).binomial(counts.data.astype(int), 0.1).astype(float)
    heldout.eliminate_zeros()
    seen = sparse.csr_array(counts - heldout)
    seen.eliminate_zeros()
    columns = build_problem(theta, seen, EmissionConfig(), Crew(1)).columns
    return Task(theta, seen, heldout, columns.unigram, columns.weight)


def judge(task: Task, emissions: NDArray[np.floating]) -> float:
    """Return the log likelihood per weighted held-out word of (K, V) emissions."""
    words = task.heldout.tocoo()
    picked = task.theta[words.row]  # (E, K)
    entry = np.repeat(np.arange(len(words.row)), np.diff(picked.indptr))
    said = picked.data * emissions[picked.indices, words.col[entry]]
    q = (1 - BACKGROUND_SHARE) * np.bincount(entry, weights=said, minlength=len(words.row))
    q += BACKGROUND_SHARE * task.unigram[words.col]
    weighted = words.data * task.weights[words.col]
    return float(weighted @ np.log(np.maximum(q, CLAMP)) / weighted.sum())
