"""Models of the open_clip library: which one a name means, and loading it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Final

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
    files: tuple[str, ...]  # the checkpoint, or its possible names in the repository, best first
    repository: str | None  # on the hub; None for a checkpoint of the user's
    options: tuple[tuple[str, object], ...]  # the tag's transform and activation, for the loader


@dataclass(frozen=True, slots=True)
class ClipModel:
    """The image side of a loaded model."""

    transform: "Callable[[Image], torch.Tensor]"  # an RGB image to its (3, H, W) pixels
    encode_image: "Callable[[torch.Tensor], torch.Tensor]"  # (n, 3, H, W) to (n, D)
    device: "torch.device"
    dtype: "torch.dtype"

    def embed(self, pixels: "Sequence[torch.Tensor]") -> NDArray[np.float32]:
        """Embed the pixels of n images as (n, D) vectors of length one."""
        import torch

        with torch.inference_mode():
            batch = torch.stack(list(pixels)).to(device=self.device, dtype=self.dtype)
            features = self.encode_image(batch).float()
            return torch.nn.functional.normalize(features, dim=-1).cpu().numpy()


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
    dimension = config["embed_dim"]
    checkpoint = Path(pretrained).expanduser()
    if checkpoint.is_file():
        version = hash_file(checkpoint)[:HASH_LENGTH]
        return ClipWeights(model, version, dimension, (str(checkpoint),), None, ())
    tag = open_clip.get_pretrained_cfg(model, pretrained)
    repository, _, file = tag.get("hf_hub", "").rpartition("/")
    if not repository:
        raise InputError(f"{pretrained!r} is no file and none of open_clip's tags for {model!r}.")
    options = {loader: tag[key] for key, loader in TRANSFORM.items() if key in tag}
    options["force_quick_gelu"] = tag.get("quick_gelu", False)
    commit = find_commit(repository, None)
    files = _safer_first(file or open_clip.constants.HF_WEIGHTS_NAME)
    return ClipWeights(model, commit, dimension, files, repository, tuple(options.items()))


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
    return ClipModel(transform, model.eval().encode_image, weight.device, weight.dtype)


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
