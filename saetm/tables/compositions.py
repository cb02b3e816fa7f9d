"""What sets of items are about, and what sets them apart."""

import polars as pl

from saetm.tables.columns import DATASET, RUN, TOPIC, float64, int32, text
from saetm.tables.contract import Column, Table

COMPOSITIONS = Table(
    "compositions",
    "compositions",
    "a topic of a stored cut in a set of items, against the rest of the items",
    ("dataset", "topic_count", "topic_id", "by", "place"),
    (
        DATASET,
        int32("topic_count", "K of the cut"),
        TOPIC,
        text("by", "what makes the sets: group, or dataset, the members of a union"),
        int32("place", "position of the set by size, from 0; -1 for items without a group"),
        text("set", "the group, or the member; null: items without a group", nullable=True),
        int32("item_count", "items of the set"),
        float64("share", "mean share of the topic over the items of the set"),
        float64("share_low", "95 % interval from; null for a set of one item", nullable=True),
        float64("share_high", "to", nullable=True),
        float64("prevalence", "share of the items that have the topic: topics.presence_share"),
        float64("prevalence_low", "95 % interval (Wilson) from", nullable=True),
        float64("prevalence_high", "to", nullable=True),
        float64("activity", "share of the items in which any feature of the topic fires"),
        float64(
            "difference",
            "of share to the items of all other sets; null, as is all that compares, for items "
            "without a group, for a set of one item, and where there is no other set",
            nullable=True,
        ),
        float64("difference_low", "95 % interval (Newcombe) from", nullable=True),
        float64("difference_high", "to", nullable=True),
        float64("rest_prevalence", "prevalence in the items of all other sets", nullable=True),
        float64(
            "p_value",
            "that the set's prevalence is the others': Fisher's exact test, two-sided",
            nullable=True,
        ),
        float64(
            "q_value",
            "false discovery rate, Benjamini and Hochberg over topics and sets of the cut",
            nullable=True,
        ),
        float64("effect_size", "of prevalence against the others': Cohen's h", nullable=True),
        float64(
            "log_odds",
            "log ratio of odds of the topic's mass to the others', with a Dirichlet prior",
            nullable=True,
        ),
        float64("log_odds_z", "that over its standard error", nullable=True),
        float64("variance", "of prevalence over sets of two items or more", nullable=True),
        float64("macro_mean", "mean prevalence over these sets", nullable=True),
        Column("is_ranked", pl.Boolean(), "concrete, and macro_mean at most 30 %"),
        int32("rank", "of ranked topics of the cut by variance, from 0", nullable=True),
        int32("set_count", "sets that there are; of more than 100, the largest have rows"),
        RUN,
    ),
)
