"""The whole line on texts whose three themes are planted."""

import json
from itertools import pairwise

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from sklearn.metrics import normalized_mutual_info_score

from saetm_assets.cut_view import compute_cut
from saetm_assets.definitions import STAGES
from tests.line.homes import refusal, theme_of

ASSETS = [stage.key.to_user_string() for stage in STAGES]
STORED, UNSTORED = (2, 3, 6), (1, 4, 9)


def test_a_second_run_writes_nothing_and_every_data_version_stays(home, texts):
    before = home.versions(texts)

    again = home.run(texts)

    assert again.written == dict.fromkeys(ASSETS, 0)
    assert again.is_nothing_new
    assert home.versions(texts) == before


@pytest.mark.parametrize("count", [*STORED, *UNSTORED])
def test_topics_have_the_documented_form_and_their_weights_sum_to_one(home, texts, count):
    topics = home.topics(texts, count)

    assert len(topics) == count
    for topic in topics:
        assert list(topic) == [
            "id",
            "label",
            "description",
            "category",
            "weight",
            "item_count",
            "words",
        ]
        assert topic["label"]
        assert 0 < topic["item_count"] <= 90
        assert 0 < len(topic["words"]) <= 20
        assert all(list(word) == ["word", "probability"] for word in topic["words"])
        assert sum(word["probability"] for word in topic["words"]) <= 1 + 1e-6
    assert sum(topic["weight"] for topic in topics) == pytest.approx(1.0, abs=1e-4)
    weights = [topic["weight"] for topic in topics]
    assert weights == pytest.approx(sorted(weights, reverse=True), abs=1e-6)  # equals may swap


@pytest.mark.parametrize("count", [3, 9])
def test_topics_of_any_cut_are_named_stored_or_not(home, texts, count):
    for topic in home.topics(texts, count):
        words = [each["word"] for each in topic["words"]]
        assert topic["category"] in {"concrete", "abstract"}
        assert topic["description"].startswith("About ")
        assert set(topic["label"].lower().split(", ")) <= set(words)


def test_the_largest_topic_of_an_item_is_its_planted_theme(home, texts):
    mixtures = home.table("mixtures", texts).filter(topic_count=3).sort("item_id")
    paths = home.table("items", texts).sort("item_id")["path"]

    largest = [topics[0] for topics in mixtures["topics"].to_list()]

    assert normalized_mutual_info_score([theme_of(path) for path in paths], largest) > 0.8


def test_a_cut_computed_on_demand_is_the_cut_that_is_stored(home, texts):
    options = home.registry.find(texts).options
    for count in STORED:
        stored = home.table("topics", texts).filter(topic_count=count).sort("rank")

        computed = compute_cut(home.view(texts), count, options).topics

        assert_frame_equal(stored.select(computed.columns), computed, check_dtypes=False)


@pytest.mark.parametrize("count", [1, 4, 500])
def test_kmeans_divides_the_same_features_at_any_number(home, texts, count):
    options = home.registry.find(texts).options
    kmeans = options.model_copy(
        update={"topics": options.topics.model_copy(update={"method": "kmeans"})}
    )

    topics = compute_cut(home.view(texts), count, kmeans).topics

    living = home.table("emission_matrix", texts).filter(pl.col("weight") > 0)["feature"]
    assert topics.height == min(count, len(living))
    assert sorted(topics.explode("features")["features"]) == living.sort().to_list()
    assert topics["weight"].sum() == pytest.approx(1.0, abs=1e-4)


def test_topics_nest_from_one_number_to_the_next(home, texts):
    cuts = [{topic["id"] for topic in home.topics(texts, count)} for count in range(1, 9)]

    for coarse, fine in pairwise(cuts):
        assert len(coarse - fine) == 1
        assert len(fine - coarse) == 2


def test_more_topics_than_the_tree_has_leaves_are_all_there_are_and_it_says_so(home, texts):
    leaves = home.table("topic_nodes", texts)["left"].null_count()

    result = home.cli("topics", texts, "--k", "5000", "--json")

    assert len(json.loads(result.stdout)) == leaves
    assert result.stderr.count("\n") == 1
    assert "5000" in result.stderr


@pytest.mark.parametrize("count", ["0", "-3", "many"])
def test_a_number_of_topics_that_is_none_is_refused(home, texts, count):
    result = home.cli("topics", texts, "--k", count)

    assert result.exit_code == 2
    assert "Traceback" not in result.stderr


def items_of(home, texts, topic, limit=10):
    result = home.cli("items", texts, "--topic", topic, "--limit", str(limit), "--json")
    return json.loads(result.stdout)


def test_the_items_of_a_topic_of_a_stored_cut_show_it_best(home, texts):
    for topic in home.topics(texts, 3):
        items = items_of(home, texts, topic["id"], limit=20)

        assert len(items) == 20
        assert [item["share"] for item in items] == sorted(
            (item["share"] for item in items), reverse=True
        )
        words = {word["word"] for word in topic["words"][:5]}
        assert all(words & set(item["caption"].replace(".", "").split()) for item in items[:5])


def test_the_items_of_an_inner_node_are_those_of_the_nodes_below(home, texts):
    nodes = home.table("topic_nodes", texts)
    top = nodes.sort("node").row(-1, named=True)
    of = {row["node"]: row["topic_id"] for row in nodes.iter_rows(named=True)}

    every = {item["item_id"] for item in items_of(home, texts, top["topic_id"], limit=1000)}
    left, right = (
        {item["item_id"] for item in items_of(home, texts, of[top[side]], limit=1000)}
        for side in ("left", "right")
    )

    assert every == left | right
    assert len(every) == 90


def test_an_unknown_topic_is_one_sentence(home, texts):
    assert "has no topic 't0000000000'" in refusal(
        home.cli("items", texts, "--topic", "t0000000000")
    )


@pytest.mark.parametrize("command", [["topics"], ["run"], ["items", "--topic", "t1"]])
def test_an_unknown_dataset_is_one_sentence(home, command):
    assert "'nowhere'" in refusal(home.cli(command[0], "nowhere", *command[1:]))


def test_the_page_names_every_topic_of_the_shown_cut(home, texts):
    page = (home.root / "reports" / f"{texts}.html").read_text()

    assert page == home.table("reports", texts)["page"].item()
    for topic in home.topics(texts, 3):
        assert topic["label"] in page
