"""Which topic models of a dataset can be compared: its line, its views, and fits of rivals."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from resources.registry import Registration
from resources.view import DatasetView
from resources.views import lines_of
from saetm.errors import InputError
from saetm.models.catalogue import MODELS
from saetm.options import DatasetOptions
from saetm.tables import MIXTURES, RIVAL_FITS, RIVAL_MIXTURES, RIVAL_TOPICS, TOPICS

FEATURES = ("features", "feature_weights")  # of a topic, where it is made of them


@dataclass(frozen=True)
class Contestant:
    """A topic model at a number of topics, and where it is read."""

    model: str
    source: str | None  # dataset whose topics they are; None for a fit beside the line
    topics: pl.DataFrame  # topic, words, probabilities, features and feature_weights
    mixtures: pl.LazyFrame  # item_id, topics and shares, largest first


def find_contestants(
    view: DatasetView,
    options: DatasetOptions,
    registrations: Iterable[Registration],
    models: Sequence[str],
    count: int,
) -> list[Contestant]:
    """Find topic models of a dataset by name.

    Args:
        view: the dataset.
        options: its own.
        registrations: of all datasets; the views of this one are among them.
        models: names of models; all that there are where none is named.
        count: how many topics.

    Returns:
        Two or more, by name. A model that is there twice is taken from the dataset's own line,
        then from its views, then from the fits of rivals.

    Raises:
        InputError: the dataset is itself a view, a model that is named has no such topics, or
            there are fewer than two.
    """
    _refuse_view(view.dataset, options)
    datasets = lines_of(registrations, view.dataset)
    fitted = _fitted(view, count)
    named = list(dict.fromkeys(models)) or sorted({*datasets, *fitted})
    found = [_contestant(view, model, datasets.get(model, []), fitted, count) for model in named]
    there = [each for each in found if each is not None]
    missing = [model for model, each in zip(named, found, strict=True) if each is None]
    if models and missing:
        raise InputError(_missing(view.dataset, missing[0], datasets, count))
    if len(there) < 2:
        known = there[0].model if there else "none"
        raise InputError(
            f"{view.dataset!r} has too few topic models with {count} topics to compare (there is "
            f"{known}): `saetm leaderboard {view.dataset} --k {count}` fits others"
        )
    return sorted(there, key=lambda each: each.model)


def _refuse_view(dataset: str, options: DatasetOptions) -> None:
    if len(options.members) == 1:
        (member,) = options.members
        raise InputError(
            f"{dataset!r} is a view of {member!r}: `saetm judge {member}` compares it with the "
            "other topic models"
        )


def _fitted(view: DatasetView, count: int) -> set[str]:
    """Return the models with a fit to all items at this number of topics."""
    whole = pl.col("reason").is_null() & (pl.col("refit") == 0) & (pl.col("topic_count") == count)
    return set(view.scan(RIVAL_FITS).filter(whole).select("model").collect()["model"])


def _contestant(
    view: DatasetView, model: str, datasets: Sequence[str], fitted: set[str], count: int
) -> Contestant | None:
    for dataset in datasets:
        if (found := _of_a_line(DatasetView(view.lake, dataset), model, count)) is not None:
            return found
    return _of_a_rival(view, model, count) if model in fitted else None


def _of_a_line(view: DatasetView, model: str, count: int) -> Contestant | None:
    topics = _read(view.scan(TOPICS), count, topic=pl.col("topic_id"))
    if topics.is_empty():
        return None
    mixtures = view.scan(MIXTURES).filter(pl.col("topic_count") == count)
    return Contestant(model, view.dataset, topics, mixtures.select("item_id", "topics", "shares"))


def _of_a_rival(view: DatasetView, model: str, count: int) -> Contestant:
    mine = pl.col("model") == model
    whole = view.scan(RIVAL_TOPICS).filter(mine, pl.col("refit") == 0)
    nothing = {name: pl.lit(None, dtype=TOPICS.schema[name]) for name in FEATURES}
    topics = _read(whole.with_columns(**nothing), count, topic=pl.col("topic").cast(pl.String))
    mixtures = view.scan(RIVAL_MIXTURES).filter(mine, pl.col("topic_count") == count)
    named = mixtures.select("item_id", "shares", topics=pl.col("ranks").cast(pl.List(pl.String)))
    return Contestant(model, None, topics, named)


def _read(topics: pl.LazyFrame, count: int, *, topic: pl.Expr) -> pl.DataFrame:
    mine = topics.filter(pl.col("topic_count") == count)
    return mine.select("words", "probabilities", *FEATURES, topic=topic).sort("topic").collect()


def _missing(dataset: str, model: str, datasets: dict[str, list[str]], count: int) -> str:
    """Say why a model is not there, and what brings it."""
    if model in datasets:
        line = datasets[model][0]
        return (
            f"{line!r} has no cut of {count} topics: name it in topic_counts=[...], or run it "
            f"(`saetm run {line}`)"
        )
    if model in MODELS:
        return (
            f"{model} was not fitted to {dataset!r} with {count} topics: `saetm leaderboard "
            f"{dataset} --models {model} --k {count}` does it"
        )
    return f"{dataset!r} has no topic model {model!r}: `saetm mechanistic {dataset}` makes views"
