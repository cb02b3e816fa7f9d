"""Emissions, the topic tree, its cuts and the names of topics."""

import polars as pl

from saetm.tables.columns import (
    CREATED,
    DATASET,
    INPUT,
    ITEM,
    RUN,
    TOPIC,
    float64,
    int32,
    listed,
    text,
)
from saetm.tables.contract import Table

EMISSION_MATRIX = Table(
    "emission_matrix",
    "emission_matrix",
    "a feature with its distribution over words",
    ("dataset", "feature"),
    (
        DATASET,
        int32("feature", "row of the dictionary"),
        text("sae_id", "autoencoder it belongs to"),
        listed("words", pl.Int32(), "word_id of words with mass from the data"),
        listed("probabilities", pl.Float32(), "their mass from the data"),
        float64("prior_share", "mass of the row that lies evenly on all words"),
        float64("weight", "mean share of the feature over all items"),
        int32("item_count", "items for which the feature is active"),
        RUN,
    ),
)

EMISSION_FITS = Table(
    "emission_fits",
    "emission_matrix",
    "how the emission matrix of a dataset was fitted",
    ("dataset",),
    (
        DATASET,
        text("sae_id", "autoencoder it belongs to"),
        float64("prior", "weighted words that each feature borrows evenly from all words, eta"),
        int32("passes", "passes of expectation-maximisation, chosen on held-out words"),
        float64(
            "heldout_log_likelihood",
            "per weighted word held out in the choice, natural log",
            nullable=True,
        ),
        float64("duality_gap", "what could still be gained per weighted word, at most"),
        listed("curve", pl.Float64(), "training log likelihood per weighted word after each pass"),
        RUN,
        int32(
            "searched_items",
            "items of the fit that chose prior and passes; later ones use them again until the "
            "items are half as many again",
            nullable=True,
        ),
        text("settings", "hash of options and producers that the choice holds for", nullable=True),
    ),
)

TOPIC_NODES = Table(
    "topic_nodes",
    "topics",
    "a node of the topic tree",
    ("dataset", "topic_id"),
    (
        DATASET,
        TOPIC,
        int32("node", "position in the tree: leaves first, then merges in order"),
        int32("left", "node it was merged from", nullable=True),
        int32("right", "node it was merged from", nullable=True),
        float64("height", "merge cost; 0 for leaves"),
        float64("weight", "mean share of its features over all items"),
        listed("features", pl.Int32(), "features of a leaf; empty for merges"),
        RUN,
    ),
)

TOPIC_TREES = Table(
    "topic_trees",
    "topics",
    "how the topic tree of a dataset was grown",
    ("dataset",),
    (
        DATASET,
        text("sae_id", "autoencoder that its features belong to"),
        text("settings", "hash of options and producers that decide about it beside the items"),
        float64("former_share", "of its merge costs, what came from the tree before it"),
        RUN,
    ),
)

TOPICS = Table(
    "topics",
    "topics",
    "a topic at one of the stored cuts",
    ("dataset", "topic_count", "topic_id"),
    (
        DATASET,
        int32("topic_count", "K of the cut: how many topics were asked for"),
        TOPIC,
        int32("rank", "position by weight, from 0"),
        float64("weight", "mean share of the topic over all items"),
        int32("item_count", "items in which the topic is present"),
        listed("features", pl.Int32(), "its features"),
        listed("words", pl.String(), "words that the topic's features agree on, best first"),
        listed("probabilities", pl.Float64(), "their probabilities"),
        listed("specificities", pl.Float64(), "their log ratio to the unigram distribution"),
        listed("items", pl.String(), "most representative items, best first"),
        text("method", "tree, kmeans, or the topic model's name"),
        RUN,
        listed(
            "feature_weights",
            pl.Float64(),
            "probability of each of its features, where the topic is a distribution over features",
            nullable=True,
        ),
    ),
)

MIXTURES = Table(
    "mixtures",
    "topics",
    "the topic mixture of an item at one of the stored cuts",
    ("dataset", "topic_count", "item_id"),
    (
        DATASET,
        int32("topic_count", "K of the cut"),
        ITEM,
        listed("topics", pl.String(), "topics with mass, largest first"),
        listed("shares", pl.Float32(), "their shares; they sum to one"),
        RUN,
    ),
)

TOPIC_CHANGES = Table(
    "topic_changes",
    "topics",
    "what a refit did to a topic of a stored cut",
    ("dataset", "created_at", "topic_count", "change", "topic_id"),
    (
        DATASET,
        int32("topic_count", "K of the cut"),
        text("change", "born, died, split, merged or moved_words"),
        TOPIC,
        listed("relatives", pl.String(), "topics it came from, or went into, closest first"),
        float64("overlap", "likeness to the closest relative, or to what it was itself, 0 to 1"),
        listed("words_gained", pl.String(), "of its top words, those that it had not before"),
        listed("words_lost", pl.String(), "of its former top words, those that it has no more"),
        float64("weight_before", "mean share over all items before; 0 for born"),
        float64("weight_after", "mean share over all items after; 0 for died"),
        RUN,
        CREATED,
    ),
)

TOPIC_SUMMARIES = Table(
    "topic_summaries",
    "topic_summaries",
    "label, description and category of a topic",
    ("dataset", "topic_id"),
    (
        DATASET,
        TOPIC,
        text("producer", "what wrote the summary"),
        INPUT,
        text("label", "a few words"),
        text("description", "one sentence"),
        text("category", "concrete or abstract"),
        RUN,
        text("question_id", "question whose reply it is", nullable=True),
        listed(
            "words",
            pl.String(),
            "top words by which it was named; it is kept while most of them stay",
            nullable=True,
        ),
        listed(
            "examples",
            pl.String(),
            "items whose captions were shown; it is kept while they are there",
            nullable=True,
        ),
    ),
)

REPLIES = Table(
    "replies",
    "topic_summaries",
    "a model's answer to a prompt: cache and audit trail at once",
    ("dataset", "question_id"),
    (
        DATASET,
        text("question_id", "hash of prompt, schema and producer"),
        text("producer", "model, revision and sampling"),
        text("prompt", "what was asked"),
        text("reply", "what was answered, as it came"),
        RUN,
        CREATED,
    ),
)
