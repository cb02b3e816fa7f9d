"""Images with captions, vectors that come with the items, and images without captions."""

import importlib.util
import json

import numpy as np
import pytest

from saetm.bridge import series_to_vectors
from saetm.errors import SaetmError
from tests.line.homes import THEMES, refusal, theme_files, theme_text, way_to
from tests.resources.inbox_folders import image_bytes, put
from tests.resources.tiny_models import make_clip

INTAKE = ("items", "captions", "embeddings")


def images(numbers):
    return {f"{number:03d}.jpg": image_bytes(number) for number in numbers}


def captions(numbers):
    return {f"{number:03d}.txt": theme_text(number) for number in numbers}


def vector_rows(count):
    """Write texts with vectors that point towards their theme."""
    draw = np.random.default_rng(0)
    corners = np.eye(len(THEMES), 8)
    return [
        {
            "text": theme_text(number),
            "embedding": (corners[number % 3] + 0.1 * draw.normal(size=8)).tolist(),
        }
        for number in range(count)
    ]


def json_lines(rows):
    return "".join(f"{json.dumps(row)}\n" for row in rows)


def test_captioned_images_are_embedded_by_what_is_said_of_them(home, tmp_path):
    put(tmp_path, {**images(range(6)), **captions(range(6))})
    home.add("captioned", tmp_path)

    home.run("captioned", *INTAKE)

    embeddings = home.table("embeddings", "captioned")
    (producer,) = embeddings["producer"].unique()
    assert producer.startswith("minilm@")
    assert producer.endswith(" of given captions"), producer
    assert embeddings.height == 6
    assert set(home.table("items", "captioned")["modality"]) == {"image"}


def test_vectors_that_every_item_brings_are_used_as_they_are(home, tmp_path):
    rows = vector_rows(40)
    home.add("vectors", put(tmp_path, {"texts.jsonl": json_lines(rows)}))

    home.run("vectors", *way_to("activations"))

    table = home.table("embeddings", "vectors")
    (producer,) = table["producer"].unique()
    assert producer == "provided@float32 of vectors that came with the items"
    texts = home.table("items", "vectors").join(table.select("item_id", "vector"), on="item_id")
    given = {row["text"]: row["embedding"] for row in rows}
    found = series_to_vectors(texts["vector"])
    np.testing.assert_allclose(found, [given[text] for text in texts["text"]], rtol=1e-6)
    assert home.table("sae_checkpoints", "vectors")["dimension"].item() == 8
    assert home.table("activations", "vectors").height == 40


def test_one_item_without_a_vector_makes_auto_read_all_of_them(home, tmp_path):
    rows = [*vector_rows(5), {"text": theme_text(7), "embedding": None}]
    home.add("almost", put(tmp_path, {"texts.jsonl": json_lines(rows)}))

    home.run("almost", *INTAKE)

    assert home.table("embeddings", "almost")["dim"].to_list() == [384] * 6


def test_a_vector_of_another_length_is_rejected_and_its_text_stays(home, tmp_path):
    rows = vector_rows(4)
    rows[2]["embedding"] = [1.0, 2.0]
    home.add("ragged", put(tmp_path, {"texts.jsonl": json_lines(rows)}), "encoder=provided")

    outcome = home.run("ragged", *INTAKE)

    rejects = {row["stage"]: row for row in home.table("rejects", "ragged").to_dicts()}
    assert {row["path"] for row in rejects.values()} == {"texts.jsonl#3"}
    assert "8" in rejects["items"]["reason"]
    assert "no vectors" in rejects["embeddings"]["reason"]
    assert outcome.tables["items"] == 4
    assert outcome.tables["embeddings"] == 3


def test_an_encoder_of_vectors_where_no_item_brings_one_is_one_sentence(home, tmp_path):
    home.add("bare", put(tmp_path, theme_files(4)))
    home.run("bare", *INTAKE)
    home.add("bare", tmp_path, "encoder=provided")

    sentence = refusal(home.cli("run", "bare", "--select", ",".join(INTAKE), "--json"))

    assert sentence.startswith("embeddings failed: no item of 'bare' brings a vector")
    assert home.table("embeddings", "bare").height == 4


