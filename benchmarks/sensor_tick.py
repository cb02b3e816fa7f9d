"""What it costs to look whether anything is new: the sensor over many unchanged files.

Makes 100 folders of 1,000 files each in a temporary inbox, registers them, and times ticks of the
sensor as the daemon runs them; the kernel's account of the process tells that no file is read.
Then the second half of the price: a scan of one folder of 10,000 images of which all are known.

    python benchmarks/sensor_tick.py [--folders 100] [--files 1000] [--images 10000]
"""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import dagster as dg
import numpy as np
import polars as pl
from PIL import Image
from published import Cell, Heading, arguments, publish

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

    def cells(self) -> dict[str, Cell]:
        """Return what was measured, as cells of a row."""
        return {"seconds": self.seconds, "of cpu": self.cpu, "bytes read": self.read}

    @staticmethod
    def _now() -> tuple[float, float, int]:
        read = int(ACCOUNT.read_text().partition("rchar: ")[2].split()[0])
        return time.perf_counter(), time.process_time(), read


COMMAND = "python benchmarks/sensor_tick.py"


def ticking(folders: int, files: int) -> Heading:
    """Say what the first table shows."""
    return Heading(
        "Looking for new files: ticks of the sensor",
        f"{folders} folders of {files:,} files each, all of them known after the second tick. "
        "Later ticks find nothing new and read no file: compare the bytes read with those in the "
        "files. The looks are the folders alone, without the tables that the sensor reads.",
        COMMAND,
    )


def scanning(images: int) -> Heading:
    """Say what the second table shows."""
    return Heading(
        "Looking for new files: one folder of images",
        f"A scan of {images:,} images, when none of them is known and when all are. What is known "
        "is not read again: compare the bytes.",
        COMMAND,
    )


def main() -> None:
    """Make the folders, tick and scan, and publish both tables."""
    parser = arguments(__doc__)
    parser.add_argument("--folders", type=int, default=100)
    parser.add_argument("--files", type=int, default=1000, help="in each folder")
    parser.add_argument("--images", type=int, default=10_000, help="in the folder that is scanned")
    options = parser.parse_args()
    folders, files, images = options.folders, options.files, options.images
    if options.short:
        folders, files, images = 20, 200, 1000
    with tempfile.TemporaryDirectory() as root:
        make_files(Path(root) / "inbox", folders, files)
        size = folders * files * FILE_BYTES
        rows = [{**row, "bytes in files": size} for row in timed_ticks(Path(root))]
    publish(options.results, "sensor_ticks", rows, ticking(folders, files))
    with tempfile.TemporaryDirectory() as root:
        make_images(Path(root), images)
        publish(options.results, "sensor_scans", list(timed_scans(root)), scanning(images))


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


def timed_ticks(root: Path) -> Iterator[dict[str, Cell]]:
    """Tick until all is known and then with nothing new; yield what each tick took."""
    registry = Registry(Lake(str(root / "lake")), root / "inbox")
    inbox = Inbox(str(root / "inbox"))
    for name in inbox.datasets():
        folder = inbox.locate(str(root / "inbox" / name))
        registry.save(Registration(name, folder, {}, DatasetOptions()), at=now())
    sensor, cursor = new_items_sensor(30), None
    with dg.DagsterInstance.ephemeral() as instance:
        for tick in range(1, TICKS + 1):
            context = dg.build_sensor_context(
                instance=instance, cursor=cursor, resources={"inbox": inbox, "registry": registry}
            )
            with Meter() as meter:
                result = sensor(context)
            said = result.skip_message if isinstance(result, dg.SkipReason) else "asks for runs"
            print(f"tick {tick}: {meter.seconds:.2f} s, {str(said)[:60]}", flush=True)
            yield {"what": f"tick {tick}", **meter.cells()}
            cursor = context.cursor
    with Meter() as meter:
        for name in inbox.datasets():
            inbox.look(inbox.place(name))
    yield {"what": "looks", **meter.cells()}


def timed_scans(folder: str) -> Iterator[dict[str, Cell]]:
    """Scan with nothing known, then with everything known; yield what each scan took."""
    inbox, known = Inbox(folder), KNOWN_SCHEMA.to_frame()
    for name in ("nothing", "all"):
        with Meter() as meter:
            batches = list(inbox.scan(folder, "image", known))
        found = pl.concat(batch.items for batch in batches)
        present = sum(batch.present.height for batch in batches)
        yield {"known": name, **meter.cells(), "items": found.height, "present": present}
        known = found.select(list(KNOWN_SCHEMA))


if __name__ == "__main__":
    main()
