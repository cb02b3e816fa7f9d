"""Show topics and their items."""

import json
import sys

import click
import polars as pl
from rich.console import Console
from rich.table import Table
from rich.text import Text

from resources.chat import Chat, open_chat
from resources.compute import compute_of
from resources.encoder import open_encoder
from resources.lake import Lake
from resources.lexicon import open_lexicon
from resources.registry import Registration
from resources.settings import load_settings
from resources.view import DatasetView
from saetm.options import SAE_TM, DatasetOptions
from saetm.prompts.wording import clean
from saetm.queries.topics import items_of_topic
from saetm_assets.cut_view import topics_at
from saetm_assets.home import open_registry
from saetm_assets.matrices import shown_count
from saetm_assets.search import encoder_name, find_items

WORDS_IN_JSON = 20
WORDS_SHOWN = 8


def show_topics(name: str, count: int | None, *, as_json: bool) -> None:
    """Print the topics of a dataset at a count; the dataset's own when none is given."""
    view, registration = open_view(name)
    asked = count or _own_count(view, registration.options)
    topics = topics_at(view, asked, registration.options, open_rules)
    if topics.height < asked:
        click.echo(
            f"{name} has {topics.height} topics at most at this size: {asked} were asked for",
            err=True,
        )
    if as_json:
        click.echo(json.dumps([_topic(row) for row in topics.iter_rows(named=True)], indent=2))
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("topic", "share", "items", "label", "words"):
        table.add_column(heading, overflow="fold")
    for row in topics.iter_rows(named=True):
        words = " ".join(row["words"][:WORDS_SHOWN])
        cells = (
            row["topic_id"],
            f"{row['weight']:.1%}",
            str(row["item_count"]),
            row["label"],
            words,
        )
        table.add_row(*(Text(clean(cell)) for cell in cells))
    open_console().print(table)


def _own_count(view: DatasetView, options: DatasetOptions) -> int:
    """Return the number of topics that is shown where none is asked for."""
    wanted = options.topic_count
    return wanted if options.model == SAE_TM else shown_count(view, wanted)


def show_items(name: str, topic: str, limit: int, *, as_json: bool) -> None:
    """Print the most representative items of a topic."""
    view, _ = open_view(name)
    found = items_of_topic(view.lake, name, topic).head(limit).collect()
    _print_items(found, by="share", shown="{:.0%}", as_json=as_json)


def show_found(name: str, words: str, limit: int, *, as_json: bool) -> None:
    """Print the items that are nearest to words."""
    view, registration = open_view(name)
    name_of_encoder = encoder_name(view, registration.options.encoder)
    encoder = open_encoder(name_of_encoder, compute_of(load_settings()))
    found = find_items(view, encoder, words, limit)
    _print_items(found, by="similarity", shown="{:.2f}", as_json=as_json)


def _print_items(items: pl.DataFrame, *, by: str, shown: str, as_json: bool) -> None:
    rows = items.to_dicts()
    if as_json:
        click.echo(json.dumps(rows, indent=2, default=str))
        return
    table = Table(box=None, pad_edge=False)
    for heading in (by, "path", "caption"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        caption = " ".join(str(row["caption"] or "").split())[:200]
        cells = (shown.format(row[by]), str(row["path"]), caption)
        table.add_row(*(Text(clean(cell)) for cell in cells))
    open_console().print(table)


def open_view(name: str) -> tuple[DatasetView, Registration]:
    """Open a dataset to read from, with its options.

    Raises:
        InputError: there is no such dataset.
    """
    settings = load_settings()
    registration = open_registry(settings).find(name)
    return DatasetView(Lake(settings.lake_uri), name), registration


def open_rules() -> Chat:
    """Open who names topics by their words, without a language model."""
    settings = load_settings()
    lexicon = open_lexicon(settings.lexicon, settings.nltk_data, download=False)
    return open_chat("embedded", category_of=lexicon.category, categories=lexicon.producer)


def _topic(row: dict[str, object]) -> dict[str, object]:
    words, probabilities = row["words"], row["probabilities"]
    return {
        "id": row["topic_id"],
        "label": row["label"],
        "description": row["description"],
        "category": row["category"],
        "weight": row["weight"],
        "item_count": row["item_count"],
        "words": [
            {"word": word, "probability": probability}
            for word, probability in zip(words, probabilities, strict=True)  # type: ignore[call-overload]  # list columns
        ][:WORDS_IN_JSON],
    }


def open_console() -> Console:
    """Open the terminal; what is piped gets lines of a fixed width."""
    width = None if sys.stdout.isatty() else 160
    return Console(width=width, highlight=False)
