"""Fit and score all topic models on real data, and write the tables of docs/leaderboard.md.

    python benchmarks/leaderboards.py --data FOLDER --home HOME [--page docs/leaderboard.md]

FOLDER holds newsgroups.jsonl.gz, un_debates.jsonl.gz and flickr8k/. What HOME has fitted already is
not fitted again, so the page can be written anew in seconds. What stands in the page before the
first table is kept.
"""

import argparse
import gzip
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from paper_scores import IMAGES, TEXTS, Reported

from saetm.models.catalogue import MODELS

MARK = "<!-- tables -->"
COUNTS = (50, 100, 200)
Row = dict[str, str | int | float | None]


@dataclass(frozen=True)
class Column:
    """A score as it is shown."""

    metric: str
    heading: str
    digits: int
    scale: float = 1.0


COLUMNS = (
    Column("rating", "rating", 1),
    Column("intruder", "intruders, %", 1, 100),
    Column("word_movers_distance", "WMD", 3),
    Column("npmi", "NPMI", 3),
    Column("c_v", "C_V", 3),
    Column("unique_words", "unique words", 3),
    Column("inverted_rbo", "inverted RBO", 3),
    Column("purity", "purity", 3),
    Column("nmi", "NMI", 3),
    Column("perplexity", "perplexity", 0),
    Column("stability", "stability", 3),
    Column("seconds", "seconds", 1),
)
SPREAD = {"rating", "intruder", "npmi"}  # shown with half of their interval
LOWER_IS_BETTER = {"perplexity", "seconds"}


@dataclass(frozen=True)
class Dataset:
    """A dataset of the page."""

    name: str
    source: str  # file or folder below the data folder
    told: str
    paper: Mapping[str, Reported]
    settings: tuple[str, ...] = ()


DATASETS = (
    Dataset("newsgroups", "newsgroups.jsonl.gz", "5,000 posts of 20 Newsgroups", TEXTS),
    Dataset("un_debates", "un_debates.jsonl.gz", "5,000 paragraphs of UN speeches", TEXTS),
    Dataset(
        "flickr8k",
        "flickr8k",
        "1,200 photographs by their captions",
        IMAGES,
        ("--encoder", "minilm"),
    ),
)


def main() -> None:
    """Read the arguments, fit what is owed and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with the data")
    parser.add_argument("--home", type=Path, required=True, help="home of the datasets")
    parser.add_argument("--page", type=Path, default=Path("docs/leaderboard.md"))
    parser.add_argument("--models", help="comma-separated; all when not given")
    options = parser.parse_args()
    sections = [section(each, rows(each, options)) for each in DATASETS]
    head = options.page.read_text("utf-8").partition(MARK)[0] if options.page.exists() else ""
    options.page.write_text("\n".join([f"{head}{MARK}\n", *sections]), "utf-8")


def rows(dataset: Dataset, options: argparse.Namespace) -> list[Row]:
    """Return the leaderboard of a dataset, which is added and run where it has not been."""
    known = json.loads(saetm(options.home, "status", "--json"))
    if dataset.name not in {each["dataset"] for each in known}:
        folder = unpacked(options.data / dataset.source, options.home)
        saetm(options.home, "add", dataset.name, str(folder), *dataset.settings)
        saetm(options.home, "run", dataset.name)
    asked = ["--models", options.models] if options.models else []
    return json.loads(saetm(options.home, "leaderboard", dataset.name, *asked, "--json"))


def unpacked(source: Path, home: Path) -> Path:
    """Return a folder that the inbox can read: the source's own, or a copy of an archive."""
    if source.is_dir():
        return source.resolve()
    folder = home / "unpacked" / source.name.partition(".")[0]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / source.stem).write_bytes(gzip.decompress(source.read_bytes()))
    return folder


def saetm(home: Path, *arguments: str) -> str:
    """Run a command on a home and return what it prints."""
    home.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "SAETM_HOME": str(home)}  # noqa: TID251  handed on as it is
    command = [sys.executable, "-m", "saetm_assets", *arguments]
    return subprocess.run(  # noqa: S603  ours
        command, env=environment, check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def section(dataset: Dataset, found: list[Row]) -> str:
    """Write the tables of a dataset."""
    parts = [f"## {dataset.name}: {dataset.told}\n"]
    for count in COUNTS:
        mine = [row for row in found if row["topic_count"] == count]
        parts += [f"### {count} topics\n", *table(mine, dataset.paper, count), ""]
    return "\n".join(parts)


def table(found: list[Row], paper: Mapping[str, Reported], count: int) -> Iterator[str]:
    """Write one table, best of each column in bold, the paper's numbers in its last columns."""
    fitted = [row for row in found if row["reason"] is None]
    shown = [column for column in COLUMNS if any(row[column.metric] is not None for row in fitted)]
    heads = ["model", *(column.heading for column in shown), *PAPER_HEADS]
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for row in fitted:
        cells = [cell(row, column, fitted) for column in shown]
        reported = paper[str(row["model"])].at(count) if row["model"] in paper else None
        said = [f"{number:.2f}" for number in reported] if reported else [""] * len(PAPER_HEADS)
        yield f"| {' | '.join([title(row), *cells, *said])} |"
    for row in found:
        if row["reason"] is not None:
            yield f"\n{title(row)} could not be fitted: {row['reason']}"


PAPER_HEADS = ("paper: rating", "paper: intruders, %", "paper: WMD")


def title(row: Row) -> str:
    """Return a model's name as papers write it."""
    return MODELS[str(row["model"])].title


def cell(row: Row, column: Column, fitted: list[Row]) -> str:
    """Write a score, with half of its interval where that matters."""
    value = row[column.metric]
    if not isinstance(value, int | float):
        return ""
    text = f"{column.scale * value:.{column.digits}f}"
    low, high = row.get(f"{column.metric}_low"), row.get(f"{column.metric}_high")
    if column.metric in SPREAD and isinstance(low, float) and isinstance(high, float):
        text += f" ± {column.scale * (high - low) / 2:.{column.digits}f}"
    return f"**{text}**" if value == best(column, fitted) else text


def best(column: Column, fitted: list[Row]) -> float:
    """Return the best value of a column."""
    values = [row[column.metric] for row in fitted]
    numbers = [value for value in values if isinstance(value, int | float)]
    return min(numbers) if column.metric in LOWER_IS_BETTER else max(numbers)


if __name__ == "__main__":
    main()
