"""Encoders of images: models of the open_clip library, which read texts as well."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from resources.ahead import ahead
from resources.compute import Compute, available_cores
from resources.encoding import Inputs, Room, UnreadableError, all_of, finite
from resources.open_clip_model import ClipModel, ClipWeights, load_clip

if TYPE_CHECKING:
    from PIL.Image import Image

OPEN_CLIP: Final = "open_clip:"
DRAFT: Final = 2  # a JPEG unpacks to no less than so many times the model's image size
WINDOW: Final = 2  # batches that are decoded ahead of the model


class ClipImageEncoder:
    """The image side of an open_clip model, and its text side for queries."""

    reads: Final = "image"

    def __init__(self, weights: ClipWeights, compute: Compute) -> None:
        """Take weights; the model is loaded with its first batch."""
        self._weights = weights
        self._compute = compute
        self._room = Room(compute.batch_size)
        origin = weights.repository or Path(weights.files[0]).name
        name = f"{OPEN_CLIP}{weights.model}/{origin}@{weights.version}"
        dtype = compute.narrow_dtype(on_accelerator="bfloat16")
        self.producer = f"{name}, preprocess {weights.preprocess}{dtype}"

    def encode(self, inputs: Inputs) -> NDArray[np.float32]:
        """Embed image files, decoding ahead of the model; see `Encoder`."""
        files = all_of(bytes, inputs)
        if not files:
            return np.zeros((0, self._weights.dimension), dtype=np.float32)
        unreadable: dict[int, str] = {}
        pixels = self._decoded(files, unreadable)
        done: list[NDArray[np.float32]] = []
        while batch := list(islice(pixels, self._room.size)):
            done.append(self._room.attempt(partial(self._embed, batch)))
        if unreadable:
            raise UnreadableError(unreadable)
        return finite(np.concatenate(done), self.producer)

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed texts into the space of the images."""
        return finite(self._model.embed_texts(texts), self.producer)

    def _decoded(
        self, files: list[bytes], unreadable: dict[int, str]
    ) -> Iterator[NDArray[np.uint8]]:
        """Yield (H, W, 3) pixels in order; what cannot be read is noted and left out."""
        read = partial(decode, self._model.fit, DRAFT * self._weights.image_size)
        window = WINDOW * self._compute.batch_size
        with ThreadPoolExecutor(available_cores()) as pool:
            for position, pixels in enumerate(ahead(pool, read, files, window=window)):
                if isinstance(pixels, str):
                    unreadable[position] = pixels
                else:
                    yield pixels

    def _embed(self, pixels: list[NDArray[np.uint8]], size: int) -> NDArray[np.float32]:
        starts = range(0, len(pixels), size)
        return np.concatenate([self._model.embed(pixels[first : first + size]) for first in starts])

    @cached_property
    def _model(self) -> ClipModel:
        return load_clip(self._weights, self._compute)


def decode(fit: "Callable[[Image], Image]", least: int, file: bytes) -> NDArray[np.uint8] | str:
    """Read the (H, W, 3) pixels of an image, upright and in colour, or say why not.

    All that is done here is Pillow's, which lets other threads run meanwhile; operations of
    Torch on a single image would each wait for threads of their own.

    Args:
        fit: turns an RGB image into one of the size that a model reads.
        least: pixels a side below which a JPEG is not scaled down while it is unpacked.
        file: the file's content.
    """
    from PIL import Image, ImageOps

    try:
        with Image.open(BytesIO(file)) as image:
            image.draft("RGB", (least, least))
            upright = ImageOps.exif_transpose(image)
            # Pillow warns where a palette with transparency turns into RGB directly.
            upright = upright.convert("RGBA") if upright.mode == "P" else upright
            return np.asarray(fit(upright.convert("RGB")))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        return str(error)
