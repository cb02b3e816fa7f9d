"""Captions per second, against a server that answers after a fixed delay.

    python benchmarks/caption_rate.py --data FOLDER [--items 5000 50000]

FOLDER holds flickr8k/*.jpg. As many files as wanted are made of these photographs, each with bytes
of its own at its end, and `saetm run --select captions` asks about all of them. With so many
requests in flight and this delay no client can be faster than their ratio: the limit. Peak memory
is that of the whole process, and is to be the same for ten times the items.
"""

import json
import os
import subprocess
import sys
import tempfile
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from resource import struct_rusage

from published import Cell, Heading, arguments, publish

HERE = Path(__file__).resolve().parent
SAETM = [sys.executable, "-W", "ignore", "-m", "saetm_assets"]
MEBIBYTE = 2**20

HEADING = Heading(
    "Captions per second",
    "Photographs of 180 pixels a side (8 kB), captioned through `saetm run --select captions` "
    "(files read, checked, sent over HTTP, answers parsed and committed to Delta) by a server that "
    "answers after a fixed delay. The limit is requests in flight divided by the delay; both are "
    "chosen such that they set the rate, and not the processor. Where others took the processor "
    "too, 50,000 images with 64 in flight reached 83 % of 128 per second. Peak memory is of the "
    "whole process; it grows by less than a kilobyte per image, which is what tables and the keys "
    "of their rows take: images are not kept. Seconds are those of the stage, imports of the "
    "client included.",
    "python benchmarks/caption_rate.py --data ../shared/data",
    peers=("openai", "httpx2", "anyio", "pillow"),
)


@dataclass(frozen=True)
class Load:
    """How much is asked."""

    items: int
    requests: int
    delay: float  # seconds

    @property
    def limit(self) -> float:
        """Captions per second that no client can exceed."""
        return self.requests / self.delay


def main() -> None:
    """Caption images and publish how fast that went."""
    parser = arguments(__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with flickr8k")
    parser.add_argument("--items", type=int, nargs="+", default=[5000, 50_000])
    parser.add_argument("--requests", type=int, nargs="+", default=[32])
    parser.add_argument("--delay", type=float, default=0.5, help="seconds")
    options = parser.parse_args()
    photographs = read_photographs(options.data / "flickr8k")
    rows = [measured(load, photographs) for load in loads(options)]
    publish(options.results, "caption_rate", rows, HEADING)


def loads(options: Namespace) -> list[Load]:
    """Return what to measure, from few items to many."""
    counts = [300, 600] if options.short else options.items
    return [Load(n, requests, options.delay) for requests in options.requests for n in counts]


def read_photographs(folder: Path) -> list[bytes]:
    """Read the photographs of a folder.

    Raises:
        SystemExit: there are none.
    """
    files = [path.read_bytes() for path in sorted(folder.glob("*.jpg"))]
    if not files:
        raise SystemExit(f"no photographs in {folder}")
    return files


def measured(load: Load, photographs: list[bytes]) -> dict[str, Cell]:
    """Caption that many images in a home of their own."""
    with tempfile.TemporaryDirectory() as place, server(load.delay) as url:
        root = Path(place)
        environment = {
            **os.environ,  # noqa: TID251  handed on
            "SAETM_HOME": str(root / "home"),
            "SAETM_API_URL": url,
            "SAETM_REQUESTS": str(load.requests),
        }
        write_images(root / "images", photographs, load.items)
        asked = ("--captioner", "openai:delayed")
        call(environment, "add", "photographs", root / "images", *asked)
        call(environment, "run", "photographs", "--select", "items")
        told, used = call(environment, "run", "photographs", "--select", "captions", "--json")
        return row_of(load, json.loads(told), used)


def row_of(load: Load, told: dict[str, dict[str, float]], used: struct_rusage) -> dict[str, Cell]:
    """Return the cells of a row.

    Raises:
        SystemExit: an image has no caption.
    """
    if told["written"]["captions"] != load.items:
        raise SystemExit(f"{told['written']['captions']} of {load.items} images have a caption")
    rate = load.items / told["seconds"]["captions"]
    return {
        "images": load.items,
        "in flight": load.requests,
        "delay, s": load.delay,
        "limit per s": load.limit,
        "captions per s": rate,
        "% of the limit": 100 * rate / load.limit,
        "ms of processor per caption": 1000 * (used.ru_utime + used.ru_stime) / load.items,
        "peak MiB": used.ru_maxrss * 1024 / MEBIBYTE,
    }


def write_images(folder: Path, photographs: list[bytes], count: int) -> None:
    """Write images whose content differs in a number after their end, which no decoder reads."""
    folder.mkdir()
    for number, content in enumerate(islice(cycle(photographs), count)):
        (folder / f"{number:06d}.jpg").write_bytes(content + number.to_bytes(4, "big"))


@contextmanager
def server(delay: float) -> Iterator[str]:
    """Run the server in a process of its own, and give its address."""
    command = [sys.executable, str(HERE / "delayed_server.py"), str(delay)]
    with subprocess.Popen(  # noqa: S603  our own script
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None  # noqa: S101  for the type: it is a pipe
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"


def call(environment: dict[str, str], *command: str | Path) -> tuple[str, struct_rusage]:
    """Call `saetm`, and return what it prints and what it used."""
    with subprocess.Popen(  # noqa: S603  our own command
        [*SAETM, *map(str, command)], env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None  # noqa: S101  for the type: it is a pipe
        told = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"saetm {command[0]} failed")
    return told, used


if __name__ == "__main__":
    main()
