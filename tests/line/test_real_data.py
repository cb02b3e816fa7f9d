"""The line on real photographs and posts; the data lie beside the repository or tests skip."""

import json
import shutil

import polars as pl
import pytest

from tests.line.homes import Home


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


def photographs(shared_data, folder, *, vectors):
    shutil.copytree(shared_data / "flickr8k", folder, copy_function=shutil.copyfile)
    if vectors:
        shutil.copyfile(shared_data / "flickr8k_mobilenetv2.parquet", folder / "embeddings.parquet")
    return folder


def words_of(topics):
    return [{entry["word"] for entry in topic["words"][:10]} for topic in topics]


@pytest.mark.slow
def test_photographs_with_given_vectors_show_dogs_snow_and_bicycles(home, shared_data, tmp_path):
    folder = photographs(shared_data, tmp_path / "photos", vectors=True)
    home.add("photos", folder, "topic_count=25", "sae.epochs=15")

    outcome = home.run("photos")

    topics = words_of(json.loads(home.cli("topics", "photos", "--json").stdout))
    assert outcome.producers["embeddings"].endswith("vectors that came with the items")
    assert outcome.tables["embeddings"] == 1200
    for together in ({"dog", "run"}, {"snow", "ski"}, {"bike", "ride"}, {"water", "swim"}):
        assert any(together <= words for words in topics), (together, topics)


@pytest.mark.slow
def test_photographs_by_their_captions_show_the_same_themes(home, shared_data, tmp_path):
    folder = photographs(shared_data, tmp_path / "photos", vectors=False)
    home.add("photos", folder, "topic_count=25")

    outcome = home.run("photos")

    topics = words_of(json.loads(home.cli("topics", "photos", "--json").stdout))
    assert outcome.producers["embeddings"].endswith("given captions")
    for together in ({"dog", "run"}, {"snow", "cover"}, {"bike", "ride"}, {"rock", "climb"}):
        assert any(together <= words for words in topics), (together, topics)


@pytest.mark.slow
def test_newsgroup_topics_are_coherent_and_follow_the_groups(home, shared_data, tmp_path):
    folder = tmp_path / "news"
    folder.mkdir()
    shutil.copyfile(shared_data / "newsgroups.jsonl.gz", folder / "newsgroups.jsonl.gz")
    home.add("news", folder, "topic_count=50")

    home.run("news")

    scores = pl.read_delta(str(home.root / "lake" / "scores")).filter(topic_count=50)
    values = dict(scores.select("metric", "value").iter_rows())
    assert values["npmi"] > 0.3
    assert values["unique_words"] > 0.7
    assert values["nmi"] > 0.4
