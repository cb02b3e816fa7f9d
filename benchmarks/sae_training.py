"""The three kinds of sparse autoencoder on given vectors: what they explain, and how long it takes.

    python benchmarks/sae_training.py --data FOLDER

FOLDER holds flickr8k_mobilenetv2.parquet (image vectors in a column `embedding`) and
newsgroups.jsonl.gz (one `text` per line; their vectors are latent semantic ones, 256 dimensions,
so that the run needs no model).
"""

import gzip
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import numpy as np
import polars as pl
from numpy.typing import NDArray
from published import Cell, Heading, arguments, publish
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import normalize

from saetm.sae.config import Kind, SaeConfig
from saetm.sae.encode import encode
from saetm.sae.train import train

DIMENSIONS = 256
KINDS: tuple[Kind, ...] = get_args(Kind)
HEADING = Heading(
    "The three kinds of autoencoder",
    "Trained by the defaults on 8,000 photographs (MobileNetV2, 1,280 dimensions) and 5,000 "
    "newsgroup posts (latent semantic vectors). `explained` is the share of the variance of "
    "held-out rows, `dead` the share of features that no training row activates; CPU seconds are "
    "those of all threads, and `CPU x` is relative to batch_topk, the default.",
    "python benchmarks/sae_training.py --data ../shared/data",
)


def main() -> None:
    """Train every kind on both data sets and publish the table."""
    parser = arguments(__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with both files")
    options = parser.parse_args()
    warm_up()
    sources: dict[str, Callable[[Path], NDArray[np.float32]]] = {
        "flickr8k, MobileNetV2": image_vectors,
        "newsgroups, latent semantic": text_vectors,
    }
    lines: list[dict[str, Cell]] = []
    for name, source in sources.items():
        embeddings = source(options.data)[: 1000 if options.short else None]
        rows = [line(name, embeddings, kind, 10 if options.short else None) for kind in KINDS]
        base = float(rows[0]["CPU s"] or 0.0)
        lines += [row | {"CPU x": float(row["CPU s"] or 0.0) / base} for row in rows]
    publish(options.results, "sae_training", lines, HEADING)


def line(
    data: str, embeddings: NDArray[np.float32], kind: Kind, epochs: int | None
) -> dict[str, Cell]:
    """Train one kind and encode all items with it."""
    began, cpu_began = time.perf_counter(), time.process_time()
    training = train(embeddings, SaeConfig(kind=kind, epochs=epochs))
    trained, cpu_trained = time.perf_counter(), time.process_time()
    encode(embeddings, training.weights)
    encoded = time.perf_counter()
    print(f"{data}, {kind}: {trained - began:.1f} s", flush=True)
    return {
        "data": data,
        "kind": kind,
        "K": training.weights.dictionary_size,
        "explained": training.variance_explained,
        "L0": training.l0,
        "dead": training.dead_share,
        "seconds": trained - began,
        "CPU s": cpu_trained - cpu_began,
        "encode s": encoded - trained,
    }


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
