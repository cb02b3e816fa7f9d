"""Compositions: every topic of every cut in every set, against the rest of the items."""

import polars as pl

from saetm.compositions.chance import exact_p_values, q_values
from saetm.compositions.intervals import design_effect, difference, wilson
from saetm.compositions.log_odds import with_log_odds
from saetm.compositions.membership import NONE, OTHERS, Sets
from saetm.compositions.ranking import TOPIC, rank_topics
from saetm.compositions.sums import KEY, SUMS

FEWEST = 2  # items of a set, and of the rest, that are compared


def compose_pairs(sums: pl.DataFrame, topics: pl.DataFrame, sets: Sets) -> pl.DataFrame:
    """Work out what sets of items are about, and what sets each apart from the rest.

    The rest of a set are the items of all other sets, of those that are not told apart as well.
    Items in no set are described, and neither compared nor part of a rest: nobody knows where
    they belong. A set of one item has no interval and is compared with nothing.

    Args:
        sums: of `saetm.compositions.sums.all_pairs`.
        topics: topic_count, topic_id and category of all topics.
        sets: those that are told apart.

    Returns:
        One row per topic and set, in the columns of the compositions table from topic_count on
        without `by`; by topic_count, topic_id and size of set.
    """
    described = _with_intervals(_with_rest(sums)).join(sets.names, on="place")
    compared = described.filter(
        pl.col("place") != NONE, pl.min_horizontal("item_count", "rest_item_count") >= FEWEST
    )
    tested = with_log_odds(_with_differences(_with_tests(compared)))
    is_counted = (pl.col("place") != NONE) & (pl.col("item_count") >= FEWEST)
    ranks = rank_topics(described.filter(is_counted), topics)
    added = [name for name in tested.columns if name not in described.columns]
    joined = described.join(tested.select(*KEY, *added), on=KEY, how="left")
    ordered = joined.join(ranks, on=TOPIC, how="left").sort(
        "topic_count", "topic_id", pl.col("place") == NONE, "place"
    )
    unranked = pl.col("is_ranked").fill_null(value=False)
    return ordered.with_columns(set_count=sets.set_count, is_ranked=unranked).drop(
        *("total", "squares", "present", "active", "design_effect"),
        *(f"rest_{name}" for name in SUMS),
    )


def _with_rest(sums: pl.DataFrame) -> pl.DataFrame:
    """Add design_effect, and the sums of the rest of each set, which named items alone are in."""
    effect = design_effect(*(pl.col(name).sum() for name in ("total", "squares", "item_count")))
    named = pl.when(pl.col("place") != NONE)
    of_rest = [
        (named.then(pl.col(name)).sum().over(TOPIC) - pl.col(name)).alias(f"rest_{name}")
        for name in SUMS
    ]
    effects = sums.group_by(TOPIC).agg(design_effect=effect)
    placed = sums.with_columns(of_rest).join(effects, on=TOPIC)
    return placed.filter(pl.col("place") != OTHERS)


def _with_intervals(pairs: pl.DataFrame) -> pl.DataFrame:
    """Add share, prevalence and activity of sets, and where one can be sure of them."""
    count, has_interval = pl.col("item_count"), pl.col("item_count") >= FEWEST
    means = pairs.with_columns(
        share=(pl.col("total") / count).clip(0.0, 1.0),
        prevalence=pl.col("present") / count,
        activity=pl.col("active") / count,
    )
    share = wilson(pl.col("share"), count / pl.col("design_effect"))
    prevalence = wilson(pl.col("prevalence"), count)
    ends = {
        "share_low": share[0],
        "share_high": share[1],
        "prevalence_low": prevalence[0],
        "prevalence_high": prevalence[1],
    }
    return means.with_columns(pl.when(has_interval).then(end).alias(n) for n, end in ends.items())


def _with_tests(pairs: pl.DataFrame) -> pl.DataFrame:
    """Add p_value, and q_value among all pairs of a cut."""
    of_all = pairs.select(
        *("present", "item_count"),
        present_of_all=pl.col("present") + pl.col("rest_present"),
        count_of_all=pl.col("item_count") + pl.col("rest_item_count"),
    )
    tested = pairs.with_columns(p_value=exact_p_values(*(column.to_numpy() for column in of_all)))
    cuts = [
        cut.with_columns(q_value=q_values(cut["p_value"].to_numpy()))
        for cut in tested.partition_by("topic_count", maintain_order=True)
    ]
    return pl.concat(cuts) if cuts else tested.with_columns(q_value=pl.col("p_value"))


def _with_differences(pairs: pl.DataFrame) -> pl.DataFrame:
    """Add the difference of share to the rest with its interval, and Cohen's h of prevalence."""
    rest = (pl.col("rest_total") / pl.col("rest_item_count")).clip(0.0, 1.0)
    rest_low, rest_high = wilson(rest, pl.col("rest_item_count") / pl.col("design_effect"))
    low, high = difference(
        (pl.col("share"), pl.col("share_low"), pl.col("share_high")), (rest, rest_low, rest_high)
    )
    rest_prevalence = pl.col("rest_present") / pl.col("rest_item_count")
    return pairs.with_columns(
        rest_prevalence=rest_prevalence,
        difference=pl.col("share") - rest,
        difference_low=low,
        difference_high=high,
        effect_size=_angle(pl.col("prevalence")) - _angle(rest_prevalence),
    )


def _angle(share: pl.Expr) -> pl.Expr:
    """Return 2 arcsin(sqrt(p)): differences of these are Cohen's h (1988), -pi to pi."""
    return 2 * share.sqrt().arcsin()
