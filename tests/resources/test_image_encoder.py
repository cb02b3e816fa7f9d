"""Encoders of images: what they read, how, and the ways in which they can fail."""

import importlib.util
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from resources.compute import Compute
from resources.encoder import open_encoder
from resources.encoding import UnreadableError
from resources.image_encoder import decode
from resources.open_clip_model import find_clip
from saetm.errors import InputError
from tests.resources.tiny_models import COMMIT, Trap, in_cache, make_clip, pictures

PROCESSOR = Compute(device="cpu", batch_size=3)

needs_open_clip = pytest.mark.skipif(
    importlib.util.find_spec("open_clip") is None, reason="the extra `image` is not installed"
)


@pytest.fixture(scope="session")
def clip_name(tmp_path_factory):
    return make_clip(tmp_path_factory.mktemp("clip"))


@pytest.mark.skipif(
    importlib.util.find_spec("open_clip") is not None, reason="the extra `image` is installed"
)
def test_image_encoders_without_open_clip_name_the_extra():
    with pytest.raises(InputError, match=r'pip install "saetm\[image\]"'):
        open_encoder("open_clip:ViT-B-32/openai", PROCESSOR)


def test_a_picture_is_embedded_upright_and_as_the_library_would(clip_name):
    import open_clip
    import torch

    model, pretrained = clip_name.removeprefix("open_clip:").split("/", 1)
    module, transform = open_clip.create_model_from_pretrained(model, pretrained=pretrained)
    pixels = np.random.default_rng(2).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    picture = Image.fromarray(pixels)
    turned, exif = BytesIO(), Image.Exif()
    exif[0x0112] = 6  # "turn a quarter clockwise to see it"
    picture.transpose(Image.Transpose.ROTATE_90).save(turned, "PNG", exif=exif)
    with torch.inference_mode():
        expected = module.eval().encode_image(transform(picture)[None], normalize=True).numpy()

    assert (
        np.abs(open_encoder(clip_name, PROCESSOR).encode([turned.getvalue()]) - expected).max()
        < 1e-5
    )


@pytest.mark.parametrize("kept", [0, 1, 60, 600])
def test_a_file_that_is_no_picture_is_named_by_its_place(clip_name, kept):
    good = pictures()[0]

    with pytest.raises(InputError, match="Image 1 of the batch cannot be read"):
        open_encoder(clip_name, PROCESSOR).encode([good, good[:kept]])


def test_a_checkpoint_of_another_architecture_is_refused(clip_name):
    _, checkpoint = clip_name.removeprefix("open_clip:").split("/", 1)

    with pytest.raises(InputError, match="cannot be loaded"):
        open_encoder(f"open_clip:ViT-S-32/{checkpoint}", PROCESSOR).encode(pictures()[:1])


@needs_open_clip
@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("open_clip:ViT-none/openai", "no model 'ViT-none'"),
        ("open_clip:ViT-B-32/none", "none of open_clip's tags"),
        ("open_clip:ViT-B-32", "none of open_clip's tags"),
    ],
)
def test_unknown_image_models_are_refused_without_a_network(name, complaint):
    with pytest.raises(InputError, match=complaint):
        open_encoder(name, PROCESSOR)


@pytest.mark.parametrize("file", ["open_clip_model.safetensors", "open_clip_pytorch_model.bin"])
def test_a_tag_in_the_hubs_cache_is_loaded_with_its_own_transform_and_activation(
    clip_name, tmp_path, monkeypatch, file
):
    import open_clip
    import torch
    from huggingface_hub import constants
    from safetensors.torch import save_file

    model, checkpoint = clip_name.removeprefix("open_clip:").split("/", 1)
    save = save_file if file.endswith("safetensors") else torch.save
    in_cache(tmp_path, "someone/clip", lambda folder: save(torch.load(checkpoint), folder / file))
    tag = {"hf_hub": "someone/clip/", "mean": (0.0,) * 3, "std": (1.0,) * 3, "quick_gelu": True}
    tag |= {"interpolation": "bilinear", "resize_mode": "squash"}
    monkeypatch.setitem(open_clip.pretrained._PRETRAINED, model, {"mine": tag})
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    open_encoder.cache_clear()
    encoder = open_encoder(f"open_clip:{model}/mine", PROCESSOR)
    module, transform = open_clip.create_model_from_pretrained(
        model,
        pretrained=checkpoint,
        force_quick_gelu=True,
        image_mean=(0.0,) * 3,
        image_std=(1.0,) * 3,
        image_interpolation="bilinear",
        image_resize_mode="squash",
    )
    picture = pictures()[0]
    with torch.inference_mode():
        pixels = transform(Image.open(BytesIO(picture)))
        expected = module.eval().encode_image(pixels[None], normalize=True).numpy()

    assert encoder.producer.startswith(f"open_clip:{model}/someone/clip@{COMMIT}, preprocess ")
    assert np.abs(encoder.encode([picture]) - expected).max() < 1e-5


def test_all_that_cannot_be_read_is_told_at_once_by_place(clip_name):
    files = pictures()
    files[2], files[5] = b"no picture", files[0][:60]

    with pytest.raises(UnreadableError) as refusal:
        open_encoder(clip_name, PROCESSOR).encode(files)

    assert sorted(refusal.value.reasons) == [2, 5]


def test_a_large_photograph_is_scaled_while_it_is_unpacked_and_looks_the_same(clip_name):
    encoder = open_encoder(clip_name, PROCESSOR)
    x, y = np.meshgrid(np.linspace(0, 9, 1600), np.linspace(0, 7, 1200))
    waves = np.stack([np.sin(x + y), np.cos(x * y / 8), np.sin(y - x)], axis=2)
    picture = Image.fromarray(((waves + 1) * 127).astype(np.uint8))
    jpeg, png = BytesIO(), BytesIO()
    picture.save(jpeg, "JPEG", quality=95)
    picture.save(png, "PNG")

    unpacked = [decode(lambda image: image, 64, file.getvalue()).shape for file in (jpeg, png)]
    scaled, whole = encoder.encode([jpeg.getvalue(), png.getvalue()])

    assert unpacked == [(150, 200, 3), (1200, 1600, 3)]
    assert scaled @ whole > 0.999


def test_another_preprocessing_is_another_producer(clip_name):
    before = find_clip(*clip_name.removeprefix("open_clip:").split("/", 1))

    assert replace(before, image_size=64).preprocess != before.preprocess
    assert replace(before, options=(("image_resize_mode", "squash"),)).preprocess != (
        before.preprocess
    )


@needs_open_clip
def test_a_pickled_checkpoint_that_would_run_code_is_refused(clip_name, tmp_path):
    import torch

    model = clip_name.removeprefix("open_clip:").split("/", 1)[0]
    torch.save({"weight": Trap(tmp_path / "trap")}, tmp_path / "bad.pt")

    with pytest.raises(InputError, match="cannot be loaded"):
        open_encoder(f"open_clip:{model}/{tmp_path / 'bad.pt'}", PROCESSOR).encode(pictures()[:1])
    assert not (tmp_path / "trap").exists()
