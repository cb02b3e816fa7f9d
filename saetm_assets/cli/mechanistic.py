"""Topics over features of tokens: the views of a dataset that make them, registered and run."""

import json
from collections.abc import Sequence
from typing import Final, get_args

import click
import polars as pl
from rich.table import Table
from rich.text import Text

from resources.lake import Lake
from resources.registry import Registration, Registry
from resources.settings import Settings, load_settings
from resources.view import DatasetView
from resources.views import lines_of
from saetm.errors import InputError
from saetm.options import SAE_TM, TopicModel, build_options, check_name, merge_trees, parse_settings
from saetm.prompts.wording import clean
from saetm.tables import FEATURE_DESCRIPTIONS, SCORES, TOPICS
from saetm_assets.cli.add import add_dataset
from saetm_assets.cli.registering import register
from saetm_assets.cli.run import run_dataset
from saetm_assets.cli.show import open_console
from saetm_assets.home import open_registry

MODELS: Final = tuple(name for name in get_args(TopicModel) if name != SAE_TM)
OF_ITS_OWN: Final = {"members", "model", "tokens", "autoencoder", "modality"}  # not the dataset's
READER: Final = "tokens.model=minilm"  # where no language model reads the items yet
Row = dict[str, str | int | float | None]


def show_mechanistic(
    name: str, models: str | None, settings: Sequence[str], *, debug: bool, as_json: bool
) -> None:
    """Make mechanistic topics of a dataset, and print what came of them.

    Args:
        name: a dataset with items of its own.
        models: comma-separated; all when None.
        settings: options, `key=value`; those of tokens are the dataset's, others the views'.
        debug: let Dagster log.
        as_json: print flat rows, one per model and number of topics.

    Raises:
        InputError: the dataset or a model is unknown, or the dataset is a union.
        SaetmError: a step failed.
    """
    home = load_settings()
    registry = open_registry(home)
    asked = _models(models)
    _read_tokens(registry.find(name), [each for each in settings if _is_of_tokens(each)])
    run_dataset(name, [], debug=debug, quiet=as_json)
    others = [each for each in settings if not _is_of_tokens(each)]
    views = {model: _register(home, registry, name, model, others) for model in asked}
    for view in views.values():
        run_dataset(view, [], debug=debug, quiet=as_json)
    lake = Lake(home.lake_uri)
    rows = [row for model, view in views.items() for row in _rows(DatasetView(lake, view), model)]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    _print(rows, name)


def _models(asked: str | None) -> list[str]:
    named = list(MODELS) if asked is None else [each.strip() for each in asked.split(",")]
    unknown = [each for each in named if each not in MODELS]
    if unknown:
        raise InputError(f"{unknown[0]!r} is no model over features; there are {', '.join(MODELS)}")
    return named


def _is_of_tokens(setting: str) -> bool:
    return setting.startswith("tokens.")


def _read_tokens(found: Registration, settings: Sequence[str]) -> None:
    """Let a language model read the items, unless one does so as is asked for."""
    if found.options.members:
        raise InputError(
            f"{found.dataset!r} is a union: name one of its members "
            f"({', '.join(map(repr, found.options.members))})"
        )
    wanted = [READER, *settings] if found.options.tokens.is_off else settings
    if wanted:
        add_dataset(found.dataset, found.folder, wanted)


def _register(
    home: Settings, registry: Registry, name: str, model: str, settings: Sequence[str]
) -> str:
    """Register the view of a dataset by a model, with the dataset's options, and return its name.

    The dataset itself is returned where its own line makes these topics.
    """
    lines = lines_of(registry.every(), name).get(model, [])
    view = lines[0] if lines else check_name(f"{name}-{model}")
    if view == name:
        return name
    theirs = registry.find(name).options.model_dump(mode="json", exclude_defaults=True)
    kept = {key: value for key, value in theirs.items() if key not in OF_ITS_OWN}
    overrides = merge_trees(kept, {"members": [name], "model": model})
    overrides = merge_trees(overrides, parse_settings(settings))
    register(home, registry, Registration(view, "", overrides, build_options(overrides)))
    return view


def _rows(view: DatasetView, model: str) -> list[Row]:
    """Tell of each stored number of topics what it is made of, and how coherent it is."""
    kept = view.scan(FEATURE_DESCRIPTIONS).select(pl.col("is_kept").sum()).collect().item()
    coherence = view.scan(SCORES).filter(pl.col("metric") == "npmi", pl.col("model") == model)
    topics = (
        view.scan(TOPICS)
        .group_by("topic_count")
        .agg(topics=pl.len(), features_per_topic=pl.col("features").list.len().mean())
    )
    npmi = coherence.select("topic_count", npmi="value")
    told = topics.join(npmi, on="topic_count", how="left").sort("topic_count").collect()
    known: Row = {"dataset": view.dataset, "model": model, "kept_features": int(kept)}
    return [{**known, **row} for row in told.to_dicts()]


def _print(rows: list[Row], name: str) -> None:
    table = Table(
        box=None, pad_edge=False, title=f"Topics of {clean(name)} over features of tokens"
    )
    for heading in ("model", "dataset", "topics", "features each", "NPMI"):
        table.add_column(heading, justify="left" if heading in {"model", "dataset"} else "right")
    for row in rows:
        npmi = row["npmi"]
        cells = (
            str(row["model"]),
            str(row["dataset"]),
            str(row["topics"]),
            f"{row['features_per_topic']:.0f}",
            "" if npmi is None else f"{npmi:.3f}",
        )
        table.add_row(*(Text(clean(cell)) for cell in cells))
    open_console().print(table)
