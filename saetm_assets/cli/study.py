"""Thresholds and layers varied: how much the topics depend on them, as a table."""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import click
from rich.table import Table

from resources.compute import compute_of
from resources.lake import Lake
from resources.lexicon import open_lexicon
from resources.registry import Registry
from resources.settings import load_settings
from resources.view import DatasetView
from saetm.errors import InputError
from saetm.options import DatasetOptions
from saetm.prompts.wording import clean
from saetm_assets.cli.show import open_console

if TYPE_CHECKING:
    from saetm_assets.token_study import Design, Setting

HEADINGS = {
    "layer": "layer",
    "quantile": "quantile",
    "variance_explained": "variance",
    "kept_features": "features",
    "features_per_item": "per item",
    "topics": "topics",
    "npmi": "NPMI",
    "unique_words": "unique words",
    "purity": "purity",
    "agreement": "agreement",
}
CAPTION = "agreement: of the items' largest topics with those of the first row"
EMBEDDED = "minilm"
LOWEST, HIGHEST = 0.05, 0.95  # quantiles that are kept of a feature's activations

T = TypeVar("T")


@dataclass(frozen=True)
class Asked:
    """What was asked for; empty or None is left to the dataset's options."""

    quantiles: str
    layers: str
    model: str
    topic_count: int | None
    tokens: int


def show_study(name: str, asked: Asked, *, as_json: bool) -> None:
    """Vary layer and quantile, and print what comes of each.

    Args:
        name: the dataset; nothing is written for it.
        asked: what is varied.
        as_json: print a list of flat rows instead of a table.

    Raises:
        InputError: the dataset is unknown or was never run, or a number is none.
    """
    from saetm_assets.token_study import draw_sample, study

    settings = load_settings()
    lake = Lake(settings.lake_uri)
    design = _design(Registry(lake, settings.inbox_uri).find(name).options, asked)
    lexicon = open_lexicon(settings.lexicon, settings.nltk_data, download=False)
    sample = draw_sample(DatasetView(lake, name), design)
    say = partial(click.echo, err=True)
    rows = list(study(sample, design, compute=compute_of(settings), lexicon=lexicon, say=say))
    if as_json:
        click.echo(json.dumps([row._asdict() for row in rows], indent=2))
        return
    open_console().print(table_of(rows, f"{name}, {len(sample.texts)} items, {design.model}"))


def table_of(rows: "Sequence[Setting]", title: str) -> Table:
    """Return a table with a row per setting; the first is what the others are compared with."""
    table = Table(box=None, pad_edge=False, title=clean(title), caption=CAPTION)
    for heading in HEADINGS.values():
        table.add_column(heading, justify="right")
    for number, row in enumerate(rows):
        values = row._asdict()
        cells = [_cell(values[each]) for each in HEADINGS]
        table.add_row(*cells, style="" if number else "bold")
    return table


def _design(options: DatasetOptions, asked: Asked) -> "Design":
    """Take what was asked for, and of the rest what the options say."""
    from saetm_assets.token_study import Design

    config = options.tokens
    layers = _numbers(asked.layers, int, "layer")
    quantiles = _numbers(asked.quantiles, float, "quantile")
    if not all(LOWEST <= each <= HIGHEST for each in quantiles):
        raise InputError(f"a quantile lies between {LOWEST} and {HIGHEST}; got {asked.quantiles!r}")
    return Design(
        layers=layers or (config.layer,),
        quantiles=quantiles or (config.quantile,),
        model=asked.model,
        topic_count=asked.topic_count or options.topic_count,
        most_tokens=asked.tokens,
        config=config.model_copy(
            update={"model": EMBEDDED if config.is_off else config.model, "autoencoder": "train"}
        ),
    )


def _numbers(text: str, kind: Callable[[str], T], what: str) -> tuple[T, ...]:
    """Read numbers that commas part.

    Raises:
        InputError: one is no number.
    """
    try:
        return tuple(dict.fromkeys(kind(part) for part in text.split(",") if part.strip()))
    except ValueError:
        raise InputError(f"{text!r} is no list of numbers: give one {what} or more") from None


def _cell(value: float | None) -> str:
    if value is None or math.isnan(value):
        return ""
    return str(value) if isinstance(value, int) else f"{value:.3f}"
