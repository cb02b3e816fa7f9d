"""Real texts as a task for the solvers of emissions."""

import gzip
import json
from pathlib import Path

import numpy as np
from emission_task import Task, split
from newsgroups_topics import embeddings
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer

from saetm.sae.config import SaeConfig
from saetm.sae.encode import encode
from saetm.sae.item_features import item_features
from saetm.sae.train import train

SAE_EPOCHS, ACTIVE = 5, 32
MIN_ITEMS = 3  # per word, so that both corpora have 5,000 words
WORD = r"\b[a-z]{3,}\b"


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
