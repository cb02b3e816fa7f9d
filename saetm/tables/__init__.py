"""The contract of every table: columns, types, key, and what one row is.

Checks, casts before each write and the data dictionary in docs/tables.md are generated from
here. A column never changes its type in place: Delta would accept the write and then refuse
every read.
"""

from saetm.tables.alignments import ALIGNMENTS
from saetm.tables.autoencoders import (
    ACTIVATIONS,
    EMBEDDINGS,
    FOUNDATIONS,
    RECONSTRUCTIONS,
    SAE_CHECKPOINTS,
    SAE_FEATURES,
)
from saetm.tables.compositions import COMPOSITIONS
from saetm.tables.contract import INSTANT, Column, Table
from saetm.tables.duels import DUEL_RATINGS, DUEL_REPLIES, DUELS
from saetm.tables.intake import CAPTIONS, DATASETS, ITEMS, REJECTS, RETIREMENTS
from saetm.tables.judgements import JUDGEMENTS
from saetm.tables.places import ITEM_MAP
from saetm.tables.records import MATERIALISATIONS, REPORTS, SCORES, TOPIC_COUNT_SCORES
from saetm.tables.rivals import RIVAL_FITS, RIVAL_MIXTURES, RIVAL_TOPICS
from saetm.tables.steering import STEERINGS
from saetm.tables.tokens import (
    FEATURE_COUNTS,
    FEATURE_DESCRIPTIONS,
    TOKEN_AUTOENCODERS,
    TOKEN_FEATURES,
)
from saetm.tables.topics import (
    EMISSION_FITS,
    EMISSION_MATRIX,
    MIXTURES,
    REPLIES,
    TOPIC_CHANGES,
    TOPIC_NODES,
    TOPIC_SUMMARIES,
    TOPIC_TREES,
    TOPICS,
)
from saetm.tables.trends import TREND_SHAPES, TRENDS
from saetm.tables.words import BAGS, VOCABULARY, WORD_VECTORS

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        DATASETS,
        RETIREMENTS,
        ITEMS,
        REJECTS,
        CAPTIONS,
        BAGS,
        VOCABULARY,
        WORD_VECTORS,
        EMBEDDINGS,
        TOKEN_AUTOENCODERS,
        TOKEN_FEATURES,
        FEATURE_COUNTS,
        FEATURE_DESCRIPTIONS,
        SAE_CHECKPOINTS,
        SAE_FEATURES,
        ACTIVATIONS,
        RECONSTRUCTIONS,
        FOUNDATIONS,
        EMISSION_MATRIX,
        EMISSION_FITS,
        TOPIC_NODES,
        TOPIC_TREES,
        TOPICS,
        MIXTURES,
        TOPIC_CHANGES,
        TOPIC_SUMMARIES,
        REPLIES,
        COMPOSITIONS,
        ALIGNMENTS,
        ITEM_MAP,
        TRENDS,
        TREND_SHAPES,
        RIVAL_TOPICS,
        RIVAL_FITS,
        RIVAL_MIXTURES,
        SCORES,
        JUDGEMENTS,
        TOPIC_COUNT_SCORES,
        DUELS,
        DUEL_REPLIES,
        DUEL_RATINGS,
        STEERINGS,
        REPORTS,
        MATERIALISATIONS,
    )
}

__all__ = [
    "ACTIVATIONS",
    "ALIGNMENTS",
    "BAGS",
    "CAPTIONS",
    "COMPOSITIONS",
    "DATASETS",
    "DUELS",
    "DUEL_RATINGS",
    "DUEL_REPLIES",
    "EMBEDDINGS",
    "EMISSION_FITS",
    "EMISSION_MATRIX",
    "FEATURE_COUNTS",
    "FEATURE_DESCRIPTIONS",
    "FOUNDATIONS",
    "INSTANT",
    "ITEMS",
    "ITEM_MAP",
    "JUDGEMENTS",
    "MATERIALISATIONS",
    "MIXTURES",
    "RECONSTRUCTIONS",
    "REJECTS",
    "REPLIES",
    "REPORTS",
    "RETIREMENTS",
    "RIVAL_FITS",
    "RIVAL_MIXTURES",
    "RIVAL_TOPICS",
    "SAE_CHECKPOINTS",
    "SAE_FEATURES",
    "SCORES",
    "STEERINGS",
    "TABLES",
    "TOKEN_AUTOENCODERS",
    "TOKEN_FEATURES",
    "TOPICS",
    "TOPIC_CHANGES",
    "TOPIC_COUNT_SCORES",
    "TOPIC_NODES",
    "TOPIC_SUMMARIES",
    "TOPIC_TREES",
    "TRENDS",
    "TREND_SHAPES",
    "VOCABULARY",
    "WORD_VECTORS",
    "Column",
    "Table",
]
