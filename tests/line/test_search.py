"""Items found by words: texts, images by what they show, and what cannot be asked."""

import importlib.util
import json

import pytest

from resources.compute import Compute
from resources.encoder import open_encoder
from saetm.errors import InputError
from saetm_assets.search import find_items
from tests.line.homes import refusal, theme_files
from tests.resources.inbox_folders import image_bytes, put
from tests.resources.tiny_models import make_clip

INTAKE = ("items", "captions", "embeddings")


def test_texts_are_found_by_what_they_say(home, tmp_path, monkeypatch):
    monkeypatch.setattr("saetm_assets.search.ROWS", 4)  # several blocks
    texts = {f"{place}.txt": f"we saw {what}" for place, what in enumerate(WHAT)}
    home.add("searched texts", put(tmp_path, texts))
    home.run("searched texts", *INTAKE)
    view = home.view("searched texts")

    found = find_items(view, open_encoder("minilm", Compute(device="cpu")), "a ship", 3)

    assert found["path"].to_list()[:2] == ["3.txt", "0.txt"]
    assert found["similarity"].is_sorted(descending=True)
    assert found.height == 3
    shown = json.loads(
        home.cli("search", "searched texts", "a ship", "--limit", "3", "--json").stdout
    )
    assert [row["path"] for row in shown] == found["path"].to_list()


WHAT = ["a boat on the sea", "bread", "taxes", "a vessel under sail", "a cat", "snow", "a violin"]


@pytest.mark.skipif(
    importlib.util.find_spec("open_clip") is None, reason="the extra `image` is not installed"
)
def test_images_are_found_through_the_text_side_of_their_encoder(home, tmp_path, tmp_path_factory):
    name = make_clip(tmp_path_factory.mktemp("clip"))
    captions = {f"{number}.txt": "a print" for number in range(6)}
    put(tmp_path, {f"{number}.jpg": image_bytes(number) for number in range(6)} | captions)
    home.add("searched images", tmp_path, f"encoder={name}")
    home.run("searched images", *INTAKE)
    view, encoder = home.view("searched images"), open_encoder(name, Compute())
    files = [(tmp_path / f"{number}.jpg").read_bytes() for number in range(6)]

    found = find_items(view, encoder, "a boat", 6)

    (query,) = encoder.encode_queries(["a boat"])
    expected = {f"{n}.jpg": cosine for n, cosine in enumerate(encoder.encode(files) @ query)}
    assert dict(found.select("path", "similarity").iter_rows()) == pytest.approx(expected, abs=1e-5)


def test_vectors_of_another_encoder_are_not_asked(home, tmp_path):
    home.add("searched and moved", put(tmp_path, theme_files(4)))
    home.run("searched and moved", *INTAKE)
    view = home.view("searched and moved")

    with pytest.raises(InputError, match=r"are of 'minilm@.*and its options now name"):
        find_items(view, open_encoder("minilm", Compute(dtype="bfloat16")), "a boat", 3)


def test_a_dataset_without_vectors_is_one_sentence(home, tmp_path):
    home.add("searched too early", put(tmp_path, theme_files(4)))

    sentence = refusal(home.cli("search", "searched too early", "a boat"))

    assert "never materialised" in sentence
