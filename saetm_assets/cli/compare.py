"""Compare groups of a dataset, or whole datasets over topics that they have in common."""

import json
from collections.abc import Sequence
from typing import Any

import click
import polars as pl
from rich.console import Console
from rich.table import Table
from rich.text import Text

from resources.registry import Registration
from resources.view import DatasetView
from saetm.prompts.wording import clean
from saetm.queries.compositions import RATE, By, apart, compositions, in_order
from saetm.tables import COMPOSITIONS, ITEMS, TOPICS
from saetm_assets.cli.show import open_console, open_rules, open_view
from saetm_assets.cut_view import compute_cut, topics_at

TOPICS_SHOWN, SETS_SHOWN, APART_SHOWN = 10, 8, 4  # in a terminal; JSON has all
BAR, NAME = 28, 44  # characters at most
EIGHTHS = " ▏▎▍▌▋▊▉"

Row = dict[str, Any]  # of a frame


def show_comparison(
    names: Sequence[str], by: By | None, count: int | None, *, as_json: bool
) -> None:
    """Print what groups of a dataset are about, or several datasets over common topics.

    Args:
        names: one dataset, or those whose union is compared by dataset.
        by: what makes the sets; None for the members of a union, and groups where there are none.
        count: how many topics; the dataset's own number when None.
        as_json: whether to print flat rows, one per topic and set.

    Raises:
        InputError: there is no such dataset, or it was never taken through the line.
    """
    name = names[0] if len(names) == 1 else _united(names, quiet=as_json)
    view, registration = open_view(name)
    view.ledger("compositions")
    way = by or _way(view)
    rows = _compositions(view, registration, count, way)
    if as_json:
        click.echo(json.dumps(rows.to_dicts(), indent=2))
    elif rows.is_empty():
        click.echo(_nothing(name, way))
    else:
        print_comparison(name, rows, way)


def _united(names: Sequence[str], *, quiet: bool) -> str:
    from saetm_assets.cli.union import ensure_union

    return ensure_union(names, quiet=quiet)


def _way(view: DatasetView) -> By:
    stored = view.scan(COMPOSITIONS).select(pl.col("by").unique()).collect()["by"].to_list()
    return "dataset" if "dataset" in stored else "group"


def _nothing(name: str, by: By) -> str:
    if by == "dataset":
        return f"{name} is one dataset: `saetm compare {name} OTHER` compares it with another one"
    return (
        f"no item of {name} has a group, so there is nothing to compare; groups come from a "
        "`group` column of the metadata"
    )


def _compositions(
    view: DatasetView, registration: Registration, count: int | None, by: By
) -> pl.DataFrame:
    """Read what is stored of a cut, and work out what is not."""
    asked = count or registration.options.topic_count
    stored = view.scan(TOPICS).filter(pl.col("topic_count") == asked).head(1).collect()
    if stored.height:
        return compositions(view.lake, view.dataset, asked, by).collect()
    return _computed(view, registration, asked, by)


def _computed(view: DatasetView, registration: Registration, count: int, by: By) -> pl.DataFrame:
    from saetm.queries.composing import compose

    options = registration.options
    named = topics_at(view, count, options, open_rules).select("topic_id", "label", "category")
    at = pl.lit(count, dtype=pl.Int32)
    mixtures = compute_cut(view, count, options).mixtures.with_columns(topic_count=at)
    share = options.topics.presence_share
    topics = named.with_columns(topic_count=at)
    found = compose(mixtures.lazy(), topics, view.scan(ITEMS), presence_share=share)
    rows = found.lazy().filter(pl.col("by") == by).with_columns(dataset=pl.lit(view.dataset))
    return in_order(rows.join(named.lazy(), on="topic_id", how="left")).collect()


