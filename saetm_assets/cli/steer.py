"""Steer a language model along a topic, and print what each strength brings and costs."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import polars as pl
from rich.console import Console
from rich.table import Table
from rich.text import Text

from resources.lake import Lake
from resources.registry import Registration
from resources.settings import load_settings
from resources.views import lines_of
from saetm.errors import InputError
from saetm.prompts.wording import clean, shorten
from saetm.steering.strengths import check_strengths
from saetm.steering.trade_off import MOST_PERPLEXITY, effects, recommended_of
from saetm.tables import STEERINGS, TOPICS
from saetm_assets.cli.run import at_work, quiet_config
from saetm_assets.cli.show import open_console
from saetm_assets.home import open_registry
from saetm_assets.stages.steerings import steerings
from saetm_assets.steering.picture import short, trade_off_png

EXAMPLE = 160  # characters of a text that are shown
BEST = "bold green"
HEADINGS = ("strength", "relevance", "of its features", "perplexity", "drift", "a text")
HIDDEN = ("dataset", "input_hash")  # columns that JSON leaves out


@dataclass(frozen=True)
class Asked:
    """What a person wants to be written, as it is typed."""

    model: str | None  # topic model; that of the dataset's own line when None
    topic: str
    prompt: tuple[str, ...]
    strengths: str  # numbers with commas between them
    samples: int
    tokens: int
    temperature: float
    seed: int
    generator: str | None  # who writes; the model that features are of when None
    raw: bool  # whether prompts are left as they are where the model has a chat template


def show_steering(
    name: str, asked: Asked, plot: Path | None, *, debug: bool, as_json: bool
) -> None:
    """Print texts and measurements of a steered model by strength, after writing what is owed.

    Args:
        name: a dataset, or a view of one.
        asked: what is written.
        plot: file to write a picture of the trade-off into.
        debug: let Dagster log.
        as_json: print a list of flat rows, one per text.

    Raises:
        InputError: a dataset, topic, model or strength cannot be used; the sentence says why.
    """
    settings = load_settings()
    wanted = _config(asked)
    dataset = find_line(open_registry(settings).every(), name, asked.model)
    with at_work(settings, dataset, debug=debug, quiet=as_json) as line:
        config = {"ops": {steerings.op.name: {"config": wanted}}}
        line.materialise(dataset, [steerings.key], {**quiet_config(debug=debug), **config})
    lake = Lake(settings.lake_uri)
    mine = lake.scan(STEERINGS, dataset).filter(pl.col("topic_id") == asked.topic)
    rows = mine.sort("prompt", "is_steered", "strength", "draw").collect()
    if plot is not None:
        found = effects(rows)
        title = _title(lake, dataset, asked.topic)
        plot.write_bytes(trade_off_png(found, recommended_of(found), title))
    if as_json:
        click.echo(json.dumps(rows.drop(HIDDEN).to_dicts(), indent=2, default=str))
    else:
        print_trade_off(open_console(), rows, _title(lake, dataset, asked.topic))


def find_line(registrations: Iterable[Registration], name: str, model: str | None) -> str:
    """Return the dataset whose line makes topics of a model of the items of a dataset.

    It is the dataset itself, or else its view with that model.

    Args:
        registrations: of all datasets.
        name: the dataset.
        model: topic model; that of the dataset itself for None.

    Raises:
        InputError: there is no such dataset, or no such topics of it.
    """
    every = list(registrations)
    if name not in {each.dataset for each in every}:
        raise InputError(f"no dataset is called {name!r}: `saetm status` lists them")
    if model is None:
        return name
    lines = lines_of(every, name).get(model)
    if not lines:
        raise InputError(
            f"{name!r} has no topics by {model}: `saetm mechanistic {name}` makes them"
        )
    return lines[0]


def print_trade_off(console: Console, rows: pl.DataFrame, title: str) -> None:
    """Print a line per strength, the recommended one marked.

    Args:
        console: the terminal.
        rows: of `steerings`, of one topic.
        title: what the topic is about.
    """
    first = rows.row(0, named=True)
    found = effects(rows)
    best = recommended_of(found)
    console.print(Text(clean(f"{first['topic_id']}: {title}"), style="bold"))
    console.print(Text(clean(f"{first['producer']}; relevance: {first['relevance_by']}")))
    table = Table(box=None, pad_edge=False)
    for heading in HEADINGS:
        is_text = heading in {HEADINGS[0], HEADINGS[-1]}
        table.add_column(heading, justify="left" if is_text else "right", overflow="fold")
    for effect in found.iter_rows(named=True):
        like = {name: effect[name] for name in ("is_steered", "strength")}
        cells = _cells(effect, rows.filter(**like)["text"][0])
        is_best = effect["is_steered"] and effect["strength"] == best
        table.add_row(*(Text(cell, style=BEST if is_best else "") for cell in cells))
    console.print(table)
    console.print(Text(_advice(best)))


def _cells(effect: Mapping[str, float], text: str) -> Sequence[str]:
    return (
        f"{effect['strength']:g}" if effect["is_steered"] else "unsteered",
        f"{effect['relevance']:.3f}",
        f"{effect['feature_share']:.1%}",
        short(effect["perplexity"]),
        f"{effect['drift']:.2f}",
        shorten(text, EXAMPLE),
    )


def _advice(best: float | None) -> str:
    if best is None:
        return (
            "no strength gains relevance at a perplexity of at most "
            f"{MOST_PERPLEXITY:g} times the unsteered one: try others, or more samples"
        )
    return f"recommended strength: {best:g}"


def _title(lake: Lake, dataset: str, topic: str) -> str:
    mine = lake.scan(TOPICS, dataset).filter(pl.col("topic_id") == topic)
    words = mine.select("words").head(1).collect()["words"].to_list()
    return ", ".join(words[0][:10]) if words else topic


def _config(asked: Asked) -> dict[str, object]:
    return {
        "topic": asked.topic,
        "prompts": list(asked.prompt),
        "strengths": list(check_strengths(_numbers(asked.strengths))),
        "samples": asked.samples,
        "tokens": asked.tokens,
        "temperature": asked.temperature,
        "seed": asked.seed,
        "generator": asked.generator or "",
        "as_message": not asked.raw,
    }


def _numbers(text: str) -> list[float]:
    try:
        return [float(each) for each in text.split(",") if each.strip()]
    except ValueError:
        raise InputError(
            f"strengths are numbers with commas between them, such as 0,0.2,0.4: got {text!r}"
        ) from None
