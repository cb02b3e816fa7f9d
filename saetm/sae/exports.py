"""An autoencoder to hand on: its weights, and what is known of where they came from."""

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from saetm.errors import ContractError
from saetm.sae.weights import Weights, from_safetensors, provenance_of, to_safetensors

UNIT_NORM_TOLERANCE = 1e-3  # float32 norms of trained decoder rows stay within 1e-6


class Provenance(BaseModel):
    """Where an autoencoder came from."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    encoder: str = Field("", max_length=1000, description="producer of its embeddings; or empty")
    training_item_count: int = Field(
        0, ge=0, lt=2**31, description="rows it was trained on; 0 where nobody knows"
    )
    variance_explained: float | None = Field(
        None, le=1, allow_inf_nan=False, description="share explained on held-out rows"
    )
    settings: str = Field("", max_length=10_000, description="configuration of its training")


def export(weights: Weights, provenance: Provenance) -> bytes:
    """Serialise an autoencoder with its provenance to the safetensors format."""
    return to_safetensors(weights, provenance.model_dump())


def read_export(content: bytes) -> tuple[Weights, Provenance]:
    """Read what `export` wrote; nothing in it is executed.

    Args:
        content: bytes of a file that anybody may have written.

    Returns:
        The weights, and their provenance; an empty one where the file says nothing.

    Raises:
        ContractError: the content is not an autoencoder, not the one its sae_id names, not one
            that can encode, or its provenance is not in order.
    """
    weights = from_safetensors(content)
    _check_sound(weights)
    try:
        return weights, Provenance.model_validate(provenance_of(content) or {})
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "it"
        raise ContractError(f"provenance is not in order: {place}: {first['msg']}") from error


def encoder_of(producer: str) -> str:
    """Return the encoder within a producer of embeddings, without what it read.

    An autoencoder belongs to an encoder. Captions by another captioner, or images of another
    dataset, lie in the same space.

    Example:
        >>> encoder_of("minilm@53aa51172d142c89 of given captions")
        'minilm@53aa51172d142c89'
    """
    name, at, rest = producer.partition("@")
    return f"{name}{at}{rest.partition(' of ')[0]}"


def _check_sound(weights: Weights) -> None:
    """Refuse weights whose hash is right and that cannot encode all the same."""
    arrays = (weights.encoder, weights.encoder_bias, weights.decoder, weights.decoder_bias)
    if any(array.dtype != np.float32 or array.size == 0 for array in arrays):
        raise ContractError("an array of the autoencoder is empty or not of float32")
    if not all(np.isfinite(array).all() for array in arrays):
        raise ContractError("an array of the autoencoder holds values that are not finite")
    if not np.isfinite(weights.threshold) or weights.threshold < 0 or weights.active_features < 0:
        raise ContractError("the threshold or the number of active features is negative")
    norms = np.linalg.norm(weights.decoder, axis=1)
    if np.abs(norms - 1).max() > UNIT_NORM_TOLERANCE:
        raise ContractError("the decoder's rows are not of norm one")
