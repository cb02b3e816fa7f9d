"""Fit topic models on a dataset, score them alike, and print them side by side."""

import json
from collections.abc import Sequence

import click
import polars as pl
from rich.table import Table
from rich.text import Text

from resources.lake import Lake
from resources.settings import load_settings
from resources.views import lines_of
from saetm.errors import InputError
from saetm.models.catalogue import MODELS
from saetm.prompts.wording import clean
from saetm.queries.leaderboard import METRICS, best_first, leaderboard
from saetm_assets.cli.run import at_work, quiet_config
from saetm_assets.cli.show import open_console
from saetm_assets.home import open_registry
from saetm_assets.measures import measure_of
from saetm_assets.model_titles import TITLES
from saetm_assets.partitions import partition_of_model
from saetm_assets.stages.rivals import rivals
from saetm_assets.stages.scores import scores

BEST = "bold green"


def show_leaderboard(
    name: str, models: str | None, k: int | None, *, debug: bool, as_json: bool
) -> None:
    """Print the leaderboard of a dataset and its views, after fitting and scoring what is owed.

    Args:
        name: the dataset.
        models: names of models with commas between them; None for all.
        k: number of topics; None for those of the dataset's options.
        debug: let Dagster log.
        as_json: print a list of flat rows, with the intervals.

    Raises:
        InputError: the dataset or a model is unknown, or the line was never run.
    """
    asked = _asked(models)
    settings = load_settings()
    registry = open_registry(settings)
    options = registry.find(name).options
    counts = [k] if k is not None else sorted(options.rivals.topic_counts)
    fitted = [each for each in asked if each in MODELS]
    _fit_and_score(name, fitted, counts, debug=debug, quiet=as_json)
    lake, lines = Lake(settings.lake_uri), lines_of(registry.every(), name)
    views = {model: found[0] for model, found in lines.items() if model in asked}
    every = [leaderboard(lake, name, asked)]
    every += [leaderboard(lake, view, [each]) for each, view in views.items() if view != name]
    rows = best_first(pl.concat(every)).filter(pl.col("topic_count").is_in(counts))
    frame = rows.collect()
    if as_json:
        click.echo(json.dumps(frame.to_dicts(), indent=2))
        return
    for count in counts:
        _print(frame.filter(topic_count=count), name, count)


def _asked(models: str | None) -> list[str]:
    asked = list(TITLES) if models is None else [each.strip() for each in models.split(",")]
    unknown = [each for each in asked if each not in TITLES]
    if unknown:
        raise InputError(f"no topic model is called {unknown[0]!r}; there are {', '.join(TITLES)}")
    return asked


def _fit_and_score(
    name: str, models: Sequence[str], counts: list[int], *, debug: bool, quiet: bool
) -> None:
    """Materialise a partition per model, then the scores of the dataset."""
    fitting = {"ops": {rivals.op.name: {"config": {"topic_counts": counts}}}}
    config = quiet_config(debug=debug)
    partitions = [partition_of_model(name, model) for model in models]
    with at_work(load_settings(), name, debug=debug, quiet=quiet) as line:
        for partition in partitions:
            line.materialise(partition, [rivals.key], {**config, **fitting})
        line.materialise(name, [scores.key], config)


def _print(rows: pl.DataFrame, name: str, count: int) -> None:
    """Print the models that were fitted, best of each column marked, then why others were not."""
    shown = [metric for metric in METRICS if rows[metric].is_not_null().any()]
    table = Table(box=None, pad_edge=False, title=f"{clean(name)}, {count} topics")
    table.add_column("model")
    for metric in shown:
        measure = measure_of(metric)
        table.add_column(measure.short or measure.title, justify="right")
    table.add_column("seconds", justify="right")
    best = {metric: _best(rows[metric], metric) for metric in shown}
    for row in rows.filter(pl.col("reason").is_null()).iter_rows(named=True):
        cells = [_cell(row[metric], best[metric], metric) for metric in shown]
        seconds = "" if row["seconds"] is None else f"{row['seconds']:.1f}"
        table.add_row(TITLES[row["model"]], *cells, seconds)
    console = open_console()
    console.print(table)
    for row in rows.filter(pl.col("reason").is_not_null()).iter_rows(named=True):
        console.print(Text(f"{TITLES[row['model']]}: {clean(row['reason'])}", style="dim"))
    console.print()


def _best(values: pl.Series, metric: str) -> float | None:
    return values.min() if measure_of(metric).is_less_better else values.max()  # type: ignore[return-value]  # of a column of numbers


def _cell(value: float | None, best: float | None, metric: str) -> Text:
    if value is None:
        return Text("")
    return Text(f"{value:.{measure_of(metric).digits}f}", style=BEST if value == best else "")
