"""What one per cent of new items costs: rows and seconds of each stage, against the full run.

    python benchmarks/increments.py [--items 20000] [--new 200]

The captions of that many of the demo's prints, with vectors near the directions of their motifs,
lie in tables of 100 rows and go through the line. Then the new ones land in tables of their own.
Told per stage are the rows computed and the seconds, in full and for the increment; more than
5 % of the rows of any stage that works row by row is an error. Vocabulary, emissions and topics
are fits of all items by design, and what hangs on them follows.

Tables are always read anew, files are not: the last rows are of the first stage alone, for the
same texts as one table of vectors beside a file for each.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from published import Cell, Heading, arguments, publish

from saetm_assets.demo.captions import write_caption
from saetm_assets.demo.catalogue import MOTIFS
from saetm_assets.demo.scenes import plan_scene

DIMENSION, NOISE = 64, 0.05
ROWS_PER_TABLE = 100
ROW_WORK = ("items", "captions", "bags", "embeddings", "activations")
MOST_SHARE = 0.05
SAETM = [sys.executable, "-W", "ignore", "-m", "saetm_assets"]

Row = dict[str, object]


@dataclass(frozen=True)
class Cost:
    """What a run cost, per stage."""

    rows: dict[str, int]
    seconds: dict[str, float]


def heading(n_items: int, n_new: int) -> Heading:
    """Say what the table shows."""
    return Heading(
        "A few new items",
        f"Captions of {n_items:,} of the demo's prints, with vectors near the directions of their "
        f"motifs, go through the line; then {n_new} more land. Rows and seconds of every stage, at "
        "first and for the increment. Row work is to cost its share of rows; vocabulary, emissions "
        "and topics are fits of all items by design. The last rows are the first stage alone, "
        "where every text is a file.",
        "python benchmarks/increments.py",
    )


def main() -> None:
    """Run the line in full and for an increment, and publish what both cost."""
    parser = arguments(__doc__)
    parser.add_argument("--items", type=int, default=20_000)
    parser.add_argument("--new", type=int, default=200)
    options = parser.parse_args()
    n_items, n_new = (1500, 30) if options.short else (options.items, options.new)
    texts = planted_texts(n_items + n_new)
    first, new = texts[:n_items], texts[n_items:]
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        tables = whole_line(home, first, new)
        files = first_stage(home, first, new)
    rows = [*rows_of_costs("tables", tables), *rows_of_costs("files", files)]
    publish(options.results, "increments", rows, heading(n_items, n_new))
    check_shares(tables, files)


@dataclass(frozen=True)
class Home:
    """A SAETM_HOME of its own, driven as from a terminal."""

    root: Path

    def folder(self, dataset: str) -> Path:
        """Make the folder of a dataset."""
        folder = self.root / dataset
        folder.mkdir()
        return folder

    def call(self, *arguments: str | Path) -> str:
        """Call `saetm`, and return what it prints."""
        environment = {**os.environ, "SAETM_HOME": str(self.root)}  # noqa: TID251  handed on
        command = [*SAETM, *map(str, arguments)]
        return subprocess.run(  # noqa: S603  our own command
            command, env=environment, check=True, stdout=subprocess.PIPE, text=True
        ).stdout

    def run(self, dataset: str, *options: str) -> Cost:
        """Run what a dataset owes."""
        told = json.loads(self.call("run", dataset, "--json", *options))
        return Cost(told["written"], told["seconds"])


def planted_texts(count: int) -> list[Row]:
    """Return captions of two to four motifs, each with the sum of their directions and noise."""
    rng = np.random.default_rng(0)
    corners = rng.standard_normal((len(MOTIFS), DIMENSION)) / DIMENSION**0.5
    directions = dict(zip(MOTIFS, corners, strict=True))
    rows: list[Row] = []
    for number in range(count):
        motifs = plan_scene(number, seed=0).motifs
        strengths = rng.gamma(2.0, 1.0, len(motifs))
        exact = strengths @ np.stack([directions[motif] for motif in motifs])
        vector = exact + NOISE * rng.standard_normal(DIMENSION)
        text = write_caption(motifs, number=number, seed=0)
        rows.append({"text": text, "embedding": vector.round(4).tolist()})
    return rows


def whole_line(home: Home, first: list[Row], new: list[Row]) -> tuple[Cost, Cost]:
    """Take tables through the line, then further ones."""
    folder = home.folder("tables")
    write_tables(folder, "first", first)
    home.call("add", "tables", folder)
    full = home.run("tables")
    write_tables(folder, "new", new)
    increment = home.run("tables")
    if any(home.run("tables").rows.values()):
        raise AssertionError("a run with nothing new wrote rows")
    return full, increment


def first_stage(home: Home, first: list[Row], new: list[Row]) -> tuple[Cost, Cost]:
    """List files, then further ones."""
    folder = home.folder("files")
    write_files(folder, first, begin=0)
    home.call("add", "files", folder)
    full = home.run("files", "--select", "items")
    write_files(folder, new, begin=len(first))
    return full, home.run("files", "--select", "items")


def write_tables(folder: Path, name: str, rows: list[Row]) -> None:
    """Write rows into tables of ROWS_PER_TABLE."""
    for begin in range(0, len(rows), ROWS_PER_TABLE):
        lines = [json.dumps(row) for row in rows[begin : begin + ROWS_PER_TABLE]]
        (folder / f"{name}_{begin:06d}.jsonl").write_text("\n".join(lines))


def write_files(folder: Path, rows: list[Row], *, begin: int) -> None:
    """Write a file per text, and add their vectors to the one table beside them."""
    with (folder / "metadata.jsonl").open("a") as metadata:
        for number, row in enumerate(rows, begin):
            name = f"{number:06d}.txt"
            (folder / name).write_text(str(row["text"]))
            described = {"file_name": name, "embedding": row["embedding"]}
            metadata.write(f"{json.dumps(described)}\n")


def rows_of_costs(read: str, costs: tuple[Cost, Cost]) -> Iterator[dict[str, Cell]]:
    """Yield a row per stage, and one for all row work and for the whole line."""
    full = costs[0]
    work = [stage for stage in full.rows if stage in ROW_WORK]
    for stage in full.rows:
        yield {"texts in": read, "stage": stage, **shared([stage], costs)}
    yield {"texts in": read, "stage": "all row work", **shared(work, costs)}
    if len(full.rows) > len(work):
        yield {"texts in": read, "stage": "the whole line", **shared(list(full.rows), costs)}


def shared(stages: list[str], costs: tuple[Cost, Cost]) -> dict[str, Cell]:
    """Return the cost of some stages, in full and for the increment."""
    before, after = (sum(cost.rows[stage] for stage in stages) for cost in costs)
    slow, fast = (sum(cost.seconds[stage] for stage in stages) for cost in costs)
    return {
        "rows, full": before,
        "rows, new": after,
        "% of rows": 100 * after / before if before else None,
        "seconds, full": slow,
        "seconds, new": fast,
        "% of seconds": 100 * fast / slow if slow else None,
    }


def check_shares(*every: tuple[Cost, Cost]) -> None:
    """Look whether an increment cost too large a share of some stage's row work.

    Raises:
        AssertionError: it did.
    """
    for full, increment in every:
        work = [stage for stage in full.rows if stage in ROW_WORK]
        over = [stage for stage in work if increment.rows[stage] > MOST_SHARE * full.rows[stage]]
        if over:
            raise AssertionError(f"more than {MOST_SHARE:.0%} of the rows of {', '.join(over)}")


if __name__ == "__main__":
    main()
