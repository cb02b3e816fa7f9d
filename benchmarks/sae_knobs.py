"""What the settings of a training do on small data: the defaults, and one change each.

    python benchmarks/sae_knobs.py --data ../shared/data --corpus newsgroups

Vectors are those of newsgroup posts or UN debates that newsgroups_topics.py keeps in the
temporary folder, or of photographs (flickr8k_mobilenetv2.parquet in --data). Every line is three
seeds of initial weights and of held-out rows; each table has the name of its corpus.
"""

import tempfile
import time
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray
from published import Cell, Heading, arguments, publish
from sae_variants import VARIANTS

from saetm.sae.config import SaeConfig
from saetm.sae.train import Training, train

Vectors = NDArray[np.float32]

CHANGES: dict[str, dict[str, float | str]] = {
    "rule topk": {"kind": "topk"},
    "encoder at the start x 0.1": {"encoder_scale": 0.1},
    "encoder at the start x 1": {"encoder_scale": 1.0},
    "no tie of the encoder": {"encoder_tie": 0.0},
    "tie of the encoder 3": {"encoder_tie": 3.0},
    "tie of the encoder 30": {"encoder_tie": 30.0},
    "learning rate 0.001": {"learning_rate": 1e-3},
    "learning rate 0.01": {"learning_rate": 1e-2},
    "no decay": {"decay_share": 0.0},
    "decay from the start": {"decay_share": 1.0},
    "batch 64": {"batch_size": 64},
    "batch 512": {"batch_size": 512},
    "dead after 1 pass": {"dead_patience": 1.0},
    "no revival": {"auxiliary_coefficient": 0.0},
}
SCALINGS: dict[str, Callable[[Vectors], Vectors]] = {
    "unit rows": lambda rows: rows / np.linalg.norm(rows, axis=1, keepdims=True),
    "standardised columns": lambda rows: (rows - rows.mean(axis=0)) / (rows.std(axis=0) + 1e-6),
}
SEEDS = (0, 1, 2)


def main() -> None:
    """Train with every change and publish the table of a corpus."""
    parser = arguments(__doc__)
    parser.add_argument("--data", type=Path, help="folder with flickr8k_mobilenetv2.parquet")
    parser.add_argument("--corpus", default="newsgroups", help="newsgroups, un_debates or images")
    parser.add_argument("--items", type=int, default=5000, help="rows of the corpus to use")
    options = parser.parse_args()
    rows = vectors(options.corpus, options.data)[: 1000 if options.short else options.items]
    seeds = SEEDS[:2] if options.short else SEEDS
    warm_up()
    lines = [line("defaults", rows, {}, seeds)]
    for name, change in CHANGES.items():
        lines.append(line(name, rows, change, seeds))
        if options.short and len(lines) > 3:
            break
    lines += [line(name, scaling(rows), {}, seeds) for name, scaling in SCALINGS.items()]
    for name, variant in VARIANTS.items():
        with variant():
            lines.append(line(name, rows, {}, seeds))
    publish(options.results, f"sae_knobs_{options.corpus}", lines, heading(options.corpus, rows))


def heading(corpus: str, rows: Vectors) -> Heading:
    """Say what the table holds."""
    n_items, dimension = rows.shape
    return Heading(
        f"Settings of an autoencoder on {n_items:,} vectors of {corpus}",
        f"Defaults (K, k, passes by the size of the data; {dimension} dimensions) and one change "
        "each; means over three seeds. `explained` is the share of held-out variance explained, "
        "with its standard deviation over seeds (which have their own held-out rows), `L0` the "
        "mean number of features active in a held-out row (more explain more: compare at equal "
        "L0), `dead` the share of features that no training row activates, `stable` the mean over "
        "features of the largest cosine with a feature of another seed. The first line is what "
        "`train` does; the last lines are ways that it does not offer.",
        f"python benchmarks/sae_knobs.py --data ../shared/data --corpus {corpus}",
    )


def line(
    name: str, rows: Vectors, change: dict[str, float | str], seeds: tuple[int, ...]
) -> dict[str, Cell]:
    """Train with a change for every seed."""
    began = time.process_time()
    trainings = [train(rows, SaeConfig.model_validate({**change, "seed": seed})) for seed in seeds]
    seconds = (time.process_time() - began) / len(seeds)
    explained = [training.variance_explained or 0.0 for training in trainings]
    print(f"{name}: {np.mean(explained):.4f} in {seconds:.1f} s", flush=True)
    return {
        "setting": name,
        "explained": float(np.mean(explained)),
        "deviation": float(np.std(explained)),
        "L0": float(np.mean([training.l0 for training in trainings])),
        "dead": float(np.mean([training.dead_share for training in trainings])),
        "stable": stability(trainings),
        "CPU s": seconds,
    }


def stability(trainings: list[Training]) -> float:
    """Return how well the features of one seed are found among those of another."""
    best = [
        (one.weights.decoder @ two.weights.decoder.T).max(axis=1).mean()
        for one, two in combinations(trainings, 2)
    ]
    return float(np.mean(best))


def vectors(corpus: str, folder: Path | None) -> Vectors:
    """Read the vectors of a corpus in random order."""
    if corpus == "images":
        path = (folder or Path()) / "flickr8k_mobilenetv2.parquet"
        rows = np.array(pl.read_parquet(path)["embedding"].to_list(), dtype=np.float32)
    else:
        path = Path(tempfile.gettempdir()) / f"saetm_benchmark_{corpus}_minilm.npy"
        rows = np.load(path).astype(np.float32)
    return rows[np.random.default_rng(0).permutation(len(rows))]


def warm_up() -> None:
    """Let Torch load what it loads on first use."""
    train(np.eye(8, dtype=np.float32), SaeConfig(epochs=2))


if __name__ == "__main__":
    main()