def print_comparison(name: str, rows: pl.DataFrame, by: By) -> None:
    """Print which topics tell sets apart most, and what each set has more of than all others.

    Args:
        name: the dataset.
        rows: of `saetm.queries.compositions`, some.
        by: what makes the sets.
    """
    console = open_console()
    console.print(Text(clean(f"{name}: {_told(rows, by)}")))
    first = rows["topic_id"].unique(maintain_order=True).head(TOPICS_SHOWN)
    top = rows.filter(pl.col("topic_id").is_in(first.to_list()))
    console.print(f"\nShare of the items with a topic, where {by}s differ most")
    if not top["is_ranked"].all():
        console.print("(abstract topics, and those in over 30 % of the items, come last)")
    console.print(f"▲ more, ▼ less than in all other {by}s (false discovery rate {RATE:.0%})")
    scale = top.select(pl.col("prevalence").max()).item() or 1.0
    for place, topic in enumerate(top.partition_by("topic_id", maintain_order=True), start=1):
        _print_topic(console, place, topic, scale)
    _print_apart(console, rows, by)


def _told(rows: pl.DataFrame, by: By) -> str:
    """Count the sets, and say which of them are not compared."""
    sets = rows.unique("set", maintain_order=True)
    named, nameless = sets.filter(pl.col("set").is_not_null()), sets.filter(pl.col("set").is_null())
    every, single = rows["set_count"][0], named.filter(item_count=1).height
    setless = nameless.select(pl.col("item_count").sum()).item()
    said = [
        f"{_counted(every, by)} at {rows['topic_id'].n_unique()} topics",
        f"{_counted(every - named.height, f'smaller {by}')} not told apart",
        f"{_counted(single, by)} of one item not compared",
        f"{_counted(setless, 'item')} without a {by}",
    ]
    return ", ".join(part for part in said if not part.startswith("0 "))


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' * (number != 1)}"


def _print_topic(console: Console, place: int, topic: pl.DataFrame, scale: float) -> None:
    named = topic.filter(pl.col("set").is_not_null()).sort(
        "prevalence", "item_count", descending=True
    )
    first = topic.row(0, named=True)
    heading = f"{place}. {first['label'] or first['topic_id']}"
    console.print()
    console.print(Text(clean(heading), style="bold"))
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(width=NAME, no_wrap=True, overflow="ellipsis")
    table.add_column(width=BAR, no_wrap=True)
    for width in (6, 15, 1):  # share, interval, mark
        table.add_column(justify="right", no_wrap=True, width=width)
    for row in named.head(SETS_SHOWN).iter_rows(named=True):
        table.add_row(*(Text(cell) for cell in _cells(row, scale)))
    console.print(table)
    others = named.slice(SETS_SHOWN)
    if others.height:
        ends = others.select(low=pl.col("prevalence").min(), high=pl.col("prevalence").max())
        low, high = ends.row(0)
        console.print(f"and {others.height} more, {low:.1%} to {high:.1%}")


def _cells(row: Row, scale: float) -> tuple[str, ...]:
    low, high = row["prevalence_low"], row["prevalence_high"]
    return (
        clean(str(row["set"])),
        _bar(row["prevalence"] / scale),
        f"{row['prevalence']:.1%}",
        "" if low is None else f"{low:.1%} to {high:.1%}",
        _mark(row),
    )


def _mark(row: Row) -> str:
    if row["q_value"] is None or row["q_value"] >= RATE:
        return " "
    return "▲" if row["prevalence"] > row["rest_prevalence"] else "▼"


def _bar(part: float) -> str:
    eighths = round(8 * BAR * min(part, 1.0))
    return "█" * (eighths // 8) + EIGHTHS[eighths % 8].strip()


def _print_apart(console: Console, rows: pl.DataFrame, by: By) -> None:
    found = apart(rows.lazy(), APART_SHOWN).collect()
    if found.is_empty():
        console.print(f"\nNo {by} differs from the others beyond chance.")
        return
    console.print(f"\nWhat sets each {by} apart (largest log-odds against all others)")
    table = Table(box=None, pad_edge=False)
    for heading in (by, "topic", "here", "elsewhere", "log-odds", "q"):
        is_text = heading in {by, "topic"}
        table.add_column(heading, overflow="fold", justify="left" if is_text else "right")
    before = None
    for row in found.iter_rows(named=True):
        cells = (
            "" if row["set"] == before else row["set"],
            row["label"] or row["topic_id"],
            f"{row['prevalence']:.1%}",
            f"{row['rest_prevalence']:.1%}",
            f"{row['log_odds']:+.1f}",
            f"{row['q_value']:.0e}",
        )
        table.add_row(*(Text(clean(cell)) for cell in cells))
        before = row["set"]
    console.print(table)
