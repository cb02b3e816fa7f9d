"""Saved models: the same bytes again, damage and malice refused, and no save that loses one."""

import hashlib
import json
import os
import subprocess
import sys
import time
from io import BytesIO

import numpy as np
import polars as pl
import pytest
import safetensors.numpy
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from saetm import SAETopicModel
from saetm.errors import InputError
from saetm.estimator.folder import INDEX, read_about, read_parts, write_folder
from saetm.estimator.parts import PARTS
from saetm.sae.config import SaeConfig
from saetm.sae.exports import read_export
from saetm.topics.config import TopicConfig
from tests.core.planted_texts import planted_texts

QUICK = SaeConfig(dictionary_size=16, active_features=3, epochs=3)
PLANTED = planted_texts(n_items=60, n_themes=3, dimension=8, seed=0)


@pytest.fixture(scope="module")
def model():
    return SAETopicModel(sae=QUICK).fit(PLANTED.embeddings, PLANTED.texts)


@pytest.fixture
def folder(model, tmp_path):
    model.save(tmp_path / "model")
    return tmp_path / "model"


def content(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def same_matrix(one, other):
    parts = ("data", "indices", "indptr")
    return one.dtype == other.dtype and all(
        np.array_equal(getattr(one, part), getattr(other, part)) for part in parts
    )


def rewritten(folder, *, about=None, parts=None):
    """Save a model again with something changed and every hash right, as an attacker would."""
    said = read_about(str(folder))
    hashes = said.pop("parts")
    write_folder(str(folder), said | (about or {}), read_parts(str(folder), hashes) | (parts or {}))


def test_two_fits_save_the_same_files(tmp_path, folder):
    SAETopicModel(sae=QUICK).fit(PLANTED.embeddings, PLANTED.texts).save(tmp_path / "other")

    assert content(tmp_path / "other") == content(folder)


@pytest.mark.parametrize("kind", ["batch_topk", "topk", "l1"])
@pytest.mark.parametrize("method", ["tree", "kmeans"])
@pytest.mark.parametrize("with_texts", [True, False])
def test_a_loaded_model_gives_the_same_bits(tmp_path, kind, method, with_texts):
    saved = SAETopicModel(
        sae=SaeConfig(kind=kind, dictionary_size=8, epochs=3),
        merging=TopicConfig(method=method, stored_words=7),
    ).fit(PLANTED.embeddings, PLANTED.texts if with_texts else None)
    saved.save(tmp_path / "model")
    loaded = SAETopicModel.load(tmp_path / "model")

    assert loaded.get_params() == saved.get_params()
    for count in (1, 3, 99):
        assert_frame_equal(loaded.topics(count), saved.topics(count), check_exact=True)
        assert same_matrix(loaded.mixtures(count), saved.mixtures(count))
    assert_frame_equal(loaded.features(), saved.features(), check_exact=True)
    assert same_matrix(loaded.transform(PLANTED.embeddings), saved.transform(PLANTED.embeddings))
    assert_frame_equal(loaded.vocabulary_, saved.vocabulary_)
    assert loaded.autoencoder_.sae_id == saved.autoencoder_.sae_id
    for name in ("weights_", "feature_vectors_"):
        np.testing.assert_array_equal(getattr(loaded, name), getattr(saved, name))
    for name in ("leaf_of", "merges", "heights", "weights"):
        np.testing.assert_array_equal(getattr(loaded.tree_, name), getattr(saved.tree_, name))
    for name in ("variance_explained_", "l0_", "dead_share_", "n_features_in_"):
        assert getattr(loaded, name) == getattr(saved, name)


TELL = """
import sys, hashlib, numpy as np
from saetm import SAETopicModel
model = SAETopicModel.load(sys.argv[1])
shares = [model.transform(np.load(sys.argv[2]), n_topics=k) for k in (None, 2, 5)]
told = b"".join(part.tobytes() for each in shares for part in (each.data, each.indices))
told += "".join(model.topics(k).write_json() for k in (2, 5)).encode()
print(hashlib.sha256(told + model.features().write_json().encode()).hexdigest())
"""


def test_another_process_gives_the_same_bytes(folder, tmp_path, model):
    np.save(tmp_path / "embeddings.npy", PLANTED.embeddings)
    command = [sys.executable, "-c", TELL, str(folder), str(tmp_path / "embeddings.npy")]
    told = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    shares = [model.transform(PLANTED.embeddings, n_topics=k) for k in (None, 2, 5)]
    here = b"".join(part.tobytes() for each in shares for part in (each.data, each.indices))
    here += "".join(model.topics(k).write_json() for k in (2, 5)).encode()
    here += model.features().write_json().encode()

    assert told.stdout.strip() == hashlib.sha256(here).hexdigest()


def test_a_loaded_model_saves_the_files_it_was_read_from_over_them(folder):
    before = content(folder)
    SAETopicModel.load(folder).save(folder)

    assert content(folder) == before


def test_files_hold_what_their_endings_say_and_no_pickle(folder, model):
    files = {name.partition("-")[0]: whole for name, whole in content(folder).items()}

    assert read_export(files["autoencoder"])[0].sae_id == model.autoencoder_.sae_id
    assert pl.read_parquet(BytesIO(files["items"]))["row"].sort().to_list() == list(range(60))
    assert json.loads(files[INDEX])["settings"]["sae"]["epochs"] == 3
    for name, whole in files.items():
        begins = whole[8:10] if name in {"autoencoder", "tree"} else whole[:4]
        assert begins in (b'{"', b"PAR1", b'{\n "'), name


def test_another_model_replaces_the_first_and_other_files_stay(folder, tmp_path):
    (folder / "notes.md").write_text("mine")
    other = SAETopicModel(sae=QUICK).fit(PLANTED.embeddings)
    other.save(folder)
    other.save(tmp_path / "alone")

    assert (folder / "notes.md").read_text() == "mine"
    assert content(folder).keys() - content(tmp_path / "alone").keys() == {"notes.md"}


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("share", [0.0, 0.5, 0.999])
def test_a_part_cut_off_is_refused(folder, name, share):
    (part,) = folder.glob(f"{name.partition('.')[0]}-*")
    whole = part.read_bytes()
    part.write_bytes(whole[: int(share * len(whole))])

    with pytest.raises(InputError, match=r"is damaged: .* is not what was saved"):
        SAETopicModel.load(folder)


def test_a_missing_part_is_named(folder):
    (part,) = folder.glob("items-*")
    part.unlink()

    with pytest.raises(InputError, match=rf"is incomplete: {part.name} cannot be read"):
        SAETopicModel.load(folder)


def test_an_index_cut_off_or_missing_is_refused(folder):
    whole = (folder / INDEX).read_bytes()
    for size in (0, 1, len(whole) // 2, len(whole) - 3):
        (folder / INDEX).write_bytes(whole[:size])
        with pytest.raises(InputError, match="cannot be read as a topic model"):
            SAETopicModel.load(folder)
    (folder / INDEX).unlink()
    with pytest.raises(InputError, match="no topic model: there is no saetm"):
        SAETopicModel.load(folder)


@given(st.data())
@settings(max_examples=60)
def test_one_wrong_bit_is_refused(tmp_path_factory, data):
    folder = tmp_path_factory.getbasetemp() / "bitwise"
    if not folder.exists():
        SAETopicModel(sae=SaeConfig(epochs=1)).fit([[0, 1], [1, 0]], ["sea", "sea"]).save(folder)
    file = data.draw(st.sampled_from(sorted(folder.iterdir())))
    whole = file.read_bytes()
    changed = bytearray(whole)
    changed[data.draw(st.integers(0, len(whole) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    file.write_bytes(changed)
    try:
        with pytest.raises(InputError, match=r"damaged|cannot be read|not a topic model|version"):
            SAETopicModel.load(folder)
    finally:
        file.write_bytes(whole)


def test_a_newer_format_is_refused(folder):
    index = json.loads((folder / INDEX).read_text())
    (folder / INDEX).write_text(json.dumps(index | {"version": 7, "hash": "another way"}))

    with pytest.raises(InputError, match="format version 7, but this saetm reads 3: fit"):
        SAETopicModel.load(folder)


@pytest.mark.parametrize("said", ["[]", "{}", "3", '{"format": "x"}', '"saetm topic model"'])
def test_an_index_of_something_else_is_refused(folder, said):
    (folder / INDEX).write_text(said)

    with pytest.raises(InputError, match="is not a topic model that saetm saved"):
        SAETopicModel.load(folder)


@pytest.mark.parametrize("said", ["[" * 100_000, "\udcff", "NaN,", "9" * 10_000])
def test_an_index_that_is_no_json_is_refused(folder, said):
    (folder / INDEX).write_bytes(said.encode("utf-8", "surrogateescape"))

    with pytest.raises(InputError, match="cannot be read as a topic model"):
        SAETopicModel.load(folder)


@pytest.mark.parametrize(
    "name", ["../secret.parquet", "/etc/passwd", "items.pickle", "", "a\0b.json", "items.parquet/x"]
)
def test_names_in_an_index_are_never_paths(folder, name):
    (folder.parent / "secret.parquet").write_bytes(b"secret")
    said = read_about(str(folder))
    hashes = said["parts"] | {name: hashlib.sha256(b"secret").hexdigest()}
    write_index(folder, said | {"parts": hashes})

    with pytest.raises(InputError, match="has other parts than"):
        SAETopicModel.load(folder)


@pytest.mark.parametrize("wrong", ["", "../../etc/passwd", "0" * 63, "G" * 64, f"{'0' * 64}\n"])
def test_hashes_in_an_index_are_never_paths(folder, wrong):
    said = read_about(str(folder))
    write_index(folder, said | {"parts": said["parts"] | {"items.parquet": wrong}})

    with pytest.raises(InputError, match=r"is damaged: the hash of items\.parquet is none"):
        SAETopicModel.load(folder)


def write_index(folder, said):
    about = json.dumps(said, sort_keys=True)
    whole = {"format": "saetm topic model", "version": 3, **said}
    whole["hash"] = hashlib.sha256(about.encode()).hexdigest()
    (folder / INDEX).write_text(json.dumps(whole))


@pytest.mark.parametrize(
    ("about", "message"),
    [
        ({"settings": {"sae": {"epochs": -1}}}, r"not in order: settings\.sae\.epochs"),
        ({"settings": {"code": "print(1)"}}, r"not in order: settings\.code: Extra inputs"),
        ({"quality": {"l0": "much", "dead_share": 0}}, r"not in order: quality"),
        ({"analyse": "os.system"}, "not in order: analyse"),
    ],
)
def test_settings_that_are_none_are_refused(folder, about, message):
    rewritten(folder, about=about)

    with pytest.raises(InputError, match=message):
        SAETopicModel.load(folder)


def parquet(frame):
    file = BytesIO()
    frame.write_parquet(file)
    return file.getvalue()


def changed_frame(folder, name, *expressions):
    (part,) = folder.glob(f"{name.partition('.')[0]}-*")
    return parquet(pl.read_parquet(part).with_columns(*expressions))


def changed_tree(folder, **arrays):
    (part,) = folder.glob("tree-*")
    return safetensors.numpy.save(safetensors.numpy.load(part.read_bytes()) | arrays)


MALICE = {
    "features beyond the last": lambda folder: changed_frame(
        folder, "items.parquet", pl.col("features").list.eval(pl.element() + 10_000)
    ),
    "features before the first": lambda folder: changed_frame(
        folder, "items.parquet", pl.col("features").list.eval(pl.element() - 99)
    ),
    "shares without features": lambda folder: changed_frame(
        folder, "items.parquet", pl.col("shares").list.head(1)
    ),
    "infinite shares": lambda folder: changed_frame(
        folder, "items.parquet", pl.col("shares").list.eval(pl.element() / 0)
    ),
    "no items": lambda folder: changed_frame(
        folder, "items.parquet", pl.lit(None, dtype=pl.List(pl.Float32)).alias("shares")
    ),
    "an item twice": lambda folder: changed_frame(folder, "items.parquet", pl.lit(3).alias("row")),
    "other columns": lambda folder: changed_frame(folder, "items.parquet", pl.lit(1).alias("more")),
    "words beyond the last": lambda folder: changed_frame(
        folder, "features.parquet", pl.col("words").list.eval(pl.element() + 10_000)
    ),
    "fewer features": lambda folder: parquet(
        pl.read_parquet(next(folder.glob("features-*"))).head(3)
    ),
    "no words": lambda folder: parquet(pl.read_parquet(next(folder.glob("vocabulary-*"))).head(0)),
    "no frame": lambda _folder: b"PAR1" + bytes(100) + b"PAR1",
    "merges in a circle": lambda folder: changed_tree(
        folder, merges=np.full((15, 2), 30, dtype=np.int32)
    ),
    "leaves that are none": lambda folder: changed_tree(
        folder, leaf_of=np.full(16, 99, dtype=np.int32)
    ),
    "a tree of objects": lambda folder: changed_tree(folder, more=np.ones(2)),
    "a tree of other numbers": lambda folder: changed_tree(folder, merges=np.ones((15, 2))),
    "vectors of nothing": lambda folder: changed_tree(folder, vectors=np.full((16, 2), np.nan)),
    "vectors of other words": lambda folder: changed_tree(
        folder, word_vectors=np.ones((2, 2), dtype=np.float32)
    ),
    "no tree": lambda _folder: b"\xff" * 100,
    "no autoencoder": lambda _folder: b"\x10" + bytes(50),
}
PART_OF = {
    "words beyond": "features.parquet",
    "fewer": "features.parquet",
    "no words": "vocabulary.parquet",
    "merges": "tree.safetensors",
    "leaves": "tree.safetensors",
    "a tree": "tree.safetensors",
    "vectors": "tree.safetensors",
    "no tree": "tree.safetensors",
    "no autoencoder": "autoencoder.safetensors",
}


@pytest.mark.parametrize("malice", MALICE)
def test_parts_with_right_hashes_and_wrong_content_are_refused(folder, malice):
    name = next((part for key, part in PART_OF.items() if malice.startswith(key)), "items.parquet")
    rewritten(folder, parts={name: MALICE[malice](folder)})

    with pytest.raises(InputError, match="is damaged: "):
        SAETopicModel.load(folder)


def test_a_pipe_in_the_place_of_a_file_is_no_model(folder):
    (folder / INDEX).unlink()
    os.mkfifo(folder / INDEX)

    with pytest.raises(InputError, match="cannot be read as a topic model"):
        SAETopicModel.load(folder)


def test_places_that_are_none_are_named(tmp_path, model):
    (tmp_path / "file").write_text("text")
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "thesis.tex").write_text("text")
    for place, message in {
        "nowhere/model": r"nowhere.* cannot be written",
        "file": "is a file: a model is saved as a folder",
        "home": r"holds other files, such as 'thesis\.tex', and no model: name a new folder",
        "a\0b": "cannot be written",
    }.items():
        with pytest.raises(InputError, match=message):
            model.save(tmp_path / place)
        with pytest.raises(InputError, match=r"holds no topic model|cannot be read"):
            SAETopicModel.load(tmp_path / place)
    model.save(tmp_path / "ünï ✓")
    (tmp_path / "empty").mkdir()
    model.save(str(tmp_path / "empty"))

    assert SAETopicModel.load(tmp_path / "ünï ✓").topics(2).equals(model.topics(2))
    assert SAETopicModel.load(tmp_path / "empty").topics(2).equals(model.topics(2))


SAVE_FOR_EVER = """
import sys
from itertools import cycle
from saetm.estimator.folder import write_folder
both = {"vocabulary.parquet": bytes(10**6)}  # equal in both models
for number in cycle(range(2)):
    own = {name: bytes([number]) * 9999 for name in ("items.parquet", "tree.safetensors")}
    write_folder(sys.argv[1], {"number": number, "more": "x" * 500_000}, own | both)
    print(number, flush=True)
"""


def test_a_save_killed_at_any_point_loses_nothing(tmp_path):
    folder, rng, found = tmp_path / "model", np.random.default_rng(0), []
    command = [sys.executable, "-c", SAVE_FOR_EVER, str(folder)]
    for _ in range(15):
        with subprocess.Popen(command, stdout=subprocess.PIPE) as saver:
            began = time.monotonic()
            for _ in range(rng.integers(2, 5)):
                saver.stdout.readline()
                took, began = time.monotonic() - began, time.monotonic()
            time.sleep(rng.uniform(0, took))  # until some point of the next save
            saver.kill()
        about = read_about(str(folder))
        parts = read_parts(str(folder), about["parts"])
        found.append((about["number"], len(list(folder.iterdir()))))
        assert parts["items.parquet"] == bytes([about["number"]]) * 9999
    write_folder(str(folder), {"number": 3}, {"items.parquet": b"last"})

    assert {number for number, _ in found} == {0, 1}
    assert max(files for _, files in found) > 4  # some were struck between two files
    assert len(list(folder.iterdir())) == 2


WITHOUT_ROOM = """
import resource, sys
from saetm.errors import InputError
from saetm.estimator.folder import write_folder
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
try:
    write_folder(sys.argv[1], {}, {"items.parquet": bytes(10), "tree.safetensors": bytes(9999)})
except InputError as error:
    print(error)
"""


def test_a_full_disk_keeps_the_model(folder):
    before = content(folder)
    command = [sys.executable, "-c", WITHOUT_ROOM, str(folder)]
    told = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)

    assert "cannot be written: [Errno 27]" in told.stdout
    assert content(folder) == before
