"""How fast the explorer answers on a large dataset, alone and to many at once.

Takes 100,000 generated texts with planted themes through the line in a home of its own (half an
hour on two cores; kept in --home, so that it is made once), serves them as `saetm explore` does,
and asks: each view alone, and then a mix of views by 20 clients that pause as people do, or never.
Every client draws its own topics, items, numbers of topics and words, so that few answers were
given before.

    python benchmarks/explorer_speed.py --home FOLDER [--items 100000] [--clients 20]
"""

import http.client
import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import polars as pl
from explorer_material import write_texts
from published import Cell, Heading, arguments, publish

from resources.lake import Lake
from saetm.tables import ITEMS, TOPIC_NODES

DATASET, PORT = "texts", 3999
SECONDS = 30  # for which clients ask
VIEWS = {
    "datasets": "/",
    "topics": "/d/{d}/topics?k={k}",
    "the slider": "/d/{d}/topics?k={k}&fragment=1",
    "topics by a word": "/d/{d}/topics?k={k}&q={word}",
    "one topic": "/d/{d}/topic/{topic}?k={k}",
    "one item": "/d/{d}/item/{item}?k={k}",
    "map": "/d/{d}/map?k={stored}",
    "over time": "/d/{d}/time?k={stored}&per={per}",
    "compare": "/d/{d}/compare?k={stored}",
    "lineage": "/d/{d}/lineage",
    "lineage of a topic": "/d/{d}/lineage?topic={topic}",
    "download": "/d/{d}/topics?k={k}&format=csv",
}


class Addresses:
    """Draws addresses of views, of all that the dataset has."""

    def __init__(self, home: Path) -> None:
        """Read what there is."""
        lake = Lake(str(home / "lake"))
        nodes = lake.scan(TOPIC_NODES, DATASET).sort("node").tail(300).collect()
        self._topics = nodes["topic_id"].to_list()
        self._items = lake.scan(ITEMS, DATASET).select("item_id").collect()["item_id"].to_list()

    def draw(self, view: str, rng: random.Random) -> str:
        """Return an address of a view."""
        return VIEWS[view].format(
            d=DATASET,
            k=rng.randint(2, 300),
            stored=rng.choice((10, 25, 50, 100)),
            per=rng.choice(("month", "year", "decade")),
            topic=rng.choice(self._topics),
            item=rng.choice(self._items),
            word=rng.choice(("bababace", "bacefogu", "babacedi", "bahagufo")),
        )


def main() -> None:
    """Make the dataset where it is not there, ask, and publish both tables."""
    parser = arguments(__doc__)
    parser.add_argument("--home", type=Path, required=True, help="kept between runs")
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--clients", type=int, default=20)
    options = parser.parse_args()
    items, clients = (2_000, 4) if options.short else (options.items, options.clients)
    prepare(options.home.resolve(), items)
    addresses = Addresses(options.home.resolve())
    with served(options.home.resolve()) as server:
        alone = list(timed_alone(addresses))
        people = list(timed_together(addresses, clients, pause=1.0))
        together = list(timed_together(addresses, clients, pause=0.0))
        peak = peak_megabytes(server.pid)
    text = f"{items:,} texts; the server took {peak:,.0f} MB at most."
    many = f"{clients} clients at once, each of which"
    tables = {
        "explorer_alone": (alone, "each view alone", text),
        "explorer_people": (people, "people", f"{text} {many} looks at an answer for a second."),
        "explorer_together": (together, "without pause", f"{text} {many} never pauses."),
    }
    for name, (rows, which, about) in tables.items():
        publish(options.results, name, rows, _heading(which, items, about))


def _heading(which: str, items: int, text: str) -> Heading:
    return Heading(
        f"The explorer: {which}",
        f"{text} `first` is the first answer after the start of the server, which loads what the "
        "view reads. Milliseconds by the clock, on the machine that the clients run on as well.",
        f"python benchmarks/explorer_speed.py --home FOLDER --items {items}",
    )


def prepare(home: Path, items: int) -> None:
    """Take the texts through the line, unless they are."""
    if (home / "reports" / f"{DATASET}.html").exists():
        return
    folder = write_texts(home / "texts", items)
    for command in (["add", DATASET, str(folder)], ["run", DATASET]):
        subprocess.run([*_saetm(), *command], env=_environment(home), check=True)  # noqa: S603


@contextmanager
def served(home: Path) -> "Iterator[subprocess.Popen[bytes]]":
    """Serve the explorer of a home."""
    command = [*_saetm(), "explore", "--port", str(PORT)]
    server = subprocess.Popen(command, env=_environment(home))  # noqa: S603
    try:
        while not _answers():
            time.sleep(0.1)
        yield server
    finally:
        server.terminate()
        server.wait()


def timed_alone(addresses: Addresses) -> Iterator[dict[str, Cell]]:
    """Ask for each view: once when nothing is loaded, then for twenty others of its kind."""
    rng = random.Random(0)  # noqa: S311
    for view in VIEWS:
        first = ask(addresses.draw(view, rng))
        times = [ask(addresses.draw(view, rng)) for _ in range(20)]
        yield {"view": view, "first ms": first, **_quantiles(times)}
    times = [ask(f"/d/{DATASET}/map?k={k}") for k in rng.sample(range(2, 300), 10)]
    yield {"view": "map at a number not drawn before", "first ms": times[0], **_quantiles(times)}


def timed_together(addresses: Addresses, clients: int, pause: float) -> Iterator[dict[str, Cell]]:
    """Let clients ask for views at random until the time is over.

    Args:
        addresses: what they ask for.
        clients: how many there are.
        pause: mean seconds for which each looks at an answer before it asks again.
    """
    end = time.perf_counter() + SECONDS

    def client(seed: int) -> list[tuple[str, float]]:
        rng, asked = random.Random(seed), []  # noqa: S311
        while time.perf_counter() < end:
            view = rng.choice(list(VIEWS))
            asked.append((view, ask(addresses.draw(view, rng))))
            time.sleep(rng.expovariate(1 / pause) if pause else 0.0)
        return asked

    with ThreadPoolExecutor(clients) as pool:
        asked = [each for client in pool.map(client, range(clients)) for each in client]
    for view in VIEWS:
        times = [each for name, each in asked if name == view]
        yield {"view": view, "answers": len(times), **_quantiles(times)}
    every = [each for _, each in asked]
    yield {"view": "all", "answers": len(every), **_quantiles(every)}


def ask(address: str) -> float:
    """Ask once, and return milliseconds until the whole answer is there."""
    began = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=120)
    connection.request("GET", address)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{address}: {answer.status} {body[:300]!r}")
    return 1000 * (time.perf_counter() - began)


def peak_megabytes(pid: int) -> float:
    """Return the most memory that a process ever held, as Linux tells it."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) / 1000 if found else float("nan")


def _quantiles(times: list[float]) -> dict[str, Cell]:
    found = np.quantile(times, (0.5, 0.95)) if times else (None, None)
    return {"median ms": found[0], "p95 ms": found[1]}


def _answers() -> bool:
    try:
        return ask("/static/icon.svg") > 0
    except (ConnectionError, RuntimeError):
        return False


def _saetm() -> list[str]:
    return [sys.executable, "-m", "saetm_assets"]


def _environment(home: Path) -> dict[str, str]:
    return {**os.environ, "SAETM_HOME": str(home)}  # noqa: TID251  handed on as it is


if __name__ == "__main__":
    pl.Config.set_tbl_rows(40)
    main()
