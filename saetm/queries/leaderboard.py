"""Topic models side by side, by their scores on one dataset."""

from collections.abc import Collection

import polars as pl

from saetm.queries.score_columns import score_columns, score_names
from saetm.queries.source import Source
from saetm.tables import RIVAL_FITS, SCORES

METRICS = (
    "rating",
    "intruder",
    "word_movers_distance",
    "unique_words",
    "npmi",
    "c_v",
    "inverted_rbo",
    "purity",
    "nmi",
    "perplexity",
    "stability",
)


def leaderboard(
    source: Source, dataset: str, models: Collection[str] | None = None, k: int | None = None
) -> pl.LazyFrame:
    """Ask how topic models score on a dataset.

    Args:
        source: where to read.
        dataset: the dataset.
        models: names of models; None for all that were scored or could not be fitted.
        k: a number of topics; None for all.

    Returns:
        One row per model and number of topics: dataset, model, topic_count, for each of METRICS
        its value and the ends of its 95 % interval as METRIC, METRIC_low and METRIC_high (null
        where it was not measured), seconds of the fit on all items (null for the line's own at
        its stored cuts) and reason (why there is no fit; else null); by number of topics, then
        by rating and NPMI, best first, models without a fit last.
    """
    asked = [pl.col("topic_count") == k] if k is not None else []
    asked += [pl.col("model").is_in(list(models))] if models is not None else []
    scores = source.scan(SCORES, dataset).filter(*asked)
    fits = source.scan(RIVAL_FITS, dataset).filter(pl.col("refit") == 0, *asked)
    keys = ("model", "topic_count")
    told = fits.select(*keys, "seconds", "reason")
    wide = scores.group_by(keys).agg(score_columns(METRICS))
    joined = wide.join(told, on=keys, how="full", coalesce=True)
    told_of = joined.with_columns(dataset=pl.lit(dataset))
    return best_first(told_of.select("dataset", *keys, *score_names(METRICS), "seconds", "reason"))


def best_first(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Sort rows of `leaderboard`, also of several datasets with the same items."""
    order = ["topic_count", pl.col("reason").is_not_null(), "rating", "npmi", "model"]
    return rows.sort(order, descending=[False, False, True, True, False], nulls_last=True)
