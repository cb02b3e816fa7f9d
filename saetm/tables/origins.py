"""Where columns come from: what each column of a table is computed from, in other tables.

Declared by hand, and only what holds whatever the options are: an origin is what a column may
be made of. The vector of an item, say, comes from its file, its caption or a vector that was
brought along, as the encoder reads. Stamps such as run_id have none.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from saetm.tables.contract import Table

CODE = ("embeddings.vector", "sae_features.encoder", "sae_features.encoder_bias")
COUNTS = ("bags.words", "bags.counts")
ACTIVE = ("activations.features", "activations.activations")
FIRING = ("captions.caption", "token_features.encoder", "token_features.quantiles")
MEANING = (
    "token_features.contexts",
    "token_features.description",
    "feature_counts.features",
    "bags.words",
)
CAPTIONED = ("items.text", "items.path")
NAMED = ("topics.words", "topics.probabilities", "topics.items", "captions.caption")
DATES = ("items.timestamp", "items.timestamp_end", "items.group")
TOPIC_WORDS = ("vocabulary.word", "emission_matrix.words", "emission_matrix.probabilities")

ORIGINS: dict[str, dict[str, tuple[str, ...]]] = {
    "captions": {
        "item_id": ("items.item_id",),
        "caption": CAPTIONED,
        "caption_hash": CAPTIONED,
    },
    "bags": {
        "item_id": ("captions.item_id",),
        "words": ("captions.caption",),
        "counts": ("captions.caption",),
    },
    "vocabulary": {
        "word": ("bags.words",),
        "document_frequency": ("bags.words",),
        "word_count": COUNTS,
    },
    "word_vectors": {"word": ("vocabulary.word",)},
    "embeddings": {
        "item_id": ("items.item_id",),
        "vector": ("items.path", "items.embedding", "captions.caption"),
    },
    "token_autoencoders": {
        "decoder_bias": ("captions.caption",),
        "variance_explained": ("captions.caption",),
        "l0": ("captions.caption",),
        "dead_share": ("captions.caption",),
        "mean_norm": ("captions.caption",),
        "token_count": ("captions.caption",),
    },
    "token_features": {
        "encoder": ("captions.caption",),
        "decoder": ("captions.caption",),
        "density": ("captions.caption",),
        "quantiles": ("captions.caption",),
        "maximum": ("captions.caption",),
        "contexts": ("captions.caption",),
        "context_tokens": ("captions.caption",),
        "context_activations": ("captions.caption",),
    },
    "feature_counts": {
        "item_id": ("captions.item_id",),
        "features": FIRING,
        "counts": FIRING,
        "tokens": ("captions.caption",),
    },
    "feature_descriptions": {
        "feature": ("token_features.feature",),
        "description": MEANING,
        "words": ("feature_counts.features", "feature_counts.counts", "bags.words"),
        "verdict": MEANING,
        "is_kept": (*MEANING, "token_features.density"),
        "density": ("token_features.density",),
        "item_share": ("feature_counts.features",),
    },
    "sae_checkpoints": {
        "encoder": ("embeddings.producer",),
        "variance_explained": ("embeddings.vector",),
        "l0": ("embeddings.vector",),
    },
    "activations": {
        "item_id": ("embeddings.item_id",),
        "features": CODE,
        "activations": CODE,
    },
    "emission_matrix": {
        "sae_id": ("sae_checkpoints.sae_id",),
        "words": ("vocabulary.word_id", *COUNTS),
        "probabilities": (*ACTIVE, *COUNTS),
        "weight": ACTIVE,
        "item_count": ("activations.features",),
    },
    "topics": {
        "weight": ACTIVE,
        "item_count": ACTIVE,
        "features": ("emission_matrix.feature",),
        "words": TOPIC_WORDS,
        "probabilities": ("emission_matrix.probabilities",),
        "items": ("activations.item_id", *ACTIVE),
    },
    "mixtures": {"item_id": ("activations.item_id",), "shares": ACTIVE},
    "topic_nodes": {"features": ("emission_matrix.feature",), "weight": ACTIVE},
    "topic_summaries": {
        "topic_id": ("topics.topic_id",),
        "label": NAMED,
        "description": NAMED,
        "category": NAMED,
        "words": ("topics.words",),
        "examples": ("topics.items",),
    },
    "compositions": {
        "topic_id": ("topics.topic_id",),
        "set": ("items.group", "items.dataset"),
        "item_count": ("mixtures.item_id",),
        "share": ("mixtures.shares",),
        "prevalence": ("mixtures.shares",),
        "activity": ("mixtures.topics",),
        "q_value": ("mixtures.shares",),
        "log_odds": ("mixtures.shares",),
        "is_ranked": ("topic_summaries.category", "mixtures.shares"),
    },
    "item_map": {
        "item_id": ("embeddings.item_id",),
        "x": ("embeddings.vector",),
        "y": ("embeddings.vector",),
    },
    "trends": {
        "topic_id": ("topics.topic_id",),
        "starts_at": DATES,
        "item_count": DATES,
        "share": ("mixtures.shares", *DATES),
        "words": ("mixtures.shares", "vocabulary.word", *COUNTS, *DATES),
        "is_change_point": ("mixtures.shares", *DATES),
    },
    "trend_shapes": {
        "topic_id": ("topics.topic_id",),
        "direction": ("mixtures.shares", *DATES),
        "change_points": ("mixtures.shares", *DATES),
    },
    "scores": {
        "topic_count": ("topics.topic_count",),
        "value": (
            *("topics.words", "mixtures.topics", "rival_topics.words", "rival_mixtures.ranks"),
            *("captions.caption", *COUNTS, "word_vectors.vector", "items.group"),
        ),
    },
    "reports": {
        "page": (
            "topics.words",
            "topics.items",
            "topic_summaries.label",
            "topic_summaries.description",
            "captions.caption",
            "scores.value",
            "items.path",
        ),
    },
}


@dataclass(frozen=True, slots=True)
class Origin:
    """A column that another one comes from."""

    table: str
    column: str
    is_same: bool  # whether its values go through as they are


def origins(table: Table) -> dict[str, tuple[Origin, ...]]:
    """Return what the columns of a table come from; columns with no declared origin are left out.

    Values go through as they are where a column of the key comes from one of the same name.
    """
    declared = ORIGINS.get(table.name, {})
    return {column: tuple(_read(table, column, sources)) for column, sources in declared.items()}


def _read(table: Table, column: str, sources: tuple[str, ...]) -> Iterator[Origin]:
    for source in sources:
        name, _, origin = source.partition(".")
        is_same = len(sources) == 1 and origin == column and column in table.key
        yield Origin(name, origin, is_same)
