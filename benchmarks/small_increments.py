"""What many small increments cost a row table, and what compaction makes of it.

    python benchmarks/small_increments.py [--items 20000] [--increments 100]

A table of vectors of 20,000 items gets 100 increments; each appends 20 rows and deletes 20 others,
as row work does after files have come and gone. Printed per way of upkeep: milliseconds per
increment (median of the first ten and of the last ten), a scan of all keys, the files of the
newest version, and what lies on disk.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
from deltalake import DeltaTable

from resources.lake import Lake
from resources.upkeep import files, maintain
from saetm.tables import EMBEDDINGS

DATASET, NOTE = "photos", {"run_id": "bench", "asset": "embeddings", "dataset": "photos"}
DIMENSION, STEP = 384, 20
OTHER_DATASETS = 20

Upkeep = Callable[[Lake, int], object]

WAYS: dict[str, Upkeep] = {
    "none": lambda _lake, _number: None,
    "maintained after every 25": lambda lake, number: (
        maintain(lake, EMBEDDINGS, keep_days=30) if number % 25 == 24 else None
    ),
}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=20_000)
    parser.add_argument("--increments", type=int, default=100)
    arguments = parser.parse_args()
    print("| upkeep | first | last | upkeep | scan | files | MB on disk |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    for name, upkeep in WAYS.items():
        with tempfile.TemporaryDirectory() as folder:
            print(f"| {name} | {measured(Lake(folder), upkeep, arguments)} |")


def measured(lake: Lake, upkeep: Upkeep, arguments: argparse.Namespace) -> str:
    """Do all increments; return the cells of a row."""
    for number in range(OTHER_DATASETS):
        lake.append(EMBEDDINGS, vectors(range(100), f"other {number}"), note=NOTE)
    lake.append(EMBEDDINGS, vectors(range(arguments.items), DATASET), note=NOTE)
    increments, upkeeps = [], []
    for number in range(arguments.increments):
        began = time.perf_counter()
        increment(lake, number, arguments.items)
        done = time.perf_counter()
        upkeep(lake, number)
        increments.append(1000 * (done - began))
        upkeeps.append(1000 * (time.perf_counter() - done))
    began = time.perf_counter()
    height = lake.scan(EMBEDDINGS, DATASET).select("item_id").collect().height
    scan = 1000 * (time.perf_counter() - began)
    if height != arguments.items:
        raise AssertionError(f"{height} rows instead of {arguments.items}")
    present = files(DeltaTable(lake.uri(EMBEDDINGS))).filter(dataset=DATASET).height
    size = sum(path.stat().st_size for path in Path(lake.root).rglob("*") if path.is_file())
    first, last = statistics.median(increments[:10]), statistics.median(increments[-10:])
    mean = statistics.fmean(upkeeps)
    cells = [f"{value:.0f} ms" for value in (first, last, mean, scan)]
    return " | ".join([*cells, str(present), f"{size / 1e6:.0f}"])


def increment(lake: Lake, number: int, items: int) -> None:
    """Append new items, and delete as many of those that were there."""
    new = range(items + number * STEP, items + (number + 1) * STEP)
    lake.append(EMBEDDINGS, vectors(new, DATASET), note=NOTE)
    old = range(number, items, items // STEP)
    keys = pl.DataFrame({"item_id": list(map(str, old)), "producer": ["minilm"] * len(old)})
    lake.delete(EMBEDDINGS, DATASET, keys, note=NOTE)


def vectors(numbers: range, dataset: str) -> pl.DataFrame:
    """Return rows with random vectors, as the encoder would write them."""
    draw = np.random.default_rng(numbers.start)
    matrix = draw.standard_normal((len(numbers), DIMENSION)).astype("<f2")
    return pl.DataFrame(
        {
            "item_id": list(map(str, numbers)),
            "vector": [row.tobytes() for row in matrix],
            "created_at": [None] * len(numbers),
        }
    ).with_columns(
        dataset=pl.lit(dataset),
        producer=pl.lit("minilm"),
        input_hash=pl.col("item_id"),
        dim=pl.lit(DIMENSION),
        dtype=pl.lit("float16"),
        run_id=pl.lit("bench"),
    )


if __name__ == "__main__":
    main()
