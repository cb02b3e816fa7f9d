"""Let judges compare the topic models of a dataset in pairs, and print the ratings."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import click
import dagster as dg
import polars as pl
from rich.console import Console
from rich.table import Table
from rich.text import Text

from resources.lake import Lake
from resources.settings import load_settings
from saetm.errors import InputError
from saetm.judging.told import agreements, kappa_told, positions
from saetm.prompts.wording import clean
from saetm.tables import DUEL_RATINGS, DUELS
from saetm_assets.cli.run import at_work, quiet_config
from saetm_assets.cli.show import open_console
from saetm_assets.home import open_registry
from saetm_assets.stages.topic_duels import topic_duels

BEST = "bold green"
SETTING = ("topic_count", "show", "judge")
COUNTS = ("wins", "ties", "losses")


@dataclass(frozen=True)
class Asked:
    """What a person wants to be compared, as it is typed."""

    models: str | None  # names with commas between them; None for all that there are
    judges: str | None  # likewise; None for the judge of the dataset's options
    k: int | None  # number of topics; None for that of the options
    documents: int  # items over which each pair meets
    show: str  # words or summary


def show_ratings(name: str, asked: Asked, *, debug: bool, as_json: bool) -> None:
    """Print ratings of topic models, after asking the judges what they were never asked.

    Args:
        name: the dataset.
        asked: who meets whom, and who judges.
        debug: let Dagster log.
        as_json: print a list of flat rows.

    Raises:
        InputError: the dataset or a judge is unknown, a model is not there, or no judge answered.
    """
    settings = load_settings()
    options = open_registry(settings).find(name).options
    count = asked.k or options.topic_count
    judges = _names(asked.judges) or [options.judge]
    trouble = _materialise(name, asked, (judges, count), debug=debug, quiet=as_json)
    lake = Lake(settings.lake_uri)
    mine = (
        (pl.col("topic_count") == count)
        & (pl.col("show") == asked.show)
        & pl.col("judge").is_in(judges)
    )
    order = pl.col("judge").replace_strict({each: n for n, each in enumerate(judges)})
    ratings = lake.scan(DUEL_RATINGS, name).filter(mine).collect()
    ratings = ratings.sort(order, "elo", "model", descending=[False, True, False])
    duels = lake.scan(DUELS, name).filter(mine).collect()
    if ratings.is_empty():
        raise InputError(f"no judge rated the topic models of {name!r}: {trouble}")
    if as_json:
        click.echo(json.dumps(rating_records(ratings, duels), indent=2))
        if trouble:
            click.echo(clean(trouble), err=True)
    else:
        print_ratings(open_console(), ratings, duels, trouble)


def _names(text: str | None) -> list[str]:
    return list(dict.fromkeys(each.strip() for each in (text or "").split(",") if each.strip()))


def _materialise(
    name: str, asked: Asked, who: tuple[Sequence[str], int], *, debug: bool, quiet: bool
) -> str:
    """Run the asset and return what was in the way; empty where nothing was."""
    judges, count = who
    wanted = {
        "models": _names(asked.models),
        "judges": list(judges),
        "topic_count": count,
        "items": asked.documents,
        "show": asked.show,
    }
    config = {**quiet_config(debug=debug), "ops": {topic_duels.op.name: {"config": wanted}}}
    with at_work(load_settings(), name, debug=debug, quiet=quiet) as line:
        result = line.materialise(name, [topic_duels.key], config)
    (done,) = result.asset_materializations_for_node(topic_duels.op.name)
    told = done.metadata["trouble"]
    text = str(told.value) if isinstance(told, dg.TextMetadataValue) else ""
    return "" if text == "none" else text


def rating_records(ratings: pl.DataFrame, duels: pl.DataFrame) -> list[dict[str, object]]:
    """Return flat rows: a rating with what is known of its judge.

    Args:
        ratings: rows of DUEL_RATINGS.
        duels: rows of DUELS that they are made from.

    Returns:
        To each rating how often the model shown first won (first_share, its interval and
        p-value), and, of two judges, their Cohen's kappa with its interval.
    """
    checks, kappas = positions(duels), agreements(duels)
    kappa = next(iter(kappas.values())) if len(kappas) == 1 else None
    rows = ratings.drop("run_id", "created_at").to_dicts()
    for row in rows:
        check = checks[row["judge"]]
        row |= {
            "first_share": check.share,
            "first_low": check.low,
            "first_high": check.high,
            "first_p_value": check.p_value,
            "is_position_biased": check.is_biased,
            "kappa": kappa.value if kappa else None,
            "kappa_low": kappa.low if kappa else None,
            "kappa_high": kappa.high if kappa else None,
        }
    return rows


def print_ratings(
    console: Console, ratings: pl.DataFrame, duels: pl.DataFrame, trouble: str
) -> None:
    """Print a table per judge, then what the duels say about the judges.

    Args:
        console: the terminal.
        ratings: rows of DUEL_RATINGS, by judge, the best first.
        duels: rows of DUELS that they are made from.
        trouble: what was in the way; may be empty.
    """
    checks = positions(duels)
    for rows in ratings.partition_by("judge", maintain_order=True):
        judge = rows["judge"][0]
        console.print(_table(rows))
        console.print(Text(clean(f"judged by {rows['producer'][0]}"), style="dim"))
        console.print(Text(clean(_over(rows, duels.filter(judge=judge)))))
        console.print(Text(clean(f"position: {checks[judge].told}")))
        console.print()
    for (one, other), kappa in agreements(duels).items():
        console.print(Text(clean(f"{one} and {other}: {kappa_told(kappa)}")))
    if trouble:
        console.print(Text(clean(trouble), style="yellow"))


def _table(rows: pl.DataFrame) -> Table:
    dataset, count, judge = (rows[name][0] for name in ("dataset", "topic_count", "judge"))
    title = Text(clean(f"{dataset}, {count} topics, judged by {judge}"))
    table = Table(box=None, pad_edge=False, title=title)
    table.add_column("model")
    for heading in ("Elo", "95 % interval", *COUNTS):
        table.add_column(heading, justify="right")
    table.add_column("topics of")
    for place, row in enumerate(rows.iter_rows(named=True)):
        ends = "" if row["low"] is None else f"{row['low']:.0f} to {row['high']:.0f}"
        cells = [
            row["model"],
            f"{row['elo']:.0f}",
            ends,
            *(str(row[each]) for each in COUNTS),
            row["source"] or "rivals",
        ]
        table.add_row(*(Text(clean(cell)) for cell in cells), style=BEST if place == 0 else "")
    return table


def _over(rows: pl.DataFrame, duels: pl.DataFrame) -> str:
    """Say over how many duels the ratings are, and what was passed over."""
    answered = duels["answer"].is_not_null().sum()
    passed = rows.filter(pl.col("passed_over") > 0).sort("model")
    told = [
        f"{model} says nothing of {items}"
        for model, items in passed.select("model", "passed_over").iter_rows()
    ]
    silent = f"; items passed over: {', '.join(told)}" if told else ""
    over = duels["item_id"].n_unique()
    return f"{answered} of {duels.height} duels answered, over {over} items{silent}"
