"""Rows of scores, one per metric, as columns: METRIC, METRIC_low and METRIC_high."""

from collections.abc import Iterator, Sequence

import polars as pl

ENDS = ("value", "low", "high")


def score_columns(metrics: Sequence[str]) -> Iterator[pl.Expr]:
    """Yield what to aggregate; a metric that nobody measured is a column of nulls."""
    for metric in metrics:
        for end in ENDS:
            only = pl.col(end).filter(pl.col("metric") == metric)
            yield only.first().alias(metric if end == "value" else f"{metric}_{end}")


def score_names(metrics: Sequence[str]) -> list[str]:
    """Return the names of these columns.

    Example:
        >>> score_names(["npmi"])
        ['npmi', 'npmi_low', 'npmi_high']
    """
    return [expression.meta.output_name() for expression in score_columns(metrics)]
