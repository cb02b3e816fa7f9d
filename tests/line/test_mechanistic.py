"""Topics over features of tokens, made by views of a dataset, read as all other topics are."""

import json

import polars as pl
import pytest

from saetm.queries.explanation import explain_item
from saetm.queries.lineage import topic_lineage
from saetm.queries.topics import items_of_topic
from saetm.tables import TABLES
from tests.line.homes import THEMES, refusal
from tests.line.themed import FEW, themed_rows, write_rows

NAME, VIEW, COUNT = "read", "read-mlda", 3
SMALL = (
    "tokens.layer=1",
    "tokens.dictionary_size=64",
    "tokens.active_features=4",
    "tokens.training_tokens=1000",
)


@pytest.fixture(scope="module")
def told(home, tmp_path_factory):
    """The rows that `saetm mechanistic` prints of 45 themed texts and one without a word."""
    rows = themed_rows(range(45))
    rows.append({**rows[0], "text": "!"})
    home.add(NAME, write_rows(tmp_path_factory.mktemp("read") / "d", "a.jsonl", rows), *FEW)
    settings = [part for each in SMALL for part in ("--set", each)]
    result = home.cli("mechanistic", NAME, "--models", "mlda", *settings, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_the_view_has_topics_at_each_number_and_no_copy_of_the_rows(home, told):
    assert [(row["dataset"], row["model"], row["topic_count"]) for row in told] == [
        (VIEW, "mlda", 2),
        (VIEW, "mlda", 3),
    ]
    for table in ("items", "captions", "bags", "embeddings", "feature_counts", "token_features"):
        assert home.lake.stored(TABLES[table], VIEW).collect().is_empty()
        assert set(home.table(table, VIEW)["dataset"]) == {NAME}
    assert home.table("topics", VIEW)["method"].unique().to_list() == ["mlda"]


@pytest.mark.usefixtures("told")
def test_topics_weigh_features_that_are_kept_and_activations_are_counts(home):
    described = home.table("feature_descriptions", VIEW)
    kept = set(described.filter("is_kept")["feature"])
    for row in home.table("topics", VIEW).rows(named=True):
        assert set(row["features"]) <= kept
        assert row["feature_weights"] == sorted(row["feature_weights"], reverse=True)
        assert 0 < sum(row["feature_weights"]) <= 1 + 1e-9
    counts = home.table("feature_counts", NAME).explode("features", "counts", empty_as_null=False)
    active = home.table("activations", VIEW).explode("features", "activations", empty_as_null=False)
    wanted = counts.filter(pl.col("features").is_in(list(kept)))
    assert dict_of(active, "activations") == dict_of(wanted, "counts")


def dict_of(rows, values):
    return dict(zip(rows.select("item_id", "features").iter_rows(), rows[values], strict=True))


@pytest.mark.usefixtures("told")
def test_planted_themes_are_found(home):
    shares = home.table("mixtures", VIEW).filter(topic_count=COUNT)
    largest = shares.filter(pl.col("topics").list.len() > 0).select(
        "item_id", topic=pl.col("topics").list.first()
    )
    texts = home.table("items", VIEW).select("item_id", "text").join(largest, on="item_id")
    themed = texts.with_columns(
        theme=pl.col("text").map_elements(theme_in, return_dtype=pl.String)
    ).drop_nulls()
    counts = themed.group_by("topic", "theme").len().group_by("topic").agg(pl.col("len").max())
    assert counts["len"].sum() / themed.height > 0.8


def theme_in(text):
    counts = {name: sum(word in text for word in words.split()) for name, words in THEMES.items()}
    return max(counts, key=counts.get) if any(counts.values()) else None


@pytest.mark.usefixtures("told")
def test_scores_names_trends_and_compositions_are_of_the_model(home):
    scores = home.table("scores", VIEW)
    assert set(scores["model"]) == {"mlda"}
    assert {"npmi", "unique_words"} <= set(scores["metric"])
    ids = set(home.table("topics", VIEW)["topic_id"])
    assert set(home.table("topic_summaries", VIEW)["topic_id"]) == ids
    assert set(home.table("compositions", VIEW)["topic_id"]) <= ids


@pytest.mark.usefixtures("told")
def test_topics_lead_to_items_and_back(home):
    best = home.topics(VIEW, COUNT)[0]
    found = items_of_topic(home.lake, VIEW, best["id"]).collect()
    mixtures = home.table("mixtures", VIEW).filter(topic_count=COUNT)
    shares = mixtures.explode("topics", "shares", empty_as_null=False)
    mine = dict(shares.filter(topics=best["id"]).select("item_id", "shares").iter_rows())
    assert dict(found.select("item_id", "share").iter_rows()) == pytest.approx(mine)
    lineage = topic_lineage(home.lake, VIEW, best["id"])
    assert lineage.node is None
    assert lineage.autoencoder.kind == "tokens"
    assert lineage.autoencoder.training_set.dataset == NAME
    assert list(lineage.feature_shares) == sorted(lineage.feature_shares, reverse=True)
    assert all(feature.description for feature in lineage.features)
    item = explain_item(home.lake, VIEW, found["item_id"][0])
    assert best["id"] in {topic.topic_id for topic in item.topics}


@pytest.mark.usefixtures("told")
def test_what_has_no_meaning_for_such_topics_is_one_sentence(home):
    assert "mlda is fitted for each number of topics" in refusal(
        home.cli("topics", VIEW, "--k", "7")
    )
    assert "of tokens" in refusal(home.cli("sae", "export", VIEW, str(home.root / "x.safetensors")))
    assert "is a union" in refusal(home.cli("mechanistic", VIEW))
    assert "no model over features" in refusal(home.cli("mechanistic", NAME, "--models", "lda"))


@pytest.mark.usefixtures("told")
def test_a_second_run_of_the_view_writes_nothing(home):
    assert home.run(VIEW).is_nothing_new


@pytest.mark.slow
@pytest.mark.usefixtures("told")
def test_all_three_models_are_views_and_stand_in_the_leaderboard(home):
    result = home.cli("mechanistic", NAME, "--json")
    assert result.exit_code == 0, result.output
    assert {row["model"] for row in json.loads(result.stdout)} == {"mlda", "metm", "mbertopic"}
    board = home.cli("leaderboard", NAME, "--models", "sae_tm,mlda,metm", "--k", "3", "--json")
    assert {row["model"] for row in json.loads(board.stdout)} >= {"mlda", "metm"}
