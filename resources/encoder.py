"""The encoder door: from texts, images or ready-made vectors to rows of float32."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from resources.compute import Compute
from resources.encoding import Encoder, Inputs, all_of, finite
from resources.image_encoder import OPEN_CLIP, ClipImageEncoder
from resources.open_clip_model import find_clip
from resources.text_encoder import open_minilm, open_text
from saetm.errors import ContractError, InputError


@lru_cache(maxsize=4)
def open_encoder(name: str, compute: Compute) -> Encoder:
    """Open an encoder, once per process; a model is loaded with its first batch.

    Args:
        name: "minilm" (embedded), "provided" (vectors come with the items),
            "open_clip:MODEL/PRETRAINED" with a tag or a checkpoint file, a folder with a
            sentence-transformers model, or the name of one on the hub, "NAME@REVISION" to pin.
        compute: where to run it.

    Raises:
        InputError: there is no such model, or its weights are not what they should be.
    """
    if name == "provided":
        return ProvidedEncoder()
    if name == "minilm":
        return open_minilm(compute)
    if name.startswith(OPEN_CLIP):
        model, _, pretrained = name.removeprefix(OPEN_CLIP).partition("/")
        return ClipImageEncoder(find_clip(model, pretrained), compute)
    return open_text(name, compute)


def chosen_before(producer: str) -> str:
    """Return the encoder that the option `auto` chose, by the producer that its vectors name."""
    return "provided" if producer.startswith(ProvidedEncoder.producer) else "minilm"


class ProvidedEncoder:
    """The vectors that came with the items, as they are."""

    reads: Final = "vector"
    producer: Final = "provided@float32"

    def encode(self, inputs: Inputs) -> NDArray[np.float32]:
        """Read vectors from little-endian float32 bytes.

        Raises:
            ContractError: vectors of different length, of none, or with values not finite.
        """
        packed = all_of(bytes, inputs)
        if not packed:
            return np.zeros((0, 0), dtype=np.float32)
        sizes = {len(each) for each in packed}
        size = min(sizes)
        if len(sizes) > 1:
            raise ContractError(f"provided vectors differ in size: {size} to {max(sizes)} bytes")
        if size == 0 or size % 4:
            raise ContractError(f"a provided vector of {size} bytes is no sequence of float32")
        return finite(
            np.frombuffer(b"".join(packed), "<f4").reshape(len(packed), -1), self.producer
        )

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Refuse: nobody knows the model that made the vectors."""
        raise InputError(
            f"the items brought their vectors, so no model here can place {len(texts)} texts "
            "among them"
        )
