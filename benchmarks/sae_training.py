"""The three kinds of sparse autoencoder on given vectors: what they explain, and how long it takes.

    python benchmarks/sae_training.py --data FOLDER

FOLDER holds flickr8k_mobilenetv2.parquet (image vectors in a column `embedding`) and
newsgroups.jsonl.gz (one `text` per line; their vectors are latent semantic ones, 256 dimensions,
so that the run needs no model). One run prints the tables. Seconds are those of the clock, CPU
seconds those of all threads, which a busy machine changes less; ratios are to batch_topk.
"""

import argparse
import gzip
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import numpy as np
import polars as pl
import torch
from numpy.typing import NDArray
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import normalize

from saetm.sae.config import Kind, SaeConfig
from saetm.sae.encode import encode
from saetm.sae.train import Training, train

DIMENSIONS = 256
COLUMNS = (
    "kind", "K", "explained", "L0", "dead", "seconds", "CPU s", "encode s", "explained x", "CPU x",
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One training."""

    training: Training
    seconds: float
    cpu_seconds: float
    encode_seconds: float  # of all items, by the clock


def main() -> None:
    """Train every kind on both data sets and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with both files")
    parser.add_argument("--epochs", type=int, default=None, help="chosen by the size if not given")
    options = parser.parse_args()
    warm_up()
    sources: dict[str, Callable[[Path], NDArray[np.float32]]] = {
        "flickr8k, MobileNetV2": image_vectors,
        "newsgroups, latent semantic": text_vectors,
    }
    for name, source in sources.items():
        embeddings = source(options.data)
        n_items, dimension = embeddings.shape
        print(f"\n{name}: {n_items} x {dimension}, {torch.get_num_threads()} threads")
        print("".join(f"{column:>12}" for column in COLUMNS))
        rows = {kind: measure(embeddings, kind, options.epochs) for kind in get_args(Kind)}
        report(rows)


def measure(embeddings: NDArray[np.float32], kind: Kind, epochs: int | None) -> Row:
    """Train one kind and encode all items with it."""
    began, cpu_began = time.perf_counter(), time.process_time()
    training = train(embeddings, SaeConfig(kind=kind, epochs=epochs))
    trained, cpu_trained = time.perf_counter(), time.process_time()
    encode(embeddings, training.weights)
    encoded = time.perf_counter()
    return Row(training, trained - began, cpu_trained - cpu_began, encoded - trained)


def report(rows: dict[Kind, Row]) -> None:
    """Print one line per kind."""
    base = rows["batch_topk"]
    for kind, row in rows.items():
        training = row.training
        explained = training.variance_explained or 0.0
        cells = (
            kind,
            f"{training.weights.dictionary_size}",
            f"{explained:.4f}",
            f"{training.l0:.1f}",
            f"{training.dead_share:.3f}",
            f"{row.seconds:.1f}",
            f"{row.cpu_seconds:.1f}",
            f"{row.encode_seconds:.2f}",
            f"{explained / (base.training.variance_explained or 1.0):.2f}",
            f"{row.cpu_seconds / base.cpu_seconds:.2f}",
        )
        print("".join(f"{cell:>12}" for cell in cells), flush=True)


def warm_up() -> None:
    """Let Torch load what it loads on first use."""
    train(np.eye(8, dtype=np.float32), SaeConfig(epochs=2))


def image_vectors(folder: Path) -> NDArray[np.float32]:
    """Read the (N, 1280) vectors of the photographs."""
    frame = pl.read_parquet(folder / "flickr8k_mobilenetv2.parquet", columns=["embedding"])
    return np.array(frame["embedding"].to_list(), dtype=np.float32)


def text_vectors(folder: Path) -> NDArray[np.float32]:
    """Embed the posts by the leading singular vectors of their TF-IDF matrix, norm one."""
    with gzip.open(folder / "newsgroups.jsonl.gz", "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    weighted = TfidfVectorizer(min_df=3, sublinear_tf=True, stop_words="english")
    reduced = TruncatedSVD(DIMENSIONS, random_state=0).fit_transform(weighted.fit_transform(texts))
    return normalize(reduced).astype(np.float32)


if __name__ == "__main__":
    main()
