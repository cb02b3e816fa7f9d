"""The autoencoder that a dataset is bound to, as it lies in the lake."""

from typing import Any, get_args

import numpy as np
import polars as pl

from resources.view import DatasetView
from saetm.errors import InputError
from saetm.sae.config import Kind
from saetm.sae.exports import Provenance, export
from saetm.sae.weights import Header, Weights, from_frame
from saetm.tables import SAE_CHECKPOINTS, SAE_FEATURES


def checkpoint(view: DatasetView) -> dict[str, Any]:
    """Return the row of `sae_checkpoints` of a dataset.

    Raises:
        InputError: the dataset is bound to no autoencoder.
    """
    rows = view.scan(SAE_CHECKPOINTS).collect().rows(named=True)
    if not rows:
        raise InputError(
            f"dataset {view.dataset!r} has no autoencoder yet: take it through the line with "
            "`saetm run` first"
        )
    return rows[0]


def autoencoder(view: DatasetView) -> Weights:
    """Read the autoencoder that a dataset is bound to.

    Raises:
        InputError: it is bound to none, or to one of token states.
        ContractError: features are missing.
    """
    row = checkpoint(view)
    if row["kind"] not in get_args(Kind):
        raise InputError(
            f"the features of {view.dataset!r} are of tokens: their autoencoder is in "
            "token_autoencoders and token_features"
        )
    bias = np.frombuffer(row["decoder_bias"], dtype="<f4")
    header = Header(row["kind"], row["active_features"], row["threshold"], bias)
    features = view.scan(SAE_FEATURES).filter(pl.col("sae_id") == row["sae_id"])
    return from_frame(features.collect(), header)


def exported(view: DatasetView) -> bytes:
    """Return the autoencoder of a dataset as safetensors that say where it came from.

    Raises:
        InputError: it is bound to none.
        ContractError: features are missing.
    """
    row = checkpoint(view)
    known = {name: row[name] for name in Provenance.model_fields}
    return export(autoencoder(view), Provenance.model_validate(known))
