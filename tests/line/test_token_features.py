"""An autoencoder of token states in the line: trained, kept, described, and given up."""

import json

import polars as pl
import pytest

from resources.token_features import token_dictionary
from tests.line.homes import theme_files, theme_text
from tests.resources.inbox_folders import put
from tests.resources.openai_server import KEY, MODEL, MODEL_FOLDER, openai_server

STAGES = ("items", "captions", "bags", "vocabulary", "token_autoencoder", "feature_counts")
DESCRIBED = (*STAGES, "feature_descriptions")
SMALL = (
    "tokens.model=minilm",
    "tokens.layer=1",
    "tokens.dictionary_size=64",
    "tokens.active_features=4",
    "tokens.training_tokens=1000",
)


@pytest.fixture(scope="module")
def described(home, tmp_path_factory):
    """A dataset whose language model's states were learned from and described by rule."""
    folder = put(tmp_path_factory.mktemp("described"), theme_files(30))
    home.add("described", folder, *SMALL)
    home.run("described", *DESCRIBED)
    return folder


@pytest.mark.usefixtures("described")
def test_features_are_of_the_autoencoder_and_know_where_they_fire(home):
    row = home.table("token_autoencoders", "described").row(0, named=True)
    features = home.table("token_features", "described").sort("feature")
    assert token_dictionary(home.view("described")).sae_id == row["sae_id"]
    assert row["token_count"] >= 1000 or row["token_count"] == 30 * 37
    assert features.height == row["dictionary_size"] == 64
    assert row["l0"] == pytest.approx(features["density"].sum())
    for each in features.filter(pl.col("density") > 0).rows(named=True):
        assert len(each["quantiles"]) == 19
        assert each["quantiles"] == sorted(each["quantiles"])
        assert each["context_activations"][0] == pytest.approx(each["maximum"])
        columns = (each[name] for name in ("contexts", "context_starts", "context_tokens"))
        places = zip(*columns, strict=True)
        assert all(text[start:].startswith(token) for text, start, token in places)


@pytest.mark.usefixtures("described")
def test_every_feature_is_described_and_some_are_kept(home):
    found = home.table("feature_descriptions", "described")
    assert found.height == 64
    assert set(found["source"]) == {"rule"}
    assert found["is_kept"].any()
    assert (found["reason"].is_null() == found["is_kept"]).all()
    assert set(found.filter(pl.col("density") == 0)["reason"]) <= {"dead"}
    said = " ".join(found.filter("is_kept")["description"])
    assert any(word in said for word in theme_text(0).replace(".", "").split()[1::3])


@pytest.mark.slow
def test_items_that_are_added_do_not_train_anew_and_options_do(home, described):
    before = home.versions("described")["token_autoencoder"]
    put(described, {"more.txt": theme_text(31)})
    outcome = home.run("described", *DESCRIBED)
    assert outcome.written["token_autoencoder"] == 0
    assert outcome.written["feature_counts"] == 1
    assert home.versions("described")["token_autoencoder"] == before
    home.add("described", described, *SMALL, "tokens.seed=1")
    home.run("described", *DESCRIBED)
    assert home.versions("described")["token_autoencoder"] != before
    assert home.table("token_features", "described").height == 64
    home.add("described", described, "tokens.model=none")
    home.run("described", *DESCRIBED)
    for table in ("token_autoencoders", "token_features", "feature_descriptions"):
        assert home.table(table, "described").is_empty()


@pytest.mark.slow
@pytest.mark.skipif(not MODEL_FOLDER.exists(), reason="stories260K is not beside the repository")
def test_features_without_a_usable_reply_are_described_by_rule_until_they_get_one(
    home, tmp_path, monkeypatch
):
    folder = put(tmp_path, theme_files(30))
    home.add("asked", folder, f"chat=openai:{MODEL}", *SMALL)
    monkeypatch.setenv("SAETM_API_KEY", KEY)
    with openai_server(malform="rocket") as server:
        monkeypatch.setenv("SAETM_API_URL", server.url)
        home.run("asked", *DESCRIBED)
        partly = home.table("feature_descriptions", "asked")
    with openai_server() as server:
        monkeypatch.setenv("SAETM_API_URL", server.url)
        home.run("asked", "feature_descriptions")
        wholly = home.table("feature_descriptions", "asked")
        asked = len(server.asked)
        home.run("asked", "feature_descriptions")
        assert len(server.asked) == asked

    def sources(rows):
        readable = pl.col("reason").fill_null("").is_in(["", "verdict", "no description"])
        return {each.split(":")[0] for each in rows.filter(readable)["source"]}

    assert sources(partly) == {"openai", "rule"}
    assert sources(wholly) == {"openai"}
    assert home.table("replies", "asked")["question_id"].is_unique().all()


@pytest.mark.slow
def test_a_study_varies_layers_and_quantiles_and_writes_nothing(home, tmp_path):
    folder = put(tmp_path, theme_files(60))
    home.add("studied", folder, *SMALL)
    home.run("studied", *STAGES[:4])
    ask = ("study", "studied", "--layers", "1,3", "--quantiles", "0.5,0.8", "--k", "3", "--json")
    rows = json.loads(home.cli(*ask).stdout)
    assert [(row["layer"], row["quantile"]) for row in rows] == [
        (1, 0.8),
        (1, 0.5),
        (3, 0.8),
        (3, 0.5),
    ]
    assert rows[0]["agreement"] == 1
    assert rows[1]["features_per_item"] > rows[0]["features_per_item"]
    assert home.table("token_autoencoders", "studied").is_empty()
    assert home.cli("study", "studied", "--quantiles", "2").exit_code
    assert "no list of numbers" in home.cli("study", "studied", "--layers", "x").stderr
