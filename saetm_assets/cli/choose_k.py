"""The curve of scores over numbers of topics, printed with the number that suits."""

import json

import click
import polars as pl
from rich.table import Table
from rich.text import Text

from resources.lake import Lake
from resources.settings import load_settings
from saetm.choosing import RULE
from saetm.prompts.wording import clean
from saetm.queries.topic_counts import recommendation, topic_counts
from saetm_assets.cli.run import run_dataset
from saetm_assets.cli.show import open_console
from saetm_assets.measures import measure_of

SHOWN = ("quality", "npmi", "unique_words", "word_movers_distance", "stability")
BARS = "▏▎▍▌▋▊▉█"
WIDTH = 12  # characters of a full bar
CHOSEN = "bold green"


def show_choice(name: str, *, debug: bool, as_json: bool) -> None:
    """Score the numbers of topics of a dataset where that is owed, and recommend one.

    Args:
        name: the dataset.
        debug: let Dagster log.
        as_json: print a list of flat rows, with the intervals.

    Raises:
        InputError: the dataset is unknown, or the line was never run.
    """
    run_dataset(name, ["topic_count_scores"], debug=debug, quiet=as_json)
    frame = topic_counts(Lake(load_settings().lake_uri), name).collect()
    if as_json:
        click.echo(json.dumps(frame.to_dicts(), indent=2))
        return
    print_choice(frame, name)


def print_choice(frame: pl.DataFrame, name: str) -> None:
    """Print a table with a row per number of topics, the recommendation and its rule.

    Args:
        frame: of `saetm.queries.topic_counts`.
        name: of the dataset.
    """
    console = open_console()
    console.print(_table(frame, name))
    chosen = recommendation(frame)
    if chosen is None:
        console.print("a vocabulary of one word has no pairs to score")
        return
    console.print(Text(f"recommended: {chosen.reason}", style=CHOSEN))
    console.print(Text(f"the rule: {RULE}", style="dim"))


def _table(frame: pl.DataFrame, name: str) -> Table:
    table = Table(box=None, pad_edge=False, title=clean(name))
    table.add_column("topics", justify="right")
    for metric in SHOWN:
        table.add_column(measure_of(metric).short or measure_of(metric).title)
    most = {metric: _most(frame, metric) for metric in SHOWN}
    for row in frame.iter_rows(named=True):
        style = CHOSEN if row["is_recommended"] else ""
        cells = [_cell(row[metric], highest) for metric, highest in most.items()]
        table.add_row(str(row["topic_count"]), *cells, style=style)
    return table


def _most(frame: pl.DataFrame, metric: str) -> float:
    values = frame[metric].drop_nulls().to_list()
    return max(values, default=0.0)


def _cell(value: float | None, highest: float) -> str:
    return "" if value is None else f"{value:6.3f} {_bar(value, highest)}"


def _bar(value: float, highest: float) -> str:
    """Draw a value as eighths of characters; nothing where it is not above 0."""
    eighths = round(8 * WIDTH * value / highest) if highest > 0 else 0
    whole, part = divmod(max(eighths, 0), 8)
    return ("█" * whole + (BARS[part - 1] if part else "")).ljust(WIDTH)
