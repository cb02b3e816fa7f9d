"""Log-odds with a Dirichlet prior: what a set is more about than the rest, rare topics in check."""

import polars as pl

BY_SET = ("topic_count", "place")


def with_log_odds(pairs: pl.DataFrame) -> pl.DataFrame:
    """Add the log-odds ratio of each topic between a set and the rest, and its z-score.

    Monroe, Colaresi and Quinn (2008), "Fightin' words", equations 16 to 22, on the mass that
    topics have of items instead of counts of words: an item counts one, divided over its topics.
    The prior is informative: as many items as there are topics, with the topics of all items
    together. A topic that few items have in a small set is drawn towards no difference.

    Args:
        pairs: topic_count, place, total and rest_total (mass in the set and in the rest).

    Returns:
        The same with log_odds (natural log) and log_odds_z; null where there is no mass, or all.
    """
    pooled = pl.col("total") + pl.col("rest_total")
    prior = pl.len().over(BY_SET) * pooled / pooled.sum().over(BY_SET)
    one, rest = pl.col("total") + prior, pl.col("rest_total") + prior
    odds = one / (one.sum().over(BY_SET) - one)
    odds_of_rest = rest / (rest.sum().over(BY_SET) - rest)
    ratio = (odds / odds_of_rest).log()
    z = ratio / (1 / one + 1 / rest).sqrt()
    finite = [pl.when(each.is_finite() & z.is_finite()).then(each) for each in (ratio, z)]
    return pairs.with_columns(log_odds=finite[0], log_odds_z=finite[1])
