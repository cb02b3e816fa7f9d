"""What many small increments cost a row table, and what compaction makes of it.

    python benchmarks/small_increments.py [--items 20000] [--increments 100]

A table of vectors of 20,000 items gets 100 increments; each appends 20 rows and deletes 20 others,
as row work does after files have come and gone. Told per way of upkeep: milliseconds per
increment (median of the first ten and of the last ten), a scan of all keys, the files of the
newest version, and what lies on disk.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
from deltalake import DeltaTable
from published import Cell, Heading, arguments, publish

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


def heading(n_items: int) -> Heading:
    """Say what the table shows."""
    return Heading(
        "Many small increments of a row table",
        f"Vectors of {n_items:,} items in a Delta table; every increment appends {STEP} rows and "
        f"deletes {STEP} others, as row work does after files have come and gone. Milliseconds of "
        "an increment are medians of the first ten and of the last ten: upkeep is worth it where "
        "the last cost as little as the first. The scan reads the keys of all rows at the end.",
        "python benchmarks/small_increments.py",
    )


def main() -> None:
    """Do the increments in either way and publish what they cost."""
    parser = arguments(__doc__)
    parser.add_argument("--items", type=int, default=20_000)
    parser.add_argument("--increments", type=int, default=100)
    options = parser.parse_args()
    n_items, n_increments = options.items, options.increments
    if options.short:
        n_items, n_increments = 2000, 30
    rows = []
    for name, upkeep in WAYS.items():
        with tempfile.TemporaryDirectory() as folder:
            rows.append({"upkeep": name, **measured(Lake(folder), upkeep, n_items, n_increments)})
            print(rows[-1], flush=True)
    publish(options.results, "small_increments", rows, heading(n_items))


def measured(lake: Lake, upkeep: Upkeep, n_items: int, n_increments: int) -> dict[str, Cell]:
    """Do all increments; return the cells of a row."""
    for number in range(OTHER_DATASETS):
        lake.append(EMBEDDINGS, vectors(range(100), f"other {number}"), note=NOTE)
    lake.append(EMBEDDINGS, vectors(range(n_items), DATASET), note=NOTE)
    increments, upkeeps = [], []
    for number in range(n_increments):
        began = time.perf_counter()
        increment(lake, number, n_items)
        done = time.perf_counter()
        upkeep(lake, number)
        increments.append(1000 * (done - began))
        upkeeps.append(1000 * (time.perf_counter() - done))
    began = time.perf_counter()
    height = lake.scan(EMBEDDINGS, DATASET).select("item_id").collect().height
    scan = 1000 * (time.perf_counter() - began)
    if height != n_items:
        raise AssertionError(f"{height} rows instead of {n_items}")
    return {
        "first ten (ms)": statistics.median(increments[:10]),
        "last ten (ms)": statistics.median(increments[-10:]),
        "upkeep (ms)": statistics.fmean(upkeeps),
        "scan (ms)": scan,
        "files": files(DeltaTable(lake.uri(EMBEDDINGS))).filter(dataset=DATASET).height,
        "MB on disk": sum(
            path.stat().st_size / 1e6 for path in Path(lake.root).rglob("*") if path.is_file()
        ),
    }


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
