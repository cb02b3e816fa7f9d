"""Rows of `token_autoencoders` and `token_features`: a dictionary, and what it does on tokens."""

from typing import TYPE_CHECKING, Any

import polars as pl

from saetm.bridge import vectors_to_series

if TYPE_CHECKING:
    from resources.dictionaries import Published
    from resources.token_model import TokenModel
    from saetm.tokens.dictionary import Dictionary
    from saetm.tokens.statistics import TokenStatistics

NEURONPEDIA = "Neuronpedia"  # whose exports of descriptions are read


def autoencoder_row(
    dictionary: "Dictionary", statistics: "TokenStatistics", model: "TokenModel"
) -> dict[str, Any]:
    """Return the row of a dictionary, but for where it came from and how it was made."""
    return {
        "sae_id": dictionary.sae_id,
        "producer": model.producer,
        "layer": model.layer,
        "module": model.module,
        "width": dictionary.width,
        "dictionary_size": dictionary.n_features,
        "active_features": dictionary.active_features,
        "decoder_bias": dictionary.decoder_bias.astype("<f4").tobytes(),
        "token_count": statistics.token_count,
        "variance_explained": statistics.variance_explained,
        "l0": statistics.l0,
        "dead_share": statistics.dead_share,
        "mean_norm": statistics.mean_norm,
    }


def feature_rows(published: "Published", statistics: "TokenStatistics") -> pl.DataFrame:
    """Return a row per feature, with what its publisher says of it, if anything."""
    dictionary = published.dictionary
    said = [published.descriptions.get(number) for number in range(dictionary.n_features)]
    alive = statistics.density > 0
    return (
        pl.DataFrame(
            {
                "feature": range(dictionary.n_features),
                "encoder": vectors_to_series(dictionary.encoder),
                "decoder": vectors_to_series(dictionary.decoder),
                "encoder_bias": dictionary.encoder_bias,
                "threshold": dictionary.thresholds,
                "density": statistics.density,
                "quantiles": [
                    row.tolist() if lives else []
                    for row, lives in zip(statistics.quantiles, alive, strict=True)
                ],
                "maximum": statistics.maximum,
                "contexts": _of_contexts(statistics, "text"),
                "context_starts": _of_contexts(statistics, "start"),
                "context_tokens": _of_contexts(statistics, "token"),
                "context_activations": _of_contexts(statistics, "activation"),
            },
            schema_overrides={"quantiles": pl.List(pl.Float32)},
        )
        .with_columns(
            sae_id=pl.lit(dictionary.sae_id),
            description=pl.Series(said, dtype=pl.String),
        )
        .with_columns(
            description_source=pl.when(pl.col("description").is_not_null()).then(
                pl.lit(NEURONPEDIA)
            )
        )
    )


def _of_contexts(statistics: "TokenStatistics", name: str) -> list[list[Any]]:
    return [[getattr(each, name) for each in contexts] for contexts in statistics.contexts]
