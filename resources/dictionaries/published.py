"""A published autoencoder, brought to one convention: what every format is turned into."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from saetm.errors import InputError
from saetm.tokens.dictionary import Dictionary

NEARLY_ONE: Final = 0.01  # decoder rows that were normalised in bfloat16 are this far from it

Arrays = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True, slots=True, eq=False)
class Published:
    """A dictionary, and what its publisher says of it."""

    dictionary: Dictionary
    origin: str  # format, name and version
    layer: int | None  # block whose output it reads, from 0; None where it does not say
    model: str | None  # language model as its publisher names it
    descriptions: Mapping[int, str] = field(default_factory=dict)  # of features that have one


@dataclass(frozen=True, slots=True)
class Form:
    """How a format computes activations p of a state a, in which formats differ."""

    is_centred: bool  # whether the decoder's bias is subtracted from a before
    active_features: int = 0  # k, where the k largest p of a token are taken
    is_ranked_by_norm: bool = False  # whether p is multiplied by the decoder row's norm before


def to_dictionary(arrays: Arrays, form: Form) -> Dictionary:
    """Bring an autoencoder to unit decoder rows and centred input; reconstructions stay the same.

    An activation becomes its own times the norm n of its decoder row: with encoder, bias and
    threshold times n, and the row by n. Where the input is not centred on the decoder's bias d,
    the encoder's bias takes <encoder, d> in. All by arithmetic in float64.

    Args:
        arrays: encoder (F, H), encoder_bias (F,), decoder (F, H), decoder_bias (H,), threshold
            (F,) or of one number, in the units of p; none: zero.
        form: what the format does with them.

    Raises:
        InputError: the arrays do not belong together, are not finite, or the k largest are taken
            before rows of the decoder that are not of norm one, which no rescaling leaves as is.
    """
    encoder, bias, decoder, centre = (
        np.asarray(arrays[name], dtype=np.float64)
        for name in ("encoder", "encoder_bias", "decoder", "decoder_bias")
    )
    _check(encoder, bias, decoder, centre)
    norms = np.linalg.norm(decoder, axis=1)
    scale = np.where(norms > 0, norms, 1.0)
    if form.active_features and not form.is_ranked_by_norm:
        scale = _kept(scale)
    if not form.is_centred:
        bias = bias + encoder @ centre
    threshold = np.maximum(np.asarray(arrays.get("threshold", 0.0), dtype=np.float64), 0.0)
    return Dictionary(
        encoder=_single(encoder * scale[:, None]),
        encoder_bias=_single(bias * scale),
        decoder=_single(decoder / scale[:, None]),
        decoder_bias=_single(centre),
        thresholds=_single(np.broadcast_to(threshold, scale.shape) * scale),
        active_features=min(form.active_features, len(scale)),
    )


def _kept(scale: NDArray[np.float64]) -> NDArray[np.float64]:
    """Leave decoder rows as they are, for another scale would choose other features.

    Raises:
        InputError: some are not nearly of norm one.
    """
    furthest = float(np.abs(scale - 1.0).max(initial=0.0))
    if furthest > NEARLY_ONE:
        raise InputError(
            "it takes the k largest activations before the norms of decoder rows, which are off "
            f"one by up to {furthest:.2g}: it cannot be brought to rows of norm one"
        )
    return np.ones_like(scale)


def _check(*arrays: NDArray[np.float64]) -> None:
    encoder, bias, decoder, centre = arrays
    shapes = bias.shape, decoder.shape, centre.shape
    if encoder.ndim != 2 or shapes != (
        encoder.shape[:1],
        encoder.shape,
        encoder.shape[1:],
    ):
        raise InputError(f"its encoder {encoder.shape} does not fit bias, decoder, centre {shapes}")
    if not all(np.isfinite(array).all() for array in arrays):
        raise InputError("some of its weights are not finite")


def _single(array: NDArray[np.float64]) -> NDArray[np.float32]:
    return np.ascontiguousarray(array, dtype=np.float32)
