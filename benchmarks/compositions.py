"""Compositions of 10^5, 10^6 and 10^7 items of a lake by group: seconds and memory.

    python benchmarks/compositions.py [--folder FOLDER] [--largest 10000000]

Mixtures of 12 of 200 topics each, and items in 120 groups, are generated and written to the tables
of a lake in a temporary folder, which takes some 2 GB of disk at 10^7 items and is deleted at the
end. Groups mean nothing, so the differences that are found are false discoveries.
"""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
from footprint import footprint
from published import Cell, Heading, arguments, publish

from resources.lake import Lake
from saetm.queries.composing import compose
from saetm.tables import ITEMS, MIXTURES, Table

N_TOPICS, HELD, N_GROUPS = 200, 12, 120
N_DAYS, DAY = 80 * 365, 86_400_000_000  # days with items, and the microseconds of one
PRESENCE = 0.1
WRITTEN_ROWS = 500_000
LOOPED = 100_000  # items at most for the way that would not end
TOPICS = pl.Series("topic_id", [f"t{topic:010x}" for topic in range(N_TOPICS)])
GROUPS = pl.Series("group", [f"group {group:03}" for group in range(N_GROUPS)])


def write(root: str, dataset: str, n_items: int) -> None:
    """Append items of chance and their mixtures to a lake.

    Groups are of very different sizes; dates are spread evenly over 80 years.
    """
    lake, random, width = Lake(root), np.random.default_rng(0), N_TOPICS // HELD
    for first in range(0, n_items, WRITTEN_ROWS):
        size = min(WRITTEN_ROWS, n_items - first)
        ids = pl.select(item_id=pl.int_range(first, first + size)).with_columns(
            pl.col("item_id").hash(1).cast(pl.String).str.zfill(32), dataset=pl.lit(dataset)
        )
        places = (random.random((size, HELD), dtype=np.float32) ** 2 * width).astype(np.int32)
        shares = random.gamma(0.5, size=places.shape).astype(np.float32) + 1e-3
        rows = ids.with_columns(
            topic_count=pl.lit(N_TOPICS, dtype=pl.Int32),
            topics=TOPICS.gather((places + np.arange(HELD) * width).ravel()).reshape(places.shape),
            shares=pl.Series(shares / shares.sum(axis=1, keepdims=True)),
            run_id=pl.lit("generated"),
        )
        lake.append(MIXTURES, rows.with_columns(pl.col("topics", "shares").arr.to_list()), note={})
        groups = GROUPS.gather((random.random(size) ** 2 * N_GROUPS).astype(np.int64))
        days = pl.Series("timestamp", random.integers(0, N_DAYS, size)) * DAY
        dates = days.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
        lake.append(ITEMS, filled(ids.with_columns(groups, dates), ITEMS), note={})


def filled(rows: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Give rows the columns of a table that they have not, blank or null."""
    missing = [column for column in table.columns if column.name not in rows.columns]
    blank = [
        pl.lit(None if column.is_nullable or column.dtype != pl.String() else "")
        .cast(column.dtype)
        .alias(column.name)
        for column in missing
    ]
    return rows.with_columns(blank)


def ours(root: str, dataset: str) -> pl.DataFrame:
    """Compose by group, as the asset does."""
    lake = Lake(root)
    topics = pl.DataFrame({"topic_count": N_TOPICS, "topic_id": TOPICS, "category": "concrete"})
    topics = topics.cast({"topic_count": pl.Int32})
    items, mixtures = lake.scan(ITEMS, dataset), lake.scan(MIXTURES, dataset)
    return compose(mixtures, topics, items, presence_share=PRESENCE)


def by_loop(root: str, dataset: str) -> dict[tuple[str, str], float]:
    """Count presence pair by pair, and nothing else."""
    lake = Lake(root)
    members = lake.scan(ITEMS, dataset).select("item_id", "group").collect()
    groups = dict(members.iter_rows())
    mixtures = lake.scan(MIXTURES, dataset).select("item_id", "topics", "shares").collect()
    sizes: dict[str, int] = {}
    present: dict[tuple[str, str], int] = {}
    for item, topics, shares in mixtures.iter_rows():
        group = groups[item]
        sizes[group] = sizes.get(group, 0) + 1
        for topic, share in zip(topics, shares, strict=True):
            if share >= PRESENCE:
                present[topic, group] = present.get((topic, group), 0) + 1
    return {(topic, group): count / sizes[group] for (topic, group), count in present.items()}


def rows(root: str, sizes: list[int]) -> Iterator[dict[str, Cell]]:
    """Yield the rows of the table."""
    for n_items in sizes:
        began = time.perf_counter()
        dataset = f"{n_items:,} items"
        write(root, dataset, n_items)
        print(f"{dataset} written: {time.perf_counter() - began:.0f} s", flush=True)
        cost = footprint(ours, root, dataset)
        found = cost.result
        print(f"composed: {cost.seconds:.1f} s, {cost.peak_mb:.0f} MiB", flush=True)
        yield {
            "way": "compositions",
            "items": n_items,
            "pairs of topic and group": found.height,
            "false discoveries": found.filter(pl.col("q_value") < 0.05).height,
            "seconds": cost.seconds,
            "CPU seconds": cost.cpu_seconds,
            "million shares per second": n_items * HELD / cost.seconds / 1e6,
            "peak MiB": cost.peak_mb,
        }
        if n_items <= LOOPED:
            yield looped(root, dataset, n_items, found)


def looped(root: str, dataset: str, n_items: int, found: pl.DataFrame) -> dict[str, Cell]:
    """Measure the loop, and see that it counts the same."""
    cost = footprint(by_loop, root, dataset)
    mine = {(row[0], row[1]): row[2] for row in found["topic_id", "set", "prevalence"].iter_rows()}
    for pair, prevalence in mine.items():
        np.testing.assert_allclose(cost.result.get(pair, 0.0), prevalence)
    return {
        "way": "prevalence in a Python loop",
        "items": n_items,
        "pairs of topic and group": len(cost.result),
        "false discoveries": None,
        "seconds": cost.seconds,
        "CPU seconds": cost.cpu_seconds,
        "million shares per second": n_items * HELD / cost.seconds / 1e6,
        "peak MiB": cost.peak_mb,
    }


HEADING = Heading(
    "Compositions by group",
    "Mixtures of generated items, 12 of 200 topics each, in 120 groups that mean nothing, read "
    "from Delta tables and composed as the asset does: shares, intervals, tests, log-odds and "
    "ranks of the 100 largest groups. Every row in a process of its own on both cores, with "
    "reading in it, and peak memory with its imports (some 300 MiB). The loop stands for code that "
    "counts pair by pair, gives the same prevalence, and no intervals or tests. Memory holds the "
    "key of every item with its group and never their mixtures, so it grows by less than half a "
    "kilobyte per item.",
    "python benchmarks/compositions.py",
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
        publish(options.results, "compositions", list(rows(root, sizes)), HEADING)


if __name__ == "__main__":
    main()
