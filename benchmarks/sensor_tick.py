"""What it costs to look whether anything is new: the sensor over many unchanged files.

Makes 100 folders of 1,000 files each in a temporary inbox, registers them, and times ticks of the
sensor as the daemon runs them; the kernel's account of the process tells that no file is read.
Then the second half of the price: a scan of one folder of 10,000 images of which all are known.

    python benchmarks/sensor_tick.py
"""

import argparse
import tempfile
import time
from pathlib import Path
from typing import Self

import dagster as dg
import numpy as np
import polars as pl
from PIL import Image

from resources.inbox import Inbox
from resources.inbox.batches import KNOWN_SCHEMA
from resources.lake import Lake
from resources.registry import Registration, Registry
from resources.settings import now
from saetm.options import DatasetOptions
from sensors.new_items import new_items_sensor

FILE_BYTES = 200
TICKS = 4
ACCOUNT = Path("/proc/self/io")  # the kernel's, on Linux


class Meter:
    """Seconds by the clock, seconds of work, and bytes read from files within a context."""

    def __enter__(self) -> Self:
        self._before = self._now()
        return self

    def __exit__(self, *_: object) -> None:
        after = self._now()
        self.seconds, self.cpu, self.read = (
            b - a for a, b in zip(self._before, after, strict=True)
        )

    def __str__(self) -> str:
        return f"{self.seconds:>9.2f}{self.cpu:>8.2f}{self.read:>12,}"

    @staticmethod
    def _now() -> tuple[float, float, int]:
        read = int(ACCOUNT.read_text().partition("rchar: ")[2].split()[0])
        return time.perf_counter(), time.process_time(), read


def main() -> None:
    """Make the folders, tick, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folders", type=int, default=100)
    parser.add_argument("--files", type=int, default=1000, help="in each folder")
    parser.add_argument("--images", type=int, default=10_000, help="in the folder that is scanned")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as root:
        make_files(Path(root) / "inbox", options.folders, options.files)
        time_ticks(Path(root), options.folders * options.files)
    with tempfile.TemporaryDirectory() as root:
        make_images(Path(root), options.images)
        time_scans(root)


def make_files(inbox: Path, folders: int, files: int) -> None:
    """Write small text files."""
    for folder in range(folders):
        below = inbox / f"dataset {folder:03d}"
        below.mkdir(parents=True)
        for file in range(files):
            (below / f"{file:05d}.txt").write_text(f"{folder} {file} ".ljust(FILE_BYTES))


def make_images(folder: Path, count: int) -> None:
    """Write as many different images as small as they can be."""
    for number in range(count):
        pixels = np.frombuffer(number.to_bytes(4, "little") * 3, np.uint8).reshape(2, 2, 3)
        Image.fromarray(pixels).save(folder / f"{number:06d}.png")


def time_ticks(root: Path, files: int) -> None:
    """Tick until all is known, then time ticks with nothing new."""
    registry = Registry(Lake(str(root / "lake")), root / "inbox")
    inbox = Inbox(str(root / "inbox"))
    for name in inbox.datasets():
        folder = inbox.locate(str(root / "inbox" / name))
        registry.save(Registration(name, folder, {}, DatasetOptions()), at=now())
    sensor, cursor = new_items_sensor(30), None
    print(f"{files:,} files of {files * FILE_BYTES:,} bytes in all")
    print(f"{'tick':<6}{'seconds':>9}{'of cpu':>8}{'bytes read':>12}")
    with dg.DagsterInstance.ephemeral() as instance:
        for tick in range(1, TICKS + 1):
            context = dg.build_sensor_context(
                instance=instance, cursor=cursor, resources={"inbox": inbox, "registry": registry}
            )
            with Meter() as meter:
                result = sensor(context)
            said = result.skip_message if isinstance(result, dg.SkipReason) else "asks for runs"
            print(f"{tick:<6}{meter}  {str(said)[:60]}")
            cursor = context.cursor
    with Meter() as meter:
        for name in inbox.datasets():
            inbox.look(inbox.place(name))
    print(f"{'looks':<6}{meter}  the folders alone, without the registry's tables")


def time_scans(folder: str) -> None:
    """Scan with nothing known, then with everything known."""
    inbox, known = Inbox(folder), KNOWN_SCHEMA.to_frame()
    print(f"\n{'scan':<14}{'seconds':>9}{'of cpu':>8}{'bytes read':>12}{'items':>8}{'present':>9}")
    for name in ("nothing known", "all known"):
        with Meter() as meter:
            batches = list(inbox.scan(folder, "image", known))
        found = pl.concat(batch.items for batch in batches)
        present = sum(batch.present.height for batch in batches)
        print(f"{name:<14}{meter}{found.height:>8,}{present:>9,}")
        known = found.select(list(KNOWN_SCHEMA))


if __name__ == "__main__":
    main()
