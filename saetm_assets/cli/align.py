"""Which topics of two datasets in one space correspond, and what only one of them has."""

import json

import click
import polars as pl
from rich.console import Console
from rich.table import Table
from rich.text import Text

from resources.settings import load_settings
from saetm.errors import InputError
from saetm.prompts.wording import clean
from saetm.queries.alignments import aligned_with, alignments
from saetm.tables.alignments import SAME
from saetm_assets.cli.run import at_work, quiet_config
from saetm_assets.cli.show import open_console, open_view
from saetm_assets.matrices import shown_count
from saetm_assets.partitions import DATASETS_PARTITIONS, partition_of_pair
from saetm_assets.stages.alignments import alignments as asset

LABELS = ("label", "other_label")
ALONE_SHOWN = 12  # topics of either dataset, in a terminal; JSON has all


def show_alignment(name: str, other: str, count: int | None, *, debug: bool, as_json: bool) -> None:
    """Print which topics of two datasets correspond, after working out what is owed.

    Args:
        name: a dataset.
        other: another one, in the same space.
        count: how many topics; the dataset's own number when None.
        debug: let Dagster log.
        as_json: print a list of flat rows.

    Raises:
        InputError: a dataset is unknown, was never run, or lies in another space.
    """
    if name == other:
        raise InputError(f"{name!r} is aligned with another dataset, not with itself")
    view, registration = open_view(name)
    open_view(other)[0].ledger("topics")
    view.ledger("topics")
    _materialise(name, other, debug=debug, quiet=as_json)
    stored = aligned_with(view.lake, name).filter(pl.col("other") == other).collect()
    counts = stored["topic_count"].to_list()
    if count is not None and count not in counts:
        raise InputError(
            f"no cut of {name!r} with {count} topics is stored: there are "
            f"{', '.join(map(str, counts))}, and topic_counts=[...] says which are"
        )
    k = count or shown_count(view, registration.options.topic_count)
    rows = alignments(view.lake, name, other, k).collect()
    if as_json:
        click.echo(json.dumps(rows.to_dicts(), indent=2))
    else:
        print_alignment(open_console(), rows, name, other)


def _materialise(name: str, other: str, *, debug: bool, quiet: bool) -> None:
    partition = partition_of_pair(name, other)
    settings = load_settings()
    with at_work(settings, name, debug=debug, quiet=quiet) as line:
        line.instance.add_dynamic_partitions(str(DATASETS_PARTITIONS.name), [other])
        line.materialise(partition, [asset.key], quiet_config(debug=debug))


def print_alignment(console: Console, rows: pl.DataFrame, name: str, other: str) -> None:
    """Print the pairs side by side, then what either dataset has alone.

    Args:
        console: the terminal.
        rows: of `saetm.queries.alignments`.
        name: the dataset.
        other: the one that it is aligned with.
    """
    pairs = rows.filter(status=SAME)
    shares = pairs.select(pl.col("share", "other_share").sum()).row(0)
    console.print(
        Text(
            clean(
                f"{pairs.height} topics of {name} ({shares[0]:.0%} of it) correspond to topics of "
                f"{other} ({shares[1]:.0%} of it)"
            )
        )
    )
    if pairs.height:
        console.print(_table(pairs, name, other))
    for owner, across in ((name, other), (other, name)):
        alone = rows.filter((pl.col("status") != SAME) & (pl.col("owner") == owner))
        _print_alone(console, alone, owner, across)


def _table(pairs: pl.DataFrame, name: str, other: str) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column(Text(clean(name)), overflow="fold")
    table.add_column("share", justify="right")
    table.add_column(Text(clean(other)), overflow="fold")
    table.add_column("share", justify="right")
    has_overlap = pairs["feature_overlap"].null_count() < pairs.height
    for heading in ("cosine", "q", *(["features"] if has_overlap else [])):
        table.add_column(heading, justify="right")
    for row in pairs.iter_rows(named=True):
        cells = [
            row["label"] or row["topic_id"],
            f"{row['share']:.1%}",
            row["other_label"] or row["other_topic_id"],
            f"{row['other_share']:.1%}",
            f"{row['cosine']:.2f}",
            f"{row['q_value']:.3f}",
        ]
        cells += [f"{row['feature_overlap']:.0%}"] if has_overlap else []
        table.add_row(*(Text(clean(cell)) for cell in cells))
    return table


def _print_alone(console: Console, alone: pl.DataFrame, owner: str, other: str) -> None:
    if alone.is_empty():
        return
    console.print(
        Text(clean(f"\n{alone.height} topics of {owner} without a sure counterpart in {other}"))
    )
    for row in alone.head(ALONE_SHOWN).iter_rows(named=True):
        label, near = (row[each] or row[f"{each.removesuffix('label')}topic_id"] for each in LABELS)
        told = f"{label} (nearest: {near}, {row['cosine']:.2f})"
        console.print(Text(f"  {row['share']:>5.1%}  {clean(told)}"), soft_wrap=True)
    if alone.height > ALONE_SHOWN:
        console.print(f"         and {alone.height - ALONE_SHOWN} more: --json lists all")
