"""Scores: topic models side by side at a number of topics, and over all numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl
from starlette.requests import Request
from starlette.responses import Response

from saetm.choosing import RULE
from saetm.queries.leaderboard import METRICS, leaderboard
from saetm.queries.topic_counts import recommendation, topic_counts
from saetm_assets.charts import Spec
from saetm_assets.explorer.dataset import Dataset
from saetm_assets.explorer.house import dataset_of
from saetm_assets.explorer.parameters import choice_of
from saetm_assets.explorer.respond import respond
from saetm_assets.explorer.score_charts import over_counts, side_by_side
from saetm_assets.explorer.view import View
from saetm_assets.measures import Measure, measure_of
from saetm_assets.model_titles import TITLES

FIRST = ("npmi", "rating")  # what is drawn if nothing is asked for: the first that there is
CURVES = ("quality", "npmi", "unique_words", "stability")
CODE = """\
import saetm
from saetm.queries.leaderboard import leaderboard

lake = saetm.open()
leaderboard(lake, {dataset!r}, k={k}).collect()"""


@dataclass(frozen=True, slots=True)
class Cell:
    """A score in the table."""

    value: str
    ends: str  # of its interval; empty where there is none
    is_best: bool


@dataclass(frozen=True, slots=True)
class Curve:
    """A metric over numbers of topics."""

    measure: Measure
    spec: Spec


def scores(request: Request) -> Response:
    """Show how the topics of a dataset score, and those of other models."""
    dataset = dataset_of(request)
    every = _scored(dataset)
    counts = every["topic_count"].unique().sort().to_list()
    count = _count(request, dataset, counts)
    at = every.filter(pl.col("topic_count") == count)
    fitted = at.filter(pl.col("reason").is_null())
    shown = [metric for metric in METRICS if fitted[metric].is_not_null().any()]
    metric = choice_of(request, "m", tuple(sorted(shown, key=_rank)) or FIRST)
    view = View(
        template="scores.html",
        title="Scores",
        query=CODE.format(dataset=dataset.name, k=count),
        frame=lambda: at,
        context={
            "counts": counts,
            "k": count,
            "metric": metric,
            "measures": {name: measure_of(name) for name in shown},
            "rows": [(TITLES.get(row["model"], row["model"]), row) for row in fitted.to_dicts()],
            "cells": _cells(fitted, shown),
            "failed": _failed(at),
            "beside": _beside(fitted, metric),
            "over": _over(every, metric),
            **_choice(dataset),
        },
        dataset=dataset.name,
        tab="scores",
    )
    return respond(request, view)


def _scored(dataset: Dataset) -> pl.DataFrame:
    dataset.require("scores")

    def load() -> pl.DataFrame:
        return leaderboard(dataset.source, dataset.name).collect()

    return dataset.remember(("leaderboard",), load)


def _count(request: Request, dataset: Dataset, counts: Sequence[int]) -> int:
    """Return the scored number that is nearest to `?k=`, or to the dataset's own."""
    asked = request.query_params.get("k", "")
    wanted = int(asked) if asked.isdecimal() and len(asked) < 7 else dataset.topic_count
    return min(counts, key=lambda each: (abs(each - wanted), each), default=wanted)


def _rank(metric: str) -> int:
    return FIRST.index(metric) if metric in FIRST else len(FIRST)


def _cells(fitted: pl.DataFrame, shown: Sequence[str]) -> list[list[Cell]]:
    """Return the cells of each model, the best of each column marked where there are several."""
    best = {metric: _best(fitted[metric], measure_of(metric)) for metric in shown}
    return [
        [
            _cell(row, metric, is_best=fitted.height > 1 and row[metric] == best[metric])
            for metric in shown
        ]
        for row in fitted.iter_rows(named=True)
    ]


def _best(values: pl.Series, measure: Measure) -> object:
    return values.min() if measure.is_less_better else values.max()


def _cell(row: dict[str, float | None], metric: str, *, is_best: bool) -> Cell:
    value, low, high = (row[f"{metric}{end}"] for end in ("", "_low", "_high"))
    digits = measure_of(metric).digits
    if value is None:
        return Cell("", "", is_best=False)
    ends = "" if low is None or high is None else f"{low:.{digits}f}\u2013{high:.{digits}f}"
    return Cell(f"{value:.{digits}f}", ends, is_best)


def _failed(rows: pl.DataFrame) -> list[tuple[str, str]]:
    failed = rows.filter(pl.col("reason").is_not_null()).select("model", "reason")
    return [(TITLES.get(model, model), reason) for model, reason in failed.iter_rows()]


def _values(rows: pl.DataFrame, metric: str) -> pl.DataFrame:
    ends = {"value": metric, "low": f"{metric}_low", "high": f"{metric}_high"}
    return rows.select("model", "topic_count", **ends).drop_nulls("value")


def _beside(fitted: pl.DataFrame, metric: str) -> Spec | None:
    """Draw models beside each other, best first; None where there is only one."""
    if fitted.height < 2:
        return None
    measure = measure_of(metric)
    values = _values(fitted, metric).sort("value", descending=not measure.is_less_better)
    return side_by_side(values, measure.title, TITLES)


def _over(every: pl.DataFrame, metric: str) -> Spec | None:
    """Draw the metric over numbers of topics; None where there is only one number."""
    values = _values(every, metric).sort("model", "topic_count")
    if values["topic_count"].n_unique() < 2:
        return None
    return over_counts(values, measure_of(metric).title, TITLES)


def _choice(dataset: Dataset) -> dict[str, object]:
    """Return the curves by which a number of topics is recommended, where they were made."""
    rows = topic_counts(dataset.source, dataset.name).collect()
    chosen = recommendation(rows)
    if chosen is None:
        return {"chosen": None, "curves": [], "rule": RULE}
    wide = rows.with_columns(model=pl.lit(dataset.options.model))
    drawn = [(metric, _values(wide, metric)) for metric in CURVES]
    curves = [
        Curve(
            measure_of(metric),
            over_counts(values, measure_of(metric).title, TITLES, chosen.topic_count),
        )
        for metric, values in drawn
        if values.height
    ]
    return {"chosen": chosen, "curves": curves, "rule": RULE}