def test_images_without_captions_are_rejected_with_a_reason_and_the_others_go_on(home, tmp_path):
    put(tmp_path, {**images(range(8)), **captions(range(5))})
    home.add("half", tmp_path)

    for _ in range(2):
        outcome = home.run("half", *INTAKE)

    rejects = home.table("rejects", "half")
    assert sorted(rejects["path"]) == ["005.jpg", "006.jpg", "007.jpg"]
    assert set(rejects["stage"]) == {"captions"}
    assert rejects["reason"].str.len_chars().min() > 10
    assert outcome.tables["embeddings"] == 5
    assert outcome.is_nothing_new


@pytest.mark.slow
def test_a_caption_that_arrives_later_takes_the_image_out_of_the_rejects(home, tmp_path):
    put(tmp_path, {**images(range(3)), **captions(range(2))})
    home.add("late", tmp_path)
    home.run("late", *INTAKE)

    put(tmp_path, captions([2]))
    outcome = home.run("late", *INTAKE)

    assert outcome.tables["rejects"] == 0
    assert outcome.tables["embeddings"] == 3
    assert outcome.written["embeddings"] == 1


def test_a_dataset_that_never_had_a_caption_is_one_sentence(home, tmp_path):
    home.add("mute", put(tmp_path, images(range(4))))

    sentence = refusal(home.cli("run", "mute", "--json"))

    assert "none of the 4 images of 'mute' has a caption" in sentence
    assert home.table("items", "mute").height == 4
    assert home.table("rejects", "mute").height == 4


@pytest.mark.slow
def test_when_all_captions_are_lost_vectors_wait_for_them_to_come_back(home, tmp_path):
    put(tmp_path, {**images(range(6)), **captions(range(6))})
    home.add("lost", tmp_path)
    home.run("lost", *INTAKE)
    for path in tmp_path.glob("*.txt"):
        path.unlink()

    sentence = refusal(home.cli("run", "lost", "--select", ",".join(INTAKE), "--json"))

    assert "none of the 6 images" in sentence
    assert home.table("items", "lost").height == 6
    assert home.table("embeddings", "lost").height == 6
    put(tmp_path, captions(range(6)))
    back = home.run("lost", *INTAKE)
    assert back.tables["captions"] == 6
    assert back.written["embeddings"] == 0


@pytest.mark.skipif(
    importlib.util.find_spec("open_clip") is None, reason="the extra `image` is not installed"
)
def test_images_that_an_encoder_cannot_read_are_rows_and_the_others_go_on(
    home, tmp_path, tmp_path_factory
):
    name = make_clip(tmp_path_factory.mktemp("clip"))
    put(tmp_path, {**images(range(6)), **captions(range(6))})
    home.add("torn images", tmp_path, f"encoder={name}")
    home.run("torn images", "items", "captions")
    (tmp_path / "002.jpg").write_bytes(image_bytes(2)[:300])  # torn after it was looked at

    outcome = home.run("torn images", "embeddings")

    (reject,) = home.table("rejects", "torn images").to_dicts()
    assert (reject["path"], reject["stage"]) == ("002.jpg", "embeddings")
    assert reject["reason"].startswith("cannot be read: ")
    assert outcome.tables["embeddings"] == 5
    (producer,) = home.table("embeddings", "torn images")["producer"].unique()
    assert ", preprocess " in producer
    assert producer.endswith(" of images")


@pytest.mark.skipif(
    importlib.util.find_spec("open_clip") is None, reason="the extra `image` is not installed"
)
def test_images_none_of_which_can_be_read_are_one_sentence(home, tmp_path, tmp_path_factory):
    name = make_clip(tmp_path_factory.mktemp("clip"))
    put(tmp_path, {**images(range(3)), **captions(range(3))})
    home.add("all torn", tmp_path, f"encoder={name}")
    home.run("all torn", "items", "captions")
    for file in tmp_path.glob("*.jpg"):
        file.write_bytes(file.read_bytes()[:300])

    with pytest.raises(SaetmError, match="none of the 3 items of 'all torn' can be read by"):
        home.run("all torn", "embeddings")
