"""The autoencoder of a dataset's token states, as it lies in the lake."""

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from resources.view import DatasetView
from saetm.bridge import series_to_vectors
from saetm.errors import ContractError, InputError
from saetm.tables import TOKEN_AUTOENCODERS, TOKEN_FEATURES
from saetm.tokens.dictionary import Dictionary


def token_autoencoder(view: DatasetView) -> dict[str, Any]:
    """Return the row of `token_autoencoders` of a dataset.

    Raises:
        InputError: no language model reads its items.
    """
    rows = view.scan(TOKEN_AUTOENCODERS).collect().rows(named=True)
    if not rows:
        raise InputError(
            f"no language model reads the items of {view.dataset!r}: set tokens.model (`saetm "
            "mechanistic` does), then `saetm run`"
        )
    return rows[0]


def token_features(view: DatasetView) -> pl.DataFrame:
    """Return the rows of `token_features` of the dataset's autoencoder, ascending by feature.

    Raises:
        InputError: no language model reads its items.
        ContractError: features are missing.
    """
    row = token_autoencoder(view)
    mine = pl.col("sae_id") == row["sae_id"]
    features = view.scan(TOKEN_FEATURES).filter(mine).sort("feature").collect()
    if features["feature"].to_list() != list(range(row["dictionary_size"])):
        raise ContractError(
            f"of {row['dictionary_size']} features of tokens of {view.dataset!r} "
            f"{features.height} are there: materialise token_autoencoder again"
        )
    return features


def token_dictionary(view: DatasetView) -> Dictionary:
    """Read the autoencoder of a dataset's token states.

    Raises:
        InputError: no language model reads its items.
        ContractError: features are missing.
    """
    row, features = token_autoencoder(view), token_features(view)
    return Dictionary(
        encoder=series_to_vectors(features["encoder"]),
        encoder_bias=features["encoder_bias"].to_numpy(),
        decoder=series_to_vectors(features["decoder"]),
        decoder_bias=np.frombuffer(row["decoder_bias"], dtype="<f4"),
        thresholds=features["threshold"].cast(pl.Float32).to_numpy(),
        active_features=row["active_features"],
    )


def token_quantiles(features: pl.DataFrame) -> NDArray[np.float32]:
    """Return (F, 19) quantiles of rows of `token_features`.

    Those of a dead feature, which has none, are NaN.
    """
    lists = features["quantiles"]
    columns = [
        lists.list.get(place, null_on_oob=True).fill_null(np.nan).to_numpy() for place in range(19)
    ]
    return np.stack(columns, axis=1)
