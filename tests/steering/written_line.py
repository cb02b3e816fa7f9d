"""A home whose tables hold topics over token features of a tiny writer, without a run of a line."""

import json

import numpy as np
import polars as pl

from resources.compute import Compute
from resources.generator import UNSTEERED, Sampling, Task, open_generator
from resources.settings import now
from saetm.bridge import vectors_to_series
from saetm.tables import (
    MATERIALISATIONS,
    TOKEN_AUTOENCODERS,
    TOKEN_FEATURES,
    TOPIC_SUMMARIES,
    TOPICS,
)
from tests.steering.writers import WIDTH

NOTE = {"run_id": "test"}
FEATURES, LAYER = 6, 0
LISTED = {"quantiles": pl.Float32, "contexts": pl.String, "context_tokens": pl.String}


def write_line(home, name, writer, folder):
    """Register a dataset and write what its line would: two topics that can steer, one that cannot.

    Its features are directions of the writer's states; the third topic's cancel each other out.
    """
    folder.mkdir()
    (folder / "a.txt").write_text("a text")
    home.add(name, folder, f"tokens.model={writer}", "model=mlda", "topic_count=3")
    home.lake.create()
    rng = np.random.default_rng(0)
    decoder = rng.standard_normal((FEATURES, WIDTH)).astype(np.float32)
    decoder /= np.linalg.norm(decoder, axis=1, keepdims=True)
    decoder[5] = -decoder[4]
    for table, rows in (
        (TOKEN_AUTOENCODERS, _autoencoder(writer)),
        (TOKEN_FEATURES, _features(decoder)),
        (TOPICS, _topics()),
        (TOPIC_SUMMARIES, _summaries()),
        *((MATERIALISATIONS, _entry(asset)) for asset in ("topics", "topic_summaries")),
        (MATERIALISATIONS, _entry("token_autoencoder")),
    ):
        home.lake.append(table, _whole(rows.with_columns(dataset=pl.lit(name)), table), note=NOTE)
    return decoder


def mean_norm(writer):
    generator = open_generator(str(writer), LAYER, Compute(device="cpu"))
    texts = list(generator.write([Task("abc", UNSTEERED, s) for s in range(4)], Sampling()))
    states = np.concatenate([each.states for each in generator.read(texts)])
    return float(np.linalg.norm(states, axis=1).mean())


def _autoencoder(writer):
    return pl.DataFrame(
        {
            "sae_id": ["a1"],
            "model": [str(writer)],
            "layer": [LAYER],
            "width": [WIDTH],
            "dictionary_size": [FEATURES],
            "active_features": [0],
            "decoder_bias": [np.zeros(WIDTH, "<f4").tobytes()],
            "mean_norm": [mean_norm(writer)],
        }
    )


def _features(decoder):
    quantiles = [[0.05 * (place + 1) for place in range(19)]] * FEATURES
    return pl.DataFrame(
        {
            "sae_id": ["a1"] * FEATURES,
            "feature": range(FEATURES),
            "encoder": vectors_to_series(decoder),
            "decoder": vectors_to_series(decoder),
            "encoder_bias": [0.0] * FEATURES,
            "threshold": [0.0] * FEATURES,
            "quantiles": quantiles,
        }
    )


def _topics():
    return pl.DataFrame(
        {
            "topic_count": [3] * 3,
            "topic_id": ["t0", "t1", "t2"],
            "rank": [0, 1, 2],
            "weight": [0.5, 0.3, 0.2],
            "features": [[0, 1], [2, 3], [4, 5]],
            "feature_weights": [[0.6, 0.4], [0.9, 0.1], [0.5, 0.5]],
            "words": [["dog", "cat\x1b[31m"], ["tree"], ["none"]],
        }
    )


def _summaries():
    return pl.DataFrame(
        {"topic_id": ["t0"], "label": ["animals"], "description": ["Texts about animals."]}
    )


def _entry(asset):
    return pl.DataFrame(
        {
            "asset": [asset],
            "input_version": ["i"],
            "data_version": ["d"],
            "producer": [""],
            "row_count": [3],
            "created_at": [now()],
            "upstream": [json.dumps({})],
        }
    )


def _whole(rows, table):
    """Fill what a test does not look at with values that a contract accepts."""
    filled = {}
    for column in table.columns:
        if column.name in rows.columns or column.is_nullable:
            continue
        if column.name == "created_at":
            filled[column.name] = pl.lit(now())
        elif isinstance(column.dtype, pl.List):
            filled[column.name] = pl.lit([], dtype=column.dtype)
        elif column.dtype == pl.String:
            filled[column.name] = pl.lit("x")
        else:
            filled[column.name] = pl.lit(0).cast(column.dtype)
    missing = [c.name for c in table.columns if c.name not in {*rows.columns, *filled}]
    nothing = {name: pl.lit(None, dtype=table.schema[name]) for name in missing}
    return rows.with_columns(**filled, **nothing)
