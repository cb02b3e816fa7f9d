"""What is published, and what was done."""

import polars as pl

from saetm.tables.columns import CREATED, DATASET, RUN, float64, int32, int64, text
from saetm.tables.contract import Column, Table

SCORES = Table(
    "scores",
    "scores",
    "one number: model, topic count, metric",
    ("dataset", "model", "topic_count", "metric"),
    (
        DATASET,
        text("model", "topic model that is scored"),
        int32("topic_count", "K of the cut; 0 where it has no meaning"),
        text(
            "metric",
            "npmi, c_v, rating, intruder, unique_words, word_movers_distance, inverted_rbo, nmi, "
            "purity, perplexity, stability",
        ),
        float64("value", "the number"),
        RUN,
        float64("low", "lower end of its 95 % bootstrap interval", nullable=True),
        float64("high", "upper end; null where the units are too few to draw from", nullable=True),
        int32("units", "topics, items or refits that the interval draws from", nullable=True),
        text("input_hash", "what it was computed from; null before it was kept", nullable=True),
    ),
)

TOPIC_COUNT_SCORES = Table(
    "topic_count_scores",
    "topic_count_scores",
    "one number of the curve over numbers of topics",
    ("dataset", "topic_count", "metric"),
    (
        DATASET,
        int32("topic_count", "K of a cut of the tree"),
        text(
            "metric",
            "quality (npmi times unique_words), npmi, unique_words, word_movers_distance, "
            "inverted_rbo, stability",
        ),
        float64("value", "the number"),
        float64("low", "lower end of its 95 % bootstrap interval", nullable=True),
        float64("high", "upper end; null where there are too few topics", nullable=True),
        Column("is_recommended", pl.Boolean(), "whether this K is the one recommended"),
        RUN,
    ),
)

REPORTS = Table(
    "reports",
    "report",
    "the published page of a dataset",
    ("dataset",),
    (
        DATASET,
        text("page", "self-contained HTML"),
        RUN,
        CREATED,
    ),
)

MATERIALISATIONS = Table(
    "materialisations",
    "every asset",
    "one materialisation of an asset for a dataset",
    ("dataset", "asset", "created_at"),
    (
        DATASET,
        text("asset", "name of the asset"),
        text("input_version", "hash of code version, options, upstream versions; empty: begun"),
        text("data_version", "hash of what the asset holds; empty: taken back"),
        text("producer", "producer in service; empty where there is none"),
        int64("row_count", "rows of the asset's first table for this dataset"),
        int64("rows_written", "rows written by this materialisation"),
        float64("seconds", "wall time"),
        RUN,
        CREATED,
        text("code_version", "of the asset; null before it was recorded", nullable=True),
        text("options", "those that the asset reads, as JSON", nullable=True),
        text("upstream", "data version of each asset that it reads, as JSON", nullable=True),
        text(
            "table_versions",
            "Delta version of each of its tables that holds these rows, as JSON; null while begun",
            nullable=True,
        ),
    ),
)
