"""Which features topics are made of, and why the others are left out (arXiv 2507.23220, App. A)."""

import polars as pl

from saetm.errors import InputError
from saetm.tokens.config import TokenConfig

DEAD, DENSITY, ITEMS, VERDICT, NOTHING = "dead", "density", "items", "verdict", "no description"


def numeric_reasons(features: pl.DataFrame, config: TokenConfig) -> pl.DataFrame:
    """Add why a feature is left out by what is counted, before anybody reads it.

    A small dictionary fires more often: with 16 of 256 features active per token, the mean
    density is 6 %, and 1 % leaves nothing. So the rarer half of the features that fire at all is
    never too dense, nor in too many items, whatever the bounds are.

    Args:
        features: density and item_share, from 0 to 1.
        config: the bounds.

    Returns:
        The same with reason: dead, density, items or null.
    """
    fires = pl.col("density") > 0
    too_dense = _above("density", config.max_density, fires)
    everywhere = _above("item_share", config.max_document_share, fires)
    return features.with_columns(
        reason=pl.when(~fires)
        .then(pl.lit(DEAD))
        .when(too_dense)
        .then(pl.lit(DENSITY))
        .when(everywhere)
        .then(pl.lit(ITEMS))
    )


def with_reasons(features: pl.DataFrame, config: TokenConfig) -> pl.DataFrame:
    """Add what is said against a feature once it is described, and whether it is kept.

    Args:
        features: reason (as `numeric_reasons` gives it), verdict, description.
        config: the verdicts by which features are left out.
    """
    dropped = pl.col("verdict").is_in(config.drop)
    reason = (
        pl.when(pl.col("reason").is_not_null())
        .then("reason")
        .when(dropped)
        .then(pl.lit(VERDICT))
        .when(pl.col("description") == "")
        .then(pl.lit(NOTHING))
    )
    return features.with_columns(reason=reason).with_columns(is_kept=pl.col("reason").is_null())


def check_some_kept(features: pl.DataFrame, dataset: str) -> None:
    """Refuse features of which none is left.

    Args:
        features: reason.
        dataset: name, for the sentence.

    Raises:
        InputError: no feature is kept; the sentence says how many are left out by what, and what
            to do.
    """
    if features["reason"].null_count():
        return
    counts = features["reason"].value_counts(sort=True).rows()
    listing = ", ".join(f"{reason} {count}" for reason, count in counts) or "there are none"
    raise InputError(
        f"no feature of the tokens of {dataset!r} is left to make topics of ({listing}): give more "
        "items, a larger tokens.dictionary_size, or fewer verdicts to tokens.drop"
    )


def _above(column: str, bound: float, among: pl.Expr) -> pl.Expr:
    """Hold above the bound and above the median of some rows."""
    median = pl.col(column).filter(among).median()
    return (pl.col(column) > bound) & (pl.col(column) > median)
