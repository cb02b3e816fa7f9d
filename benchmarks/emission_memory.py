"""Emissions of ever more items, read in blocks from disk: what memory and time they take.

    python benchmarks/emission_memory.py [--results FOLDER]

Items are generated: each is mixed from 16 features, whose words are drawn from lists of their own
and, three in ten, from a common Zipf distribution. Nothing but the number of items grows.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from emission_adamw import AdamW
from emission_task import split
from footprint import Footprint, footprint
from published import Cell, Heading, arguments, publish
from scipy import sparse

from resources.spool import Spool
from saetm.emission.config import EmissionConfig
from saetm.emission.solve import solve, solve_blocks

N_WORDS = 5000
SMALL, LARGE = 3072, 24_576  # features: of the smallest comparison, and of the authors
ACTIVE, LENGTH, LIST = 16, 40, 150  # features of an item, its words, words of a feature
BLOCK_ROWS = EmissionConfig().block_rows
PASSES = EmissionConfig(prior=1.0, passes=4, heldout_share=0)
MOST_IN_MEMORY = 100_000
BATCHES = 2048  # items that AdamW sees: its memory does not depend on them

TEXT = """Generated items of 16 active features and 40 words of {n_words:,}; prior and passes (4)
given, or searched for on held-out words. "blocks" is how the line works: items lie on disk and are
read again at every pass, {block_rows:,} at a time; "in memory" is `solve` with two whole matrices.
Seconds are of all threads, loading of the data included. Added memory is what solving added to a
fresh process. About {compiler:.0f} MiB of ours are the compiler's; the rest grows with the pairs of
feature and word that occur until all have occurred, and not with the items. AdamW is the authors'
dense softmax for two batches; 24,576 features are those of their published matrix.""".replace(
    "\n", " "
)


@dataclass(frozen=True)
class Cost:
    """What a fit came to."""

    pairs: int | None
    passes: int


Work = Callable[[str, EmissionConfig], Cost]


def main() -> None:
    """Measure and publish the table."""
    parser = arguments(__doc__)
    options = parser.parse_args()
    sizes = [2_000, 10_000, 50_000] if options.short else [10_000, 100_000, 1_000_000]
    rows, large = [], [] if options.short else [(sizes[1], LARGE)]
    for n_items, n_features in [*((size, SMALL) for size in sizes), *large]:
        with TemporaryDirectory() as folder:
            Spool.fill(Path(folder), generated(n_items, n_features))
            for how, work, config in ways(n_items, sizes):
                cost = footprint(work, folder, config)
                rows.append(row(n_items, n_features, how, cost))
    with TemporaryDirectory() as folder:
        Spool.fill(Path(folder), generated(2, SMALL))
        compiler = footprint(blockwise, folder, PASSES).grown_mb
    text = TEXT.format(n_words=N_WORDS, block_rows=BLOCK_ROWS, compiler=compiler)
    command = "python benchmarks/emission_memory.py"
    heading = Heading("Memory of the emission solver", text, command, ("numba",))
    publish(options.results, "emission_memory", rows, heading)


def ways(n_items: int, sizes: list[int]) -> Iterator[tuple[str, Work, EmissionConfig]]:
    """Yield what is measured for so many items."""
    yield "blocks", blockwise, PASSES
    if n_items <= MOST_IN_MEMORY:
        yield "blocks, search", blockwise, EmissionConfig()
        yield "in memory", at_once, PASSES
    if n_items == sizes[1]:
        yield "AdamW", two_batches, PASSES


def row(n_items: int, n_features: int, how: str, cost: "Footprint[Cost]") -> dict[str, Cell]:
    """Write one line of the table, and print it."""
    found = cost.result
    line: dict[str, Cell] = {
        "items": n_items,
        "features": n_features,
        "how": how,
        "passes": found.passes,
        "CPU seconds": cost.cpu_seconds,
        "pairs that occur": found.pairs,
        "peak MiB": cost.peak_mb,
        "added MiB": cost.grown_mb,
    }
    print(line, flush=True)
    return line


def generated(
    n_items: int, n_features: int
) -> "Iterator[tuple[sparse.csr_array[np.float32], sparse.csr_array[np.float64]]]":
    """Yield blocks of theta and counts; each block has a generator of its own."""
    for first in range(0, n_items, BLOCK_ROWS):
        rng, n_rows = np.random.default_rng(first), min(BLOCK_ROWS, n_items - first)
        active = rng.integers(0, n_features, (n_rows, ACTIVE))
        theta = _matrix(active, np.full(active.shape, 1 / ACTIVE, np.float32), n_features)
        feature = np.take_along_axis(active, rng.integers(0, ACTIVE, (n_rows, LENGTH)), axis=1)
        own = (feature * 101 + rng.integers(0, LIST, feature.shape)) % N_WORDS
        shared = rng.zipf(1.3, feature.shape) % N_WORDS
        words = np.where(rng.random(feature.shape) < 0.3, shared, own)
        yield theta, _matrix(words, np.ones(words.shape), N_WORDS)


def _matrix(
    columns: "np.typing.NDArray[np.int64]", values: "np.typing.NDArray[np.floating]", width: int
) -> "sparse.csr_array[np.floating]":
    rows = np.repeat(np.arange(len(columns)), columns.shape[1])
    shape = (len(columns), width)
    return sparse.csr_array(sparse.coo_array((values.ravel(), (rows, columns.ravel())), shape))


def blockwise(folder: str, config: EmissionConfig) -> Cost:
    """Solve for items that are read a block at a time."""
    fit = solve_blocks(Spool(Path(folder)), config)
    return Cost(fit.emissions.words.nnz, fit.passes)


def at_once(folder: str, config: EmissionConfig) -> Cost:
    """Solve for items that are in memory."""
    thetas, counts = zip(*Spool(Path(folder)), strict=True)
    whole = sparse.vstack(thetas, format="csr"), sparse.vstack(counts, format="csr")
    fit = solve(*whole, config)
    return Cost(fit.emissions.words.nnz, fit.passes)


def two_batches(folder: str, _config: EmissionConfig) -> Cost:
    """Take two steps of AdamW."""
    theta, counts = next(iter(Spool(Path(folder))))
    AdamW(split(theta[:BATCHES], counts[:BATCHES])).step()
    return Cost(None, 1)


if __name__ == "__main__":
    main()
