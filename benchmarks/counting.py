"""Counting topics and features over 10^5, 10^6 and 10^7 items of a lake: seconds and memory.

    python benchmarks/counting.py [--folder FOLDER] [--largest 10000000]

Items with 16 active features of 24,576 each are generated and written to the table of activations
of a lake in a temporary folder, which takes some 3 GB of disk at 10^7 items and is deleted at
the end. Counted are prevalence, coverage and composition, of 200 topics and of all features.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import polars as pl
from footprint import footprint
from numpy.typing import NDArray
from published import Cell, Heading, arguments, publish

from resources.lake import Lake
from saetm.counting import BLOCK_ROWS, count_topics
from saetm.tables import ACTIVATIONS

N_FEATURES, N_TOPICS, ACTIVE = 24_576, 200, 16
PRESENCE = 0.1
WRITTEN_ROWS = 500_000
LOOPED, QUERIED = 100_000, 1_000_000  # items at most for ways that would not end, or not fit
MONTHS = [f"2026-{month:02}" for month in range(1, 13)]

Counted = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Prevalence and shares of mass."""


def write(root: str, dataset: str, n_items: int) -> None:
    """Append the activations of items of chance to a lake."""
    lake, random, width = Lake(root), np.random.default_rng(0), N_FEATURES // ACTIVE
    for first in range(0, n_items, WRITTEN_ROWS):
        size = min(WRITTEN_ROWS, n_items - first)
        places = (random.random((size, ACTIVE), dtype=np.float32) ** 3 * width).astype(np.int32)
        features = places + np.arange(ACTIVE, dtype=np.int32) * width
        rows = pl.select(item_id=pl.int_range(first, first + size)).with_columns(
            pl.col("item_id").cast(pl.String).str.zfill(32),
            dataset=pl.lit(dataset),
            producer=pl.lit("generated"),
            input_hash=pl.lit("generated"),
            features=pl.Series(features),
            activations=pl.Series(random.gamma(1.0, size=places.shape).astype(np.float32) + 1e-3),
            run_id=pl.lit("generated"),
        )
        lists = pl.col("features", "activations").arr.to_list()
        lake.append(ACTIVATIONS, rows.with_columns(lists), note={})


def scan(root: str, dataset: str) -> pl.LazyFrame:
    """Read the columns that are counted."""
    return Lake(root).scan(ACTIVATIONS, dataset).select("features", "activations")


def ours(root: str, dataset: str, labels: NDArray[np.int64]) -> Counted:
    """Count in blocks."""
    blocks = scan(root, dataset).collect_batches(chunk_size=BLOCK_ROWS, maintain_order=False)
    found = count_topics(blocks, labels, presence_share=PRESENCE)
    return found.prevalence, found.mass_share


def ours_by_month(root: str, dataset: str, labels: NDArray[np.int64]) -> Counted:
    """Count in blocks, by the month of each item, which is read off its id here."""
    month = pl.col("item_id").str.tail(9).cast(pl.Int64) % len(MONTHS)
    rows = (
        Lake(root)
        .scan(ACTIVATIONS, dataset)
        .select("features", "activations", group=month.replace_strict(range(len(MONTHS)), MONTHS))
    )
    blocks = rows.collect_batches(chunk_size=BLOCK_ROWS, maintain_order=False)
    found = count_topics(blocks, labels, presence_share=PRESENCE, groups=MONTHS)
    return found.prevalence, found.mass_share


def by_query(root: str, dataset: str, labels: NDArray[np.int64]) -> Counted:
    """Count in one lazy query of Polars' streaming engine."""
    of_feature = pl.LazyFrame({"features": np.arange(len(labels), dtype=np.int32), "topic": labels})
    shares = pl.col("activations") / pl.col("activations").list.sum()
    entries = (
        scan(root, dataset)
        .with_row_index("item")
        .with_columns(share=shares)
        .select("item", "features", "share")
        .explode("features", "share")
        .join(of_feature, on="features")
        .group_by("item", "topic")
        .agg(pl.col("share").sum())
        .group_by("topic")
        .agg(present=(pl.col("share") >= PRESENCE).sum(), mass=pl.col("share").sum())
        .sort("topic")
    )
    found, n_items = pl.collect_all([entries, scan(root, dataset).select(pl.len())])
    mass = found["mass"].to_numpy()
    return found["present"].to_numpy() / n_items.item(), mass / mass.sum()


