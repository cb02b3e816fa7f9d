"""95 % intervals of means that lie between 0 and 1, and of differences of two of them."""

import polars as pl

Z = 1.959963984540054  # standard normal quantile at 97.5 %
LEAST = 1e-9  # design effect of a topic that has the same share of every item


def wilson(mean: pl.Expr, count: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Return the lower and upper end of Wilson's interval (1927), which covers near 0 and 1, too.

    Args:
        mean: between 0 and 1.
        count: items that it is a mean over; need not be whole.
    """
    centre = mean + Z**2 / (2 * count)
    half = Z * (mean * (1 - mean) / count + (Z / (2 * count)) ** 2).sqrt()
    ends = ((centre - half) / (1 + Z**2 / count), (centre + half) / (1 + Z**2 / count))
    return ends[0].clip(0.0, mean), ends[1].clip(mean, 1.0)


def design_effect(total: pl.Expr, squares: pl.Expr, count: pl.Expr) -> pl.Expr:
    """Return the variance of shares over that of truth values of the same mean, at most 1.

    `count` items tell as much of a mean share as count / effect of truth values tell of a
    prevalence (Kish, 1965), so that Wilson's interval serves for both. Most items have no share
    of a topic: mean ± 1.96 standard errors would cover the mean of a rare topic in 50 items in two
    of five cases, and be a point in a set without the topic. Taken over all items at once, the
    effect does not hang on the few items of a set that have the topic.

    Args:
        total: sum of shares.
        squares: sum of their squares.
        count: items.
    """
    mean = total / count
    variance = (squares / count - mean**2).clip(0.0) * count / (count - 1)
    effect = variance / (mean * (1 - mean))
    return pl.when(effect.is_finite()).then(effect.clip(LEAST, 1.0)).otherwise(1.0)


def difference(
    one: tuple[pl.Expr, pl.Expr, pl.Expr], other: tuple[pl.Expr, pl.Expr, pl.Expr]
) -> tuple[pl.Expr, pl.Expr]:
    """Return the ends of an interval of one mean less another, from the intervals of both.

    Newcombe (1998, method 10); for means of any kind Zou and Donner (2008).

    Args:
        one: a mean, and the lower and upper end of its interval.
        other: the same of the mean that is taken off.
    """
    (mean, low, high), (mean_off, low_off, high_off) = one, other
    found = mean - mean_off
    below = ((mean - low) ** 2 + (high_off - mean_off) ** 2).sqrt()
    above = ((high - mean) ** 2 + (mean_off - low_off) ** 2).sqrt()
    return found - below, found + above
