"""Training from a file larger than what is held: seconds and memory as rows grow tenfold.

    python benchmarks/sae_memory.py

Rows are generated into a file and memory-mapped; a process of its own trains one pass over them.
"""

import tempfile
import threading
import time
from pathlib import Path

import numpy as np
from footprint import footprint
from published import Cell, Heading, arguments, publish
from sae_rivals import planted_rows

from saetm.sae.config import SaeConfig
from saetm.sae.train import train

HEADING = Heading(
    "Training from memory-mapped rows",
    "One pass over rows of 384 dimensions, 6,144 features, 32 active, batches of 4,096. `file MB` "
    "is what all rows take. `held MB` is by how much the memory that the process itself holds "
    "(anonymous pages) rose at most; mapped pages of the file, which the system takes back when "
    "it needs them, are in `resident MB` as well. Rows are read in blocks of 64 MB, drawn "
    "from the whole file, so batches are as random as from memory.",
    "python benchmarks/sae_memory.py",
)


def main() -> None:
    """Train on ten times as many rows each time and publish the table."""
    options = arguments(__doc__).parse_args()
    sizes = (5_000, 20_000) if options.short else (10_000, 100_000, 1_000_000)
    lines: list[dict[str, Cell]] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.npy"
        for size in sizes:
            write(path, size)
            taken = footprint(trained, str(path))
            seconds, explained, held = taken.result
            lines.append(
                {
                    "rows": size,
                    "file MB": round(path.stat().st_size / 2**20),
                    "held MB": round(held),
                    "resident MB": round(taken.grown_mb),
                    "seconds": seconds,
                    "rows per s": round(size / seconds),
                    "explained": explained,
                }
            )
            print(lines[-1], flush=True)
    publish(options.results, "sae_memory", lines, HEADING)


def write(path: Path, size: int) -> None:
    """Write so many rows, blocks of planted ones with noise of their own."""
    rows, rng = planted_rows(20_000), np.random.default_rng(1)
    mapped = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=(size, 384))
    for start in range(0, size, len(rows)):
        block = rows[: size - start]
        noise = rng.standard_normal(block.shape, dtype=np.float32)
        mapped[start : start + len(block)] = block + np.float32(0.005) * noise


def trained(path: str) -> tuple[float, float, float]:
    """Train on a file; return seconds, the share explained, and MiB held at most beyond before."""
    config = SaeConfig(dictionary_size=6144, active_features=32, epochs=1, batch_size=4096)
    train(np.eye(8, dtype=np.float32), SaeConfig(epochs=2))
    before, peak, done = held(), [0.0], threading.Event()

    def watch() -> None:
        while not done.wait(0.02):
            peak[0] = max(peak[0], held())

    watching = threading.Thread(target=watch)
    watching.start()
    began = time.perf_counter()
    training = train(np.load(path, mmap_mode="r"), config)
    seconds = time.perf_counter() - began
    done.set()
    watching.join()
    return seconds, training.variance_explained or 0.0, peak[0] - before


def held() -> float:
    """Return MiB of anonymous pages of this process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (line,) = (line for line in lines if line.startswith("RssAnon"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main()
