"""Results of benchmarks as files: a CSV per table, and what it was measured with.

    python benchmarks/published.py docs/benchmarks docs/benchmarks.md

writes the page of a folder of results. Scripts take `--results FOLDER` and call `publish`.
"""

import argparse
import json
import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import polars as pl
from threadpoolctl import threadpool_info

Cell = str | int | float | None
LIBRARIES = ("numpy", "scipy", "scikit-learn", "torch", "polars", "deltalake")


@dataclass(frozen=True)
class Heading:
    """What stands around a table."""

    title: str
    text: str  # what was compared, on which data, and how to read the ratios
    command: str  # that prints the table, from the root of the project
    peers: tuple[str, ...] = ()  # further distributions whose versions matter


@dataclass(frozen=True)
class About:
    """A heading, with what the table was measured with."""

    title: str
    text: str
    command: str
    machine: str
    versions: dict[str, str]


def arguments(description: str | None) -> argparse.ArgumentParser:
    """Begin the arguments that every script has."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--results", type=Path, help="folder for the table as a CSV file")
    parser.add_argument("--short", action="store_true", help="less data and fewer repeats")
    return parser


def publish(
    folder: Path | None, name: str, rows: Sequence[Mapping[str, Cell]], heading: Heading
) -> None:
    """Print a table, and write it to a folder where one is given.

    Args:
        folder: where NAME.csv and NAME.json go; None prints only.
        name: of the table, as a file name.
        rows: cells by column; a peer that is not installed has a row with empty cells.
        heading: what the page says of the table.
    """
    table = pl.DataFrame(rows, infer_schema_length=None)
    print(f"\n{heading.title}\n\n{markdown(table)}", flush=True)
    if folder is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    used = versions([*LIBRARIES, *heading.peers])
    command = heading.command + " --short" * ("--short" in sys.argv)
    about = About(heading.title, heading.text, command, machine(), used)
    table.write_csv(folder / f"{name}.csv")
    (folder / f"{name}.json").write_text(json.dumps(asdict(about), indent=2) + "\n")


def machine() -> str:
    """Describe processor and cores, as far as they are known, and threads of products."""
    facts = Path("/proc/cpuinfo")
    lines = facts.read_text().splitlines() if facts.exists() else []
    names = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    threads = max((pool["num_threads"] for pool in threadpool_info()), default="?")
    return (
        f"{len(names) or '?'} x {names[0] if names else platform.processor()}, threads: {threads}"
    )


def versions(distributions: Sequence[str]) -> dict[str, str]:
    """Return the versions of distributions; those that are absent are left out."""
    found = {"python": platform.python_version()}
    for name in distributions:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def markdown(table: pl.DataFrame) -> str:
    """Draw a table in Markdown, numbers to the right with three significant digits."""
    marks = ["--:" if kind.is_numeric() else "---" for kind in table.dtypes]
    cells = [[_cell(value) for value in row] for row in table.iter_rows()]
    lines = [table.columns, marks, *cells]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else value.replace("|", "\\|")


def page(folder: Path) -> str:
    """Return the page of all tables of a folder, in the order of their names."""
    tables = [
        (path, About(**json.loads(path.with_suffix(".json").read_text())))
        for path in sorted(folder.glob("*.csv"))
    ]
    contents = [f"- [{about.title}](#{_anchor(about.title)})" for _, about in tables]
    parts = ["# Benchmarks\n", "\n".join(contents) + "\n"]
    for path, about in tables:
        used = ", ".join(f"{name} {number}" for name, number in about.versions.items())
        parts += [
            f"## {about.title}\n\n{about.text}\n",
            f"{markdown(pl.read_csv(path))}\n",
            f"`{about.command}` · {about.machine} · {used} · [CSV]({folder.name}/{path.name})\n",
        ]
    return "\n".join(parts)


def _anchor(title: str) -> str:
    """Return where Markdown renderers put a heading: lower case, dashes, no other signs."""
    kept = [letter for letter in title.lower() if letter.isalnum() or letter in " -_"]
    return "".join(kept).replace(" ", "-")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="folder with the results")
    parser.add_argument("page", type=Path, help="file to write")
    options = parser.parse_args()
    options.page.write_text(page(options.folder))
