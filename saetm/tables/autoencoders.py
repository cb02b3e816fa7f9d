"""Vectors, autoencoders and activations."""

import polars as pl

from saetm.tables.columns import (
    CREATED,
    DATASET,
    INPUT,
    ITEM,
    RUN,
    blob,
    float64,
    int32,
    listed,
    text,
)
from saetm.tables.contract import INSTANT, Column, Table

TOKENS = "tokens"  # kind of an autoencoder that reads the states of tokens, not whole items

EMBEDDINGS = Table(
    "embeddings",
    "embeddings",
    "the vector of an item by one encoder",
    ("dataset", "item_id", "producer"),
    (
        DATASET,
        ITEM,
        text("producer", "encoder, and what it read: image, vector, or a captioner's text"),
        INPUT,
        int32("dim", "number of components"),
        text("dtype", "component type, little-endian"),
        blob("vector", "the components"),
        RUN,
        CREATED,
    ),
)

SAE_CHECKPOINTS = Table(
    "sae_checkpoints",
    "sae_checkpoints",
    "the sparse autoencoder that a dataset is bound to",
    ("dataset", "sae_id"),
    (
        DATASET,
        text("sae_id", "hash of the weights"),
        text("origin", "trained (on this dataset), or foundation and where that came from"),
        text("kind", "batch_topk, topk or l1; tokens where it reads the states of tokens"),
        text("encoder", "producer of the embeddings it was trained on"),
        int32("dimension", "D, dimension of the embeddings"),
        int32("dictionary_size", "K, number of features"),
        int32("active_features", "k aimed at per item; 0 for l1"),
        float64("threshold", "an activation at or below it counts as zero"),
        blob("decoder_bias", "b_d, little-endian float32"),
        int32("training_item_count", "rows it was trained on; 0 where nobody knows"),
        int32("heldout_item_count", "rows that judge it; of a foundation, this dataset's own"),
        float64(
            "variance_explained", "share of variance explained on held-out rows", nullable=True
        ),
        float64("l0", "mean number of active features per held-out row"),
        float64("dead_share", "share of features that fire for no training row"),
        listed("curve_step", pl.Int32(), "training steps at which the curve was taken"),
        listed("curve_variance_explained", pl.Float64(), "held-out variance explained then"),
        text("settings", "configuration as JSON"),
        blob(
            "centre",
            "what variance is measured from: mean of the training rows, or of this dataset's; "
            "little-endian float32",
            nullable=True,
        ),
        RUN,
        CREATED,
    ),
)

SAE_FEATURES = Table(
    "sae_features",
    "sae_checkpoints",
    "a feature of an autoencoder with its encoder and decoder vector",
    ("dataset", "sae_id", "feature"),
    (
        DATASET,
        text("sae_id", "autoencoder it belongs to"),
        int32("feature", "row of the dictionary, from 0"),
        blob("encoder", "encoder vector, little-endian float32"),
        blob("decoder", "unit-norm decoder vector, little-endian float32"),
        Column("encoder_bias", pl.Float32(), "b_e of the feature"),
    ),
)

ACTIVATIONS = Table(
    "activations",
    "activations",
    "the active features of an item",
    ("dataset", "item_id", "producer"),
    (
        DATASET,
        ITEM,
        text("producer", "sae_id, and the producer of the embedding"),
        INPUT,
        listed("features", pl.Int32(), "active features, ascending"),
        listed("activations", pl.Float32(), "their activations, positive"),
        RUN,
    ),
)

RECONSTRUCTIONS = Table(
    "reconstructions",
    "activations",
    "how well an autoencoder explains the items that one run encoded and that came after it",
    ("dataset", "sae_id", "created_at"),
    (
        DATASET,
        text("sae_id", "autoencoder that encoded them"),
        text("encoder", "producer of their embeddings"),
        int32("item_count", "items encoded"),
        float64("squared_error", "summed squared distance of reconstruction and embedding"),
        float64("squared_deviation", "summed squared distance of embedding and centre"),
        RUN,
        CREATED,
    ),
)

FOUNDATIONS = Table(
    "foundations",
    "saetm sae",
    "a promotion of an autoencoder; the newest one of an encoder is what new datasets bind to",
    ("dataset", "sae_id", "promoted_at"),
    (
        text("dataset", "dataset it was trained on; empty where it was imported"),
        text("sae_id", "hash of the weights"),
        text("encoder", "producer of the embeddings it reads"),
        int32("dimension", "D, dimension of the embeddings"),
        int32("dictionary_size", "K, number of features"),
        int32("training_item_count", "rows it was trained on; 0 where nobody knows"),
        float64(
            "variance_explained", "share of variance explained on held-out rows", nullable=True
        ),
        text("settings", "configuration of its training as JSON"),
        blob("weights", "the autoencoder as safetensors"),
        Column("promoted_at", INSTANT, "when it was promoted"),
    ),
    is_partitioned=False,
)
