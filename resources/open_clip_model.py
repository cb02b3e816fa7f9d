"""Models of the open_clip library: which one a name means, and loading it."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from resources.compute import Compute
from resources.torchvision_ops import declare_missing_operators
from resources.weights import HASH_LENGTH, find_commit, hash_file, loading
from saetm.errors import InputError

if TYPE_CHECKING:
    import torch
    from PIL.Image import Image

PRECISIONS: Final = {"float32": "fp32", "bfloat16": "bf16", "float16": "fp16"}
DECODING: Final = 1  # raised when a file becomes pixels in another way
TRANSFORM: Final = {  # what a tag says about its images, as open_clip's loader calls it
    "mean": "image_mean",
    "std": "image_std",
    "interpolation": "image_interpolation",
    "resize_mode": "image_resize_mode",
}


@dataclass(frozen=True, slots=True)
class ClipWeights:
    """One set of weights, to the byte, for one architecture."""

    model: str  # name of the architecture in open_clip
    version: str  # commit on the hub, or hash of the checkpoint file
    dimension: int  # D of its vectors
    image_size: int  # pixels a side that the model reads
    files: tuple[str, ...]  # the checkpoint, or its possible names in the repository, best first
    repository: str | None  # on the hub; None for a checkpoint of the user's
    options: tuple[tuple[str, object], ...]  # the tag's transform and activation, for the loader

    @property
    def preprocess(self) -> str:
        """Short hash of how a file becomes pixels."""
        recipe = json.dumps([DECODING, self.image_size, sorted(self.options)], default=str)
        return hashlib.sha256(recipe.encode()).hexdigest()[:8]


@dataclass(frozen=True, slots=True)
class ClipModel:
    """The image side of a loaded model."""

    fit: "Callable[[Image], Image]"  # an RGB image to one of the size that the model reads
    normalise: "Callable[[torch.Tensor], torch.Tensor]"  # (n, 3, H, W) values from 0 to 1
    encode_image: "Callable[[torch.Tensor], torch.Tensor]"  # (n, 3, H, W) to (n, D)
    encode_text: "Callable[[torch.Tensor], torch.Tensor]"  # (n, tokens) to (n, D)
    tokenize: "Callable[[Sequence[str]], torch.Tensor]"  # texts to (n, tokens)
    device: "torch.device"
    dtype: "torch.dtype"

    def embed(self, pixels: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """Embed n images of (H, W, 3) as (n, D) vectors of length one."""
        import torch

        with torch.inference_mode():
            batch = torch.from_numpy(np.stack(pixels)).to(self.device).permute(0, 3, 1, 2)
            values = self.normalise(batch.float() / 255).to(self.dtype)
            return _of_length_one(self.encode_image(values))

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed n texts as (n, D) vectors of length one, near images of what they say."""
        import torch

        with torch.inference_mode():
            return _of_length_one(self.encode_text(self.tokenize(texts).to(self.device)))


def find_clip(model: str, pretrained: str) -> ClipWeights:
    """Find the weights that a name means; nothing is downloaded.

    Args:
        model: name of an architecture.
        pretrained: one of open_clip's tags for it, or the path of a checkpoint.

    Raises:
        InputError: open_clip is not installed or knows no such model or tag, or the hub does
            not answer.
    """
    open_clip = _import_open_clip()
    config = open_clip.get_model_config(model)
    if config is None:
        raise InputError(f"open_clip has no model {model!r}; open_clip.list_models() names them.")
    dimension, size = config["embed_dim"], _image_size(config)
    checkpoint = Path(pretrained).expanduser()
    if checkpoint.is_file():
        version = hash_file(checkpoint)[:HASH_LENGTH]
        return ClipWeights(model, version, dimension, size, (str(checkpoint),), None, ())
    tag = open_clip.get_pretrained_cfg(model, pretrained)
    repository, _, file = tag.get("hf_hub", "").rpartition("/")
    if not repository:
        raise InputError(f"{pretrained!r} is no file and none of open_clip's tags for {model!r}.")
    options = {loader: tag[key] for key, loader in TRANSFORM.items() if key in tag}
    options["force_quick_gelu"] = tag.get("quick_gelu", False)
    commit = find_commit(repository, None)
    files = _safer_first(file or open_clip.constants.HF_WEIGHTS_NAME)
    return ClipWeights(model, commit, dimension, size, files, repository, tuple(options.items()))


def load_clip(weights: ClipWeights, compute: Compute) -> ClipModel:
    """Load a model; its weights are bfloat16 on an accelerator unless `compute` says otherwise.

    Raises:
        InputError: the checkpoint cannot be had, or does not fit the model.
    """
    open_clip = _import_open_clip()
    dtype = str(compute.resolve_dtype(on_accelerator="bfloat16")).removeprefix("torch.")
    with loading(weights.model):
        model, transform = open_clip.create_model_from_pretrained(
            weights.model,
            pretrained=_checkpoint(weights),
            precision=PRECISIONS[dtype],
            device=compute.resolve_device(),
            **dict(weights.options),
        )
    weight = next(model.visual.parameters())
    model.eval()
    *on_image, _to_tensor, normalise = transform.transforms
    return ClipModel(
        type(transform)(on_image),
        normalise,
        model.encode_image,
        model.encode_text,
        partial(_tokenize, weights.model),
        weight.device,
        weight.dtype,
    )


def _tokenize(model: str, texts: Sequence[str]) -> "torch.Tensor":
    """Load the model's tokenizer, which may come from the hub, only for those who ask in words."""
    open_clip = _import_open_clip()
    with loading(model):
        return open_clip.get_tokenizer(model)(list(texts))


def _of_length_one(features: "torch.Tensor") -> NDArray[np.float32]:
    import torch

    return torch.nn.functional.normalize(features.float(), dim=-1).cpu().numpy()


def _image_size(config: Mapping[str, Any]) -> int:
    """Return the pixels of the longer side that a model reads; some models give two sides."""
    size = config["vision_cfg"].get("image_size", 224)  # open_clip's own default
    return int(size if isinstance(size, int) else max(size))


def _checkpoint(weights: ClipWeights) -> str:
    if weights.repository is None:
        return weights.files[0]
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import EntryNotFoundError

    *better, last = weights.files
    for file in better:
        try:
            return hf_hub_download(weights.repository, file, revision=weights.version)
        except EntryNotFoundError:
            continue
    return hf_hub_download(weights.repository, last, revision=weights.version)


def _safer_first(file: str) -> tuple[str, ...]:
    """Name the safetensors twin of a checkpoint before it, as open_clip looks for it."""
    twin = "open_clip_model" if file == "open_clip_pytorch_model.bin" else Path(file).stem
    return tuple(dict.fromkeys((f"{twin}.safetensors", file)))


def _import_open_clip() -> ModuleType:
    declare_missing_operators()
    try:
        import open_clip
        import open_clip.constants
    except ModuleNotFoundError as error:
        raise InputError(
            'Image encoders need open_clip; run `pip install "saetm[image]"`.'
        ) from error
    return open_clip
