"""Trends of 10^5, 10^6 and 3 x 10^6 items of a lake by year: seconds and memory.

    python benchmarks/trends.py [--folder FOLDER] [--largest 3000000]

The lake is that of compositions.py, some 700 MB of disk at 3 x 10^6 items, and is deleted at the
end. Its dates mean nothing, so the topics that are found to move are false discoveries.
"""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import polars as pl
from compositions import HELD, N_TOPICS, PRESENCE, TOPICS, filled, write
from footprint import footprint
from published import Cell, Heading, arguments, publish

from resources.lake import Lake
from saetm.queries.trend_sums import find_trends
from saetm.tables import TOPICS as CUTS

SHORT = 100_000  # items
HEADING = Heading(
    "Trends by year",
    "Mixtures of generated items, 12 of 200 topics each, on days of 80 years that mean nothing, "
    "read from Delta tables: shares with intervals, tests and change points of 200 topics in 80 "
    "periods, as the asset finds them, without the words of periods, which are of a sample. Every "
    "row in a process of its own on both cores, with reading in it, and peak memory with its "
    "imports (some 300 MiB). Seconds and memory beyond those imports should grow no faster than "
    "items do.",
    "python benchmarks/trends.py",
)


def told(root: str, dataset: str) -> tuple[int, int]:
    """Count periods with topics, and the topics that are said to move."""
    trends = find_trends(Lake(root), dataset, [N_TOPICS], "year", PRESENCE)
    moving = trends.shapes.filter(pl.col("direction") != "steady")
    return trends.rows["period"].n_unique(), moving.height


def rows(root: str, sizes: list[int]) -> Iterator[dict[str, Cell]]:
    """Yield the rows of the table."""
    for n_items in sizes:
        began = time.perf_counter()
        dataset = f"{n_items:,} items"
        write(root, dataset, n_items)
        ranked = pl.DataFrame({"topic_id": TOPICS, "dataset": dataset, "topic_count": N_TOPICS})
        cut = filled(ranked.with_row_index("rank"), CUTS)
        Lake(root).append(CUTS, cut, note={})
        print(f"{dataset} written: {time.perf_counter() - began:.0f} s", flush=True)
        cost = footprint(told, root, dataset)
        periods, moving = cost.result
        print(f"found: {cost.seconds:.1f} s, {cost.peak_mb:.0f} MiB", flush=True)
        yield {
            "items": n_items,
            "periods": periods,
            "false discoveries": moving,
            "seconds": cost.seconds,
            "CPU seconds": cost.cpu_seconds,
            "microseconds per item": 1e6 * cost.seconds / n_items,
            "million shares per second": n_items * HELD / cost.seconds / 1e6,
            "peak MiB": cost.peak_mb,
        }


def main() -> None:
    """Read the arguments and print the table."""
    parser = arguments(__doc__)
    parser.add_argument("--folder", type=Path, help="where the temporary lake is made")
    parser.add_argument("--largest", type=int, default=3_000_000)
    options = parser.parse_args()
    largest = min(options.largest, SHORT) if options.short else options.largest
    sizes = [size for size in (SHORT, 1_000_000, 3_000_000) if size <= largest]
    with tempfile.TemporaryDirectory(dir=options.folder) as root:
        publish(options.results, "trends", list(rows(root, sizes)), HEADING)


if __name__ == "__main__":
    main()
