"""A trained autoencoder as a value: NumPy arrays, a content id, and three ways to keep it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
import polars as pl
import safetensors
import safetensors.numpy
from numpy.typing import NDArray
from pydantic import JsonValue

from saetm.bridge import series_to_vectors, vectors_to_series
from saetm.errors import ContractError
from saetm.sae.config import Kind

_METADATA = "saetm"
_PROVENANCE = "provenance"

FRAME_SCHEMA = pl.Schema(
    {
        "feature": pl.Int32(),
        "encoder": pl.Binary(),
        "decoder": pl.Binary(),
        "encoder_bias": pl.Float32(),
    }
)


@dataclass(frozen=True, slots=True, eq=False)
class Header:
    """What belongs to an autoencoder as a whole and not to one of its features."""

    kind: Kind
    active_features: int  # k of topk and batch_topk; 0 for l1, which fixes none
    threshold: float  # a float32, at least 0; an activation at or below it counts as zero
    decoder_bias: NDArray[np.float32]  # (D,)


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """All that encodes and reconstructs embeddings in their own units.

    Activation j of x is p_j = <encoder_j, x - decoder_bias> + encoder_bias_j where
    p_j > threshold (for topk: and p_j is among the k largest of the item), else zero;
    the reconstruction is activations @ decoder + decoder_bias.
    """

    encoder: NDArray[np.float32]  # (K, D)
    encoder_bias: NDArray[np.float32]  # (K,)
    decoder: NDArray[np.float32]  # (K, D), rows of norm one
    decoder_bias: NDArray[np.float32]  # (D,)
    threshold: float  # a float32, at least 0; an activation at or below it counts as zero
    kind: Kind
    active_features: int  # k of topk and batch_topk; 0 for l1

    def __post_init__(self) -> None:
        """Refuse arrays that do not belong together."""
        n_features, dimension = self.encoder.shape
        shapes = (self.encoder_bias.shape, self.decoder.shape, self.decoder_bias.shape)
        if shapes != ((n_features,), (n_features, dimension), (dimension,)):
            message = f"encoder {self.encoder.shape} does not fit bias, decoder, centre {shapes}"
            raise ContractError(message)
        if self.kind not in get_args(Kind):
            raise ContractError(f"kind is {self.kind!r}, not one of {get_args(Kind)}")

    @property
    def dictionary_size(self) -> int:
        """Number of features K."""
        return self.encoder.shape[0]

    @property
    def dimension(self) -> int:
        """Length D of the embeddings."""
        return self.encoder.shape[1]

    @property
    def header(self) -> Header:
        """The part that `to_frame` does not hold."""
        return Header(self.kind, self.active_features, self.threshold, self.decoder_bias)

    @property
    def sae_id(self) -> str:
        """Hash of the content: equal weights have equal ids, on every machine."""
        digest = hashlib.sha256(f"{self.kind} {self.active_features}".encode())
        for array in _arrays(self).values():
            digest.update(f"{array.shape}".encode())
            digest.update(array.astype("<f4").tobytes())
        return digest.hexdigest()[:16]


def to_safetensors(weights: Weights, provenance: Mapping[str, JsonValue] | None = None) -> bytes:
    """Serialise to the safetensors format; equal weights give equal bytes.

    Args:
        weights: the autoencoder.
        provenance: where it came from, to be read by `provenance_of`.
    """
    about: dict[str, JsonValue] = {
        "active_features": weights.active_features,
        "kind": weights.kind,
        "sae_id": weights.sae_id,
    }
    if provenance is not None:
        about[_PROVENANCE] = dict(provenance)
    # One entry, since safetensors keeps metadata in no fixed order.
    return safetensors.numpy.save(_arrays(weights), {_METADATA: json.dumps(about)})


def from_safetensors(content: bytes) -> Weights:
    """Read what `to_safetensors` wrote, bit for bit.

    Raises:
        ContractError: the content is not an autoencoder, or not the one its sae_id names.
    """
    try:
        arrays = safetensors.numpy.load(content)
        about = _about(content)
        threshold = float(arrays.pop("threshold")[0])
        kind, active_features = about["kind"], int(about["active_features"])
        weights = Weights(**arrays, threshold=threshold, kind=kind, active_features=active_features)
    except (safetensors.SafetensorError, LookupError, TypeError, ValueError) as error:
        raise ContractError(f"not the safetensors of an autoencoder: {error}") from error
    if weights.sae_id != about["sae_id"]:
        raise ContractError(f"sae_id is {about['sae_id']}, but the weights are {weights.sae_id}")
    return weights


def provenance_of(content: bytes) -> JsonValue:
    """Return what an autoencoder's safetensors say of where it came from; None for nothing.

    Args:
        content: bytes that `from_safetensors` accepts.
    """
    return _about(content).get(_PROVENANCE)


def to_frame(weights: Weights) -> pl.DataFrame:
    """Return one row per feature: feature, encoder, decoder (float32 bytes), encoder_bias."""
    columns = [
        pl.Series("feature", np.arange(weights.dictionary_size), dtype=pl.Int32),
        vectors_to_series(weights.encoder).alias("encoder"),
        vectors_to_series(weights.decoder).alias("decoder"),
        pl.Series("encoder_bias", weights.encoder_bias, dtype=pl.Float32),
    ]
    return pl.DataFrame(columns, schema=FRAME_SCHEMA)


def from_frame(frame: pl.DataFrame, header: Header) -> Weights:
    """Join rows of features, in any order, and their header: what `to_frame` split.

    Args:
        frame: feature, encoder, decoder and encoder_bias, one row per feature; further columns
            are ignored.
        header: the rest.

    Raises:
        ContractError: features are missing or twice, or vectors differ in dimension.
    """
    rows = frame.sort("feature")
    if rows["feature"].to_list() != list(range(len(rows))) or rows.is_empty():
        raise ContractError(f"features of an autoencoder are not 0 to {len(rows) - 1}, each once")
    return Weights(
        encoder=series_to_vectors(rows["encoder"]),
        encoder_bias=rows["encoder_bias"].to_numpy(),
        decoder=series_to_vectors(rows["decoder"]),
        decoder_bias=header.decoder_bias,
        threshold=header.threshold,
        kind=header.kind,
        active_features=header.active_features,
    )


def _about(content: bytes) -> dict[str, Any]:
    """Read our entry of the header; safetensors itself gives metadata of files alone."""
    header_size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + header_size])
    about = json.loads(header["__metadata__"][_METADATA])
    if not isinstance(about, dict):
        raise TypeError(f"its metadata are a {type(about).__name__}")
    return about


def _arrays(weights: Weights) -> dict[str, NDArray[np.float32]]:
    return {
        "encoder": weights.encoder,
        "encoder_bias": weights.encoder_bias,
        "decoder": weights.decoder,
        "decoder_bias": weights.decoder_bias,
        "threshold": np.array([weights.threshold], dtype=np.float32),
    }