def by_loop(root: str, dataset: str, labels: NDArray[np.int64]) -> Counted:
    """Count entry by entry, with the items of each topic in a set."""
    present: list[set[int]] = [set() for _ in range(int(labels.max()) + 1)]
    mass, n_items = np.zeros(len(present)), 0
    for item, (features, activations) in enumerate(scan(root, dataset).collect().iter_rows()):
        total, shares = sum(activations), {}
        for feature, activation in zip(features, activations, strict=True):
            topic = labels[feature]
            shares[topic] = shares.get(topic, 0.0) + activation / total
        for topic, share in shares.items():
            mass[topic] += share
            if share >= PRESENCE:
                present[topic].add(item)
        n_items += 1
    return np.array([len(items) for items in present]) / n_items, mass / mass.sum()


Way = Callable[[str, str, NDArray[np.int64]], Counted]


def rows(root: str, sizes: list[int]) -> Iterator[dict[str, Cell]]:
    """Yield the rows of the table."""
    topics = np.random.default_rng(1).integers(0, N_TOPICS, N_FEATURES)
    features = np.arange(N_FEATURES)
    for n_items in sizes:
        began = time.perf_counter()
        dataset = f"{n_items:,} items"
        write(root, dataset, n_items)
        print(f"{dataset} written: {time.perf_counter() - began:.0f} s", flush=True)
        ways: list[tuple[str, Way, NDArray[np.int64], int]] = [
            (f"{N_TOPICS} topics", ours, topics, n_items),
            (f"{N_TOPICS} topics by 12 months", ours_by_month, topics, n_items),
            (f"{N_FEATURES:,} features", ours, features, n_items),
            (f"{N_TOPICS} topics in one Polars query", by_query, topics, QUERIED),
            (f"{N_TOPICS} topics in a Python loop", by_loop, topics, LOOPED),
        ]
        reference: Counted | None = None
        for name, way, labels, most in ways:
            if n_items > most:
                continue
            cost = footprint(way, root, dataset, labels)
            reference = reference or cost.result
            if len(cost.result[0]) == N_TOPICS:
                np.testing.assert_allclose(cost.result, reference, rtol=1e-4)
            print(f"{name}: {cost.seconds:.1f} s, {cost.peak_mb:.0f} MiB", flush=True)
            yield {
                "counted": name,
                "items": n_items,
                "non-zeros": n_items * ACTIVE,
                "seconds": cost.seconds,
                "CPU seconds": cost.cpu_seconds,
                "million non-zeros per second": n_items * ACTIVE / cost.seconds / 1e6,
                "peak MiB": cost.peak_mb,
            }


HEADING = Heading(
    "Counting prevalence, coverage and composition",
    "Activations of generated items, 16 features of 24,576 each, read from a Delta table and "
    "counted; every row in a process of its own on both cores, with reading in it, and peak memory "
    "with its imports (some 360 MiB). All ways give the same numbers. The query counts prevalence "
    "and mass alone and holds every item's topics, the loop stands for code that keeps the items "
    "of a topic in a set; both are left out where they would take far more memory or time. Compare "
    "non-zeros per second, and see that they do not fall as items grow. Polars reads ahead of what "
    "is counted, so memory grows, though far less than items do.",
    "python benchmarks/counting.py",
)


def main() -> None:
    """Read the arguments and print the table."""
    parser = arguments(__doc__)
    parser.add_argument("--folder", type=Path, help="where the temporary lake is made")
    parser.add_argument("--largest", type=int, default=10_000_000)
    options = parser.parse_args()
    largest = min(options.largest, LOOPED) if options.short else options.largest
    sizes = [size for size in (100_000, 1_000_000, 10_000_000) if size <= largest]
    with tempfile.TemporaryDirectory(dir=options.folder) as root:
        publish(options.results, "counting", list(rows(root, sizes)), HEADING)


if __name__ == "__main__":
    main()
