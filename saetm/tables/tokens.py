"""Features of tokens: autoencoders of token states, how often features fire, what they mean."""

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
    int64,
    listed,
    text,
)
from saetm.tables.contract import Column, Table

TOKEN_AUTOENCODERS = Table(
    "token_autoencoders",
    "token_autoencoder",
    "the sparse autoencoder of token states that a dataset's features are counted by",
    ("dataset", "sae_id"),
    (
        DATASET,
        text("sae_id", "hash of the dictionary"),
        text("origin", "trained (on this dataset), or where it came from"),
        text("producer", "language model, its version, and the layer"),
        text("model", "language model as the option names it"),
        int32("layer", "block whose output is read, from 0"),
        text("module", "path of that block in the model"),
        int32("width", "H, components of a token's state"),
        int32("dictionary_size", "F, number of features"),
        int32("active_features", "k aimed at per token; 0 where thresholds alone decide"),
        blob("decoder_bias", "b_d, little-endian float32"),
        int64("token_count", "tokens that the statistics of the features are of"),
        float64("variance_explained", "share of the variance of those tokens", nullable=True),
        float64("l0", "mean number of active features per token"),
        float64("dead_share", "share of features that fire on none of those tokens"),
        float64("mean_norm", "mean norm of a token's state at the layer"),
        text("settings", "configuration as JSON"),
        RUN,
        CREATED,
    ),
)

TOKEN_FEATURES = Table(
    "token_features",
    "token_autoencoder",
    "a feature of an autoencoder of token states, and where it fires",
    ("dataset", "sae_id", "feature"),
    (
        DATASET,
        text("sae_id", "autoencoder it belongs to"),
        int32("feature", "row of the dictionary, from 0"),
        blob("encoder", "encoder vector, little-endian float32"),
        blob("decoder", "unit-norm decoder vector, little-endian float32"),
        Column("encoder_bias", pl.Float32(), "b_e of the feature"),
        float64("threshold", "an activation at or below it counts as zero"),
        float64("density", "share of the training tokens on which it is active"),
        listed(
            "quantiles",
            pl.Float32(),
            "5 %, 10 %, up to 95 % of its positive activations on the training tokens; of a dead "
            "feature none",
        ),
        Column("maximum", pl.Float32(), "its largest activation on the training tokens"),
        listed("contexts", pl.String(), "texts around the tokens on which it is strongest"),
        listed("context_starts", pl.Int32(), "characters of each before the token"),
        listed("context_tokens", pl.String(), "the token of each that it fires on"),
        listed("context_activations", pl.Float32(), "how strongly"),
        text("description", "what its publisher says that it means", nullable=True),
        text("description_source", "the publisher", nullable=True),
        RUN,
    ),
)

FEATURE_COUNTS = Table(
    "feature_counts",
    "feature_counts",
    "on how many tokens of an item each feature fires",
    ("dataset", "item_id", "producer"),
    (
        DATASET,
        ITEM,
        text("producer", "autoencoder, language model and quantile, and the captions' producer"),
        INPUT,
        listed("features", pl.Int32(), "features that fire, ascending"),
        listed("counts", pl.Int32(), "tokens on which each of them does"),
        int32("tokens", "tokens of the item, special ones left out"),
        RUN,
    ),
)

FEATURE_DESCRIPTIONS = Table(
    "feature_descriptions",
    "feature_descriptions",
    "what a feature of tokens means, and whether topics are made of it",
    ("dataset", "feature"),
    (
        DATASET,
        int32("feature", "row of the dictionary, from 0"),
        text("description", "a few words"),
        text("source", "who says so: publisher, rule, or a model's name"),
        listed("words", pl.String(), "words most specific to the items that it fires in"),
        text(
            "verdict",
            "programming, mathematics, grammar, formatting or stop_words; none of them: null",
            nullable=True,
        ),
        Column("is_kept", pl.Boolean(), "whether topics are made of it"),
        text("reason", "why not: dead, density, items or verdict", nullable=True),
        float64("density", "share of the training tokens on which it is active"),
        float64("item_share", "share of the items in which it fires"),
        text("question_id", "question whose reply it is", nullable=True),
        RUN,
    ),
)
