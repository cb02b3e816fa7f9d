"""An autoencoder of token states as plain arrays, whatever format it came in."""

import hashlib
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from saetm.errors import ContractError
from saetm.sae.weights import Weights


@dataclass(frozen=True, slots=True, eq=False)
class Dictionary:
    """Features of token states a: (H,).

    Activation i is p_i = <encoder_i, a - decoder_bias> + encoder_bias_i where p_i > thresholds_i
    (and, of a top-k dictionary, among the k largest of the token), else zero; the reconstruction is
    activations @ decoder + decoder_bias.
    """

    encoder: NDArray[np.float32]  # (F, H)
    encoder_bias: NDArray[np.float32]  # (F,)
    decoder: NDArray[np.float32]  # (F, H), rows of norm one
    decoder_bias: NDArray[np.float32]  # (H,)
    thresholds: NDArray[np.float32]  # (F,) an activation at or below it counts as zero
    active_features: int  # k of top-k; 0 where thresholds alone decide

    def __post_init__(self) -> None:
        """Refuse arrays that do not belong together."""
        n_features, width = self.encoder.shape
        shapes = tuple(getattr(self, field.name).shape for field in fields(self)[1:5])
        if shapes != ((n_features,), (n_features, width), (width,), (n_features,)):
            raise ContractError(f"encoder {self.encoder.shape} does not fit the shapes {shapes}")

    @property
    def n_features(self) -> int:
        """Number of features F."""
        return self.encoder.shape[0]

    @property
    def width(self) -> int:
        """H, components of a token's state."""
        return self.encoder.shape[1]

    @property
    def sae_id(self) -> str:
        """Hash of the content: equal dictionaries have equal ids, on every machine."""
        digest = hashlib.sha256(f"{self.active_features}".encode())
        for field in fields(self)[:5]:
            array = getattr(self, field.name)
            digest.update(f"{array.shape}".encode())
            digest.update(array.astype("<f4").tobytes())
        return digest.hexdigest()[:16]

    def rows(self, kept: NDArray[np.integer]) -> "Dictionary":
        """Return the dictionary of some of the features."""
        return Dictionary(
            self.encoder[kept],
            self.encoder_bias[kept],
            self.decoder[kept],
            self.decoder_bias,
            self.thresholds[kept],
            self.active_features,
        )


def from_weights(weights: Weights) -> Dictionary:
    """Take an autoencoder that saetm trained as a dictionary."""
    return Dictionary(
        encoder=weights.encoder,
        encoder_bias=weights.encoder_bias,
        decoder=weights.decoder,
        decoder_bias=weights.decoder_bias,
        thresholds=np.full(weights.dictionary_size, weights.threshold, dtype=np.float32),
        active_features=weights.active_features if weights.kind == "topk" else 0,
    )
