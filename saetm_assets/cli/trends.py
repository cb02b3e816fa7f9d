"""Show how the topics of a dataset moved over time."""

import json
from collections.abc import Sequence

import click
import polars as pl
from rich.table import Table
from rich.text import Text

from resources.lake import Lake
from resources.settings import load_settings
from resources.view import DatasetView
from saetm.errors import InputError
from saetm.prompts.wording import clean
from saetm.queries.placing import Calendar
from saetm.queries.trend_sums import find_calendar
from saetm.queries.trends import trends
from saetm.tables import TOPICS
from saetm.trends.config import Resolution
from saetm_assets.cli.show import open_console
from saetm_assets.home import open_registry
from saetm_assets.matrices import shown_count
from saetm_assets.movement import ORDER, Moved, blocks, movements

STYLES = {"rising": "green", "falling": "red", "other": "yellow", "steady": "dim"}
COLUMNS = (
    *("topic_count", "topic_id", "label", "unit", "period", "item_count"),
    *("share", "low", "high", "prevalence", "words", "is_change_point"),
    *("direction", "slope", "q", "is_new"),
)


def show_trends(name: str, by: Resolution | None, count: int | None, *, as_json: bool) -> None:
    """Print how topics moved: a line per topic, or a row per topic and period as JSON.

    Args:
        name: the dataset.
        by: how long a period is; None for the dataset's own.
        count: a stored number of topics; None for the dataset's own.
        as_json: whether to print JSON.

    Raises:
        InputError: there is no such dataset, cut or period, or no item has a date.
    """
    settings = load_settings()
    registration = open_registry(settings).find(name)
    view = DatasetView(Lake(settings.lake_uri), name)
    view.ledger("topics")
    asked = _stored(view, count) or shown_count(view, registration.options.topic_count)
    rows = trends(view.lake, name, asked, by).collect()
    if as_json:
        words = pl.col("words").list.join(" ")
        click.echo(json.dumps(rows.with_columns(words).select(COLUMNS).to_dicts(), indent=2))
        return
    unit = by or registration.options.trends.period
    calendar = find_calendar(view.lake, name, unit)
    if rows.is_empty():
        raise InputError(f"no item of {name!r} has a date: give them a timestamp column")
    _print(movements(rows), calendar, rows["period"].to_list())


def _stored(view: DatasetView, count: int | None) -> int | None:
    """Return a number of topics that is stored, or refuse it."""
    stored = view.scan(TOPICS).select(pl.col("topic_count").unique().sort()).collect().to_series()
    if count is not None and count not in stored:
        known = ", ".join(map(str, stored))
        raise InputError(f"{view.dataset!r} has trends at {known} topics, not at {count}")
    return count


def _print(moved: Sequence[Moved], calendar: Calendar, names: Sequence[str]) -> None:
    table = Table(box=None, pad_edge=False)
    for heading in ("topic", f"share by {calendar.unit}", "", "mean", "changed in", "q"):
        table.add_column(heading, overflow="fold")
    for each in sorted(moved, key=lambda each: ORDER.index(each.direction)):
        cells = (
            each.label,
            blocks(each),
            each.arrow,
            f"{each.share:.1%}",
            _changes(each),
            "" if each.direction == "steady" else f"{each.q:.0e}",
        )
        style = STYLES[each.direction]
        table.add_row(*(Text(clean(cell), style=style) for cell in cells))
    console = open_console()
    console.print(table)
    console.print(Text(clean(f"{names[0]} to {names[-1]}. {_counts(calendar)}")))


def _changes(each: Moved) -> str:
    shown = ", ".join(each.changes)
    return f"new in {shown}" if each.new_since else shown


def _counts(calendar: Calendar) -> str:
    missing = "group with a date" if calendar.unit == "group" else "date"
    told = [f"{calendar.undated:,} items have no {missing}"]
    if calendar.ranged:
        told.append(f"{calendar.ranged:,} have a range of dates")
    if calendar.vague:
        told.append(f"{calendar.vague:,} of these span too many periods and are left out")
    return f"{'; '.join(told)}."
