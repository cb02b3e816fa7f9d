"""Which topic models of a dataset are scored: the line's own cuts, and fits of other models."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from resources.view import DatasetView
from saetm.rows import content_version, digest
from saetm.tables import MIXTURES, RIVAL_FITS, RIVAL_MIXTURES, RIVAL_TOPICS, TOPICS

KEY = ("model", "topic_count")


@dataclass(frozen=True)
class Entrant:
    """A topic model at a number of topics, and where it is read."""

    model: str
    topic_count: int
    input_hash: str  # of all that its scores are computed from
    topics: pl.LazyFrame  # words, heaviest topic first
    largest: pl.LazyFrame  # item_id, and as text the largest topic of each item, or none
    refits: pl.LazyFrame  # rows of RIVAL_TOPICS for this model and number; none of an only fit
    fits: pl.LazyFrame  # rows of RIVAL_FITS for them


def entrants(
    view: DatasetView, own_model: str, versions: dict[str, str], common: str
) -> list[Entrant]:
    """Find what is to be scored, by model and number of topics.

    Args:
        view: the dataset.
        own_model: what the line's topics are made by.
        versions: data version of each asset that scores are computed from.
        common: whatever else they are computed from.

    Returns:
        The line's topics at the stored cuts, and every other fit to all items that there is.
    """
    counts = view.scan(TOPICS).select("topic_count").unique().collect()["topic_count"]
    fitted = _fitted(view)
    made_from = [*_sorted(versions), common]
    ours = [_of_the_line(view, (own_model, count), fitted, made_from) for count in counts]
    own = {entrant.topic_count for entrant in ours}
    without_topics = {name: each for name, each in versions.items() if name != "topics"}
    others = [
        _rival(view, key, fitted, [*_sorted(without_topics), common])
        for key in fitted
        if key[0] != own_model or key[1] not in own
    ]
    return sorted([*ours, *others], key=lambda each: (each.model, each.topic_count))


def _sorted(versions: dict[str, str]) -> Iterator[str]:
    return (version for _, version in sorted(versions.items()))


def _fitted(view: DatasetView) -> dict[tuple[str, int], str]:
    """Return what each model and number of topics was fitted from, where there is a whole fit."""
    fits = view.scan(RIVAL_FITS).filter(pl.col("reason").is_null()).collect()
    parts = fits.partition_by(*KEY, as_dict=True)
    columns = ("refit", "input_hash", "producer", "perplexity")
    return {
        (str(model), int(count)): content_version(rows.select(columns))
        for (model, count), rows in parts.items()
        if 0 in rows["refit"]
    }


def _of_the_line(
    view: DatasetView,
    key: tuple[str, int],
    fitted: dict[tuple[str, int], str],
    made_from: list[str],
) -> Entrant:
    model, count = key
    mine = pl.col("topic_count") == count
    first = pl.col("topics").list.first().fill_null("none")
    return Entrant(
        model,
        count,
        digest([*made_from, fitted.get(key, "")]),
        view.scan(TOPICS).filter(mine).sort("rank").select("words"),
        view.scan(MIXTURES).filter(mine).select("item_id", topic=first),
        *_refits(view, model, count),
    )


def _rival(
    view: DatasetView,
    key: tuple[str, int],
    fitted: dict[tuple[str, int], str],
    made_from: list[str],
) -> Entrant:
    model, count = key
    refits, fits = _refits(view, model, count)
    mine = (pl.col("model") == model) & (pl.col("topic_count") == count)
    first = pl.col("ranks").list.first().cast(pl.String).fill_null("none")
    return Entrant(
        model,
        count,
        digest([*made_from, fitted[key]]),
        refits.filter(pl.col("refit") == 0).sort("topic").select("words"),
        view.scan(RIVAL_MIXTURES).filter(mine).select("item_id", topic=first),
        refits,
        fits,
    )


def _refits(view: DatasetView, model: str, count: int) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    mine = (pl.col("model") == model) & (pl.col("topic_count") == count)
    fits = view.scan(RIVAL_FITS).filter(mine, pl.col("reason").is_null())
    return view.scan(RIVAL_TOPICS).filter(mine), fits
