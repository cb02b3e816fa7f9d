"""Rival topic models: what was fitted, the topics of each fit, and what items are made of."""

import polars as pl

from saetm.tables.columns import DATASET, INPUT, ITEM, RUN, float64, int32, listed, text
from saetm.tables.contract import Table

_MODEL = text("model", "name of the topic model; sae_tm is the line's own")
_COUNT = int32("topic_count", "K: how many topics were asked for")
_REFIT = int32(
    "refit",
    "0 for the fit on all items; from 1 on another seed and nine tenths of the items",
)
_TOPIC = int32("topic", "position of the topic in its fit, heaviest first")

RIVAL_FITS = Table(
    "rival_fits",
    "rivals",
    "one fit of a topic model, or why there is none",
    ("dataset", "model", "topic_count", "refit"),
    (
        DATASET,
        _MODEL,
        _COUNT,
        _REFIT,
        INPUT,
        text("producer", "versions of what fitted it"),
        int32("seed", "what its random numbers began with"),
        text(
            "reason", "why there is no fit, in a sentence; null where there is one", nullable=True
        ),
        float64("seconds", "wall time of the fit"),
        float64(
            "perplexity",
            "per held-out word of the items left out; null where all items were fitted",
            nullable=True,
        ),
        RUN,
    ),
)

RIVAL_TOPICS = Table(
    "rival_topics",
    "rivals",
    "a topic of a fit",
    ("dataset", "model", "topic_count", "refit", "topic"),
    (
        DATASET,
        _MODEL,
        _COUNT,
        _REFIT,
        _TOPIC,
        float64("weight", "mean share of the topic over the items fitted"),
        listed("words", pl.String(), "its top words, best first"),
        listed("probabilities", pl.Float64(), "their probabilities"),
        RUN,
    ),
)

RIVAL_MIXTURES = Table(
    "rival_mixtures",
    "rivals",
    "the topic mixture of an item by the fit on all items",
    ("dataset", "model", "topic_count", "item_id"),
    (
        DATASET,
        _MODEL,
        _COUNT,
        ITEM,
        listed("ranks", pl.Int32(), "topics with mass by position, largest first, at most ten"),
        listed("shares", pl.Float32(), "their shares"),
        RUN,
    ),
)
