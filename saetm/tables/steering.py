"""What a language model writes when it is steered along a topic."""

import polars as pl

from saetm.tables.columns import CREATED, DATASET, INPUT, RUN, TOPIC, float64, int32, text
from saetm.tables.contract import Column, Table

STEERINGS = Table(
    "steerings",
    "steerings",
    "a text that a language model wrote, steered along a topic or as it is, with its measurements",
    ("dataset", "topic_id", "prompt", "is_steered", "strength", "draw"),
    (
        DATASET,
        TOPIC,
        text("model", "topic model that the topic is of"),
        text("sae_id", "autoencoder whose features the topic weighs"),
        text("producer", "language model that wrote, its version, and the block that was steered"),
        text("prompt", "what the text goes on from, as it was given"),
        Column("is_steered", pl.Boolean(), "false where the model wrote as it is"),
        float64(
            "strength",
            "lambda: component along the topic's direction that each position is given, in mean "
            "norms of a state at the block; 0 takes it out; of an unsteered text 0",
        ),
        int32("draw", "number of the text, from 0"),
        int32("seed", "what its random numbers began with, the same at every strength"),
        float64("temperature", "of the draw; 0: the most probable token each time"),
        text("text", "what was written, without the prompt"),
        int32("tokens", "tokens that were written"),
        float64("relevance", "to the topic, as relevance_by measures it"),
        text(
            "relevance_by",
            "a judge: 1, 0.5 or 0 for a win, tie or loss against the unsteered text of the same "
            "prompt and draw; an encoder: cosine to the topic's words; or features",
        ),
        float64("feature_share", "share of its own features that the topic accounts for, 0 to 1"),
        float64("perplexity", "of the text after its prompt, by the model as it is"),
        float64("drift", "1 - cosine to the unsteered text of the same prompt and draw"),
        Column("is_recommended", pl.Boolean(), "whether it is of the recommended strength"),
        INPUT,
        RUN,
        CREATED,
    ),
)
