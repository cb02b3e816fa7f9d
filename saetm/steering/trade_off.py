"""What each strength of steering costs and brings, and which one to take."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import polars as pl

from saetm.errors import ContractError

MOST_PERPLEXITY: Final = 2.0  # times that of the unsteered texts
ENOUGH: Final = 0.9  # of the largest gain

EFFECTS: Final = pl.Schema(
    {
        "is_steered": pl.Boolean(),
        "strength": pl.Float64(),
        "texts": pl.UInt32(),
        "relevance": pl.Float64(),
        "relevance_gain": pl.Float64(),
        "feature_share": pl.Float64(),
        "perplexity": pl.Float64(),
        "perplexity_ratio": pl.Float64(),
        "drift": pl.Float64(),
    }
)


@dataclass(frozen=True, slots=True)
class Effect:
    """What a strength does to texts, on average."""

    strength: float  # in mean norms of a state
    relevance_gain: float  # over the unsteered texts, in units of the relevance
    perplexity_ratio: float  # to the unsteered texts
    drift: float  # from the unsteered texts


def effects(texts: pl.DataFrame) -> pl.DataFrame:
    """Average what was measured, by strength; gains are of texts of the same prompt and draw.

    Perplexities are averaged as their logarithms. A text without a token has none.

    Args:
        texts: prompt, draw, is_steered, strength, relevance, feature_share, perplexity and drift.

    Returns:
        One row per strength as in `EFFECTS`, the unsteered texts first, then ascending.

    Raises:
        ContractError: there are no unsteered texts.
    """
    key, log = ["prompt", "draw"], pl.col("perplexity").log()
    plain = texts.filter(~pl.col("is_steered"))
    if plain.is_empty():
        raise ContractError("no text is unsteered, so that nothing can be compared with one")
    before = plain.select(*key, relevance_before="relevance", log_before=log)
    both = texts.join(before, on=key, how="left", maintain_order="left")
    found = both.group_by("is_steered", "strength").agg(
        texts=pl.len(),
        relevance=pl.col("relevance").mean(),
        relevance_gain=(pl.col("relevance") - pl.col("relevance_before")).mean(),
        feature_share=pl.col("feature_share").mean(),
        perplexity=log.mean().exp(),
        perplexity_ratio=(log - pl.col("log_before")).mean().exp(),
        drift=pl.col("drift").mean(),
    )
    return found.select(EFFECTS.names()).cast(EFFECTS).sort("is_steered", "strength")


def recommended_strength(
    found: Iterable[Effect], *, most_perplexity: float = MOST_PERPLEXITY, enough: float = ENOUGH
) -> float | None:
    """Choose from the three-way trade-off of relevance, perplexity and drift.

    Fit to be taken is a positive strength that gains relevance and whose perplexity is at most
    `most_perplexity` times that of the unsteered texts. Of those that reach `enough` of the
    largest gain of a fit one, that of the least drift is recommended; of equal ones the weakest.

    Args:
        found: effects, in any order; what was not measured is NaN, and never fit.
        most_perplexity: bound of the ratio.
        enough: share of the largest gain, 0 to 1.

    Returns:
        A strength, or None where no strength is fit to be taken.
    """
    fit = [
        each
        for each in found
        if each.strength > 0
        and each.relevance_gain > 0
        and each.perplexity_ratio <= most_perplexity
    ]
    if not fit:
        return None
    least = enough * max(each.relevance_gain for each in fit)
    near = [each for each in fit if each.relevance_gain >= least]
    return min(near, key=lambda each: (each.drift, each.strength)).strength


def recommended_of(found: pl.DataFrame) -> float | None:
    """Choose as `recommended_strength` does from the rows of `effects`."""
    names = ("strength", "relevance_gain", "perplexity_ratio", "drift")
    steered = found.filter("is_steered").select(names)
    return recommended_strength(Effect(*row) for row in steered.fill_null(float("nan")).iter_rows())
