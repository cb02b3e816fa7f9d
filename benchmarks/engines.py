"""Row work by one process and on Ray: rows per second, and what the process that commits does.

    pip install -c constraints.txt -e .[ray]
    python benchmarks/engines.py [--short]

Vectors of 768 dimensions are drawn around planted directions and appended to a lake in a
temporary folder; then an autoencoder encodes them portion by portion, in this process and on
Ray actors of one thread each on the same machine. Commits are part of what is timed.
"""

import importlib.util
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl
import torch
from deltalake import DeltaTable
from numpy.typing import NDArray
from published import Cell, Heading, arguments, publish

from resources.engine import Engine, open_engine
from resources.lake import Lake
from resources.portions import Owed, Work
from resources.settings import now
from saetm.bridge import VECTOR_DTYPE, csr_to_lists, series_to_vectors, vectors_to_series
from saetm.rows import IDENTITY, digest
from saetm.sae.config import SaeConfig
from saetm.sae.encode import encode
from saetm.sae.train import train
from saetm.sae.weights import Weights
from saetm.tables import ACTIVATIONS, EMBEDDINGS, Table

DIMENSION, N_DIRECTIONS, PARTS = 768, 2_000, 16
N_FEATURES, ACTIVE = 6_144, 32
PORTION = 8_192
LEARNED = 16_384  # vectors
HEADING = Heading(
    "Row work by one process and on Ray",
    "768 dimensions, 6,144 features of which 32 are active, portions of 8,192 rows read from a "
    "lake, encoded, and committed one by one; every worker has one thread. `seconds` are from the "
    "first call to the last commit, which on Ray includes the start of the workers and of their "
    "imports; `rows per s` counts from the first commit on. `driver CPU` are processor seconds of "
    "the process that commits, and bound how many workers it can serve. The first row is what "
    "commits of the vectors themselves take, which the driver does for `embeddings`. `bytes per "
    "row` are of the table's files. The machine has two cores for the driver and all workers, so "
    "two workers show what Ray costs, not what it gains.",
    "python benchmarks/engines.py",
    peers=("ray",),
)


def vectors_of_chance(n_items: int) -> NDArray[np.float32]:
    """Draw sums of few of the planted directions, with noise: (n, D)."""
    rng = np.random.default_rng(0)
    directions = rng.standard_normal((N_DIRECTIONS, DIMENSION)).astype(np.float32)
    chosen = rng.integers(0, N_DIRECTIONS, (n_items, PARTS))
    vectors = 0.3 * rng.standard_normal((n_items, DIMENSION)).astype(np.float32)
    for part in range(PARTS):
        vectors += directions[chosen[:, part]]
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def embedded(vectors: NDArray[np.float32], ids: list[str]) -> pl.DataFrame:
    """Make rows of the table of embeddings."""
    frame = pl.DataFrame({"item_id": ids, "input_hash": [each[::-1] for each in ids]})
    constant = {"producer": "planted", "dim": DIMENSION, "dtype": VECTOR_DTYPE, **stamps()}
    return frame.with_columns(vectors_to_series(vectors)).with_columns(
        pl.lit(value).alias(name) for name, value in constant.items()
    )


def stamps() -> dict[str, str | datetime]:
    """Return what every row of a run has."""
    return {"dataset": "planted", "run_id": "benchmark", "created_at": now()}


def opened(weights: Weights) -> Work:
    """Open the work in a worker: one thread each, as Ray gives them."""
    torch.set_num_threads(1)
    return partial(encoded, weights)


def encoded(weights: Weights, rows: pl.DataFrame) -> pl.DataFrame:
    """Encode a portion."""
    codes = encode(series_to_vectors(rows["vector"]), weights)
    features, values = csr_to_lists(codes)
    return rows.select("item_id", "input_hash", features=features, activations=values)


def bytes_per_row(lake: Lake, table: Table) -> float:
    """Return the size of the table's files per row."""
    files = pl.DataFrame(DeltaTable(lake.uri(table)).get_add_actions(flatten=True))
    return float(files["size_bytes"].sum() / files["num_records"].sum())


def measured(
    way: str, lake: Lake, table: Table, work: Callable[[], "list[float]"]
) -> dict[str, Cell]:
    """Time the commits of a way; `work` returns the instant of each, and the rows before it."""
    start, before = time.perf_counter(), time.process_time()
    instants = work()
    seconds, cpu = time.perf_counter() - start, time.process_time() - before
    n_rows = lake.scan(table).select(pl.len()).collect().item()
    steady = (n_rows - PORTION) / (instants[-1] - instants[0]) if len(instants) > 1 else None
    return {
        "way": way,
        "rows": n_rows,
        "seconds": seconds,
        "rows per s": steady,
        "driver CPU": cpu,
        "driver CPU s per million rows": 1e6 * cpu / n_rows,
        "bytes per row": bytes_per_row(lake, table),
    }


def append_all(lake: Lake, vectors: NDArray[np.float32]) -> list[float]:
    """Commit vectors in portions; return the instant of each commit."""
    instants, ids = [], sorted(digest([str(number)]) for number in range(len(vectors)))
    for first in range(0, len(vectors), PORTION):
        part = slice(first, first + PORTION)
        lake.append(EMBEDDINGS, embedded(vectors[part], ids[part]), note={})
        instants.append(time.perf_counter())
    return instants


def encode_all(engine: Engine, source: Lake, target: Lake, weights: Weights) -> list[float]:
    """Encode everything by an engine and commit it; return the instant of each commit."""
    wanted = source.scan(EMBEDDINGS).select("item_id", "input_hash", "vector")
    owed = Owed(wanted, wanted.select(IDENTITY).sort("item_id").collect(), PORTION)
    instants = []
    for rows in engine.each(partial(opened, weights), owed):
        constant = {"producer": "sae", **stamps()}
        stamped = rows.with_columns(pl.lit(value).alias(name) for name, value in constant.items())
        target.append(ACTIVATIONS, stamped, note={})
        instants.append(time.perf_counter())
    return instants


def engines() -> dict[str, Engine]:
    """Return the engines that this machine has, by name."""
    found = {"encode in this process": open_engine("local", address=None, workers=1, device="cpu")}
    if importlib.util.find_spec("ray") is not None:
        for count in (1, 2):
            way = f"encode on Ray, {count} worker{'s' * (count > 1)}"
            found[way] = open_engine("ray", address=None, workers=count, device="cpu")
    return found


def main() -> None:
    """Measure, print and publish."""
    options = arguments(__doc__).parse_args()
    n_items = 8 * PORTION if options.short else 24 * PORTION
    torch.set_num_threads(1)
    vectors = vectors_of_chance(n_items)
    settings = SaeConfig(
        dictionary_size=N_FEATURES, active_features=ACTIVE, epochs=2, batch_size=1024
    )
    weights = train(vectors[:LEARNED], settings).weights
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        source = Lake(str(Path(folder) / "source"))
        rows.append(
            measured("commit vectors", source, EMBEDDINGS, partial(append_all, source, vectors))
        )
        for number, (way, engine) in enumerate(engines().items()):
            target = Lake(str(Path(folder) / str(number)))
            work = partial(encode_all, engine, source, target, weights)
            rows.append(measured(way, target, ACTIVATIONS, work))
            print(rows[-1], flush=True)
    publish(options.results, "engines", rows, HEADING)


if __name__ == "__main__":
    main()
