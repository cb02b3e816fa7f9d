"""What stays of topics when files are added: ids, names, the search behind the emissions."""

import pytest

from saetm.topics.changes import has_moved
from tests.line.homes import Home, theme_files, way_to
from tests.resources.inbox_folders import put

OPTIONS = ("topic_count=3", "topic_counts=[3, 6]", "sae.epochs=20")


@pytest.fixture(scope="module")
def grown(tmp_path_factory):
    """A dataset of 60 files that 6 more have come to, and how it was before."""
    root = tmp_path_factory.mktemp("grown")
    home, folder = Home(root / "home"), put(root / "texts", theme_files(60))
    home.add("texts", folder, *OPTIONS)
    home.run("texts", *way_to("topic_summaries"))
    names = ("topics", "topic_summaries", "replies", "topic_changes", "emission_fits")
    before = {name: home.table(name, "texts") for name in names}
    put(folder, {name: text for name, text in theme_files(66).items() if name >= "060"})
    home.run("texts", *way_to("topic_summaries"))
    return home, before


def test_topics_of_the_same_kind_of_files_keep_their_ids(grown):
    home, before = grown

    topics = home.table("topics", "texts")

    kept = topics.join(before["topics"], on=["topic_count", "topic_id"], how="semi")
    assert kept["weight"].sum() >= 0.9 * topics["weight"].sum()
    assert before["topic_changes"].is_empty()


def test_only_topics_whose_words_changed_are_asked_about_again(grown):
    home, before = grown
    asked = home.table("replies", "texts").height - before["replies"].height
    words = dict(home.table("topics", "texts").select("topic_id", "words").iter_rows())
    named = dict(before["topic_summaries"].select("topic_id", "words").iter_rows())

    moved = {
        topic for topic in words if topic not in named or has_moved(named[topic], words[topic])
    }

    summaries = home.table("topic_summaries", "texts")
    assert set(summaries["topic_id"]) == set(words)
    kept = summaries.drop("run_id").join(before["topic_summaries"], on="input_hash", how="semi")
    assert asked <= len(moved) < len(words)
    assert set(kept["topic_id"]) >= set(words) - moved
    assert set(summaries["question_id"]) <= set(home.table("replies", "texts")["question_id"])


def test_every_change_names_its_topic_and_its_time(grown):
    home, before = grown
    told = home.table("topic_changes", "texts")
    ids = {*home.table("topics", "texts")["topic_id"], *before["topics"]["topic_id"]}

    assert set(told["topic_id"]) <= ids
    assert told["created_at"].null_count() == 0


def test_the_search_of_the_first_fit_is_used_again(grown):
    home, before = grown
    (first,), (second,) = (
        fits.rows(named=True)
        for fits in (before["emission_fits"], home.table("emission_fits", "texts"))
    )

    chosen = ("prior", "passes", "heldout_log_likelihood", "searched_items", "settings")
    assert [first[name] for name in chosen] == [second[name] for name in chosen]
    assert second["searched_items"] == 60


def test_cuts_that_are_not_stored_have_the_ids_of_the_tree(grown):
    home, _ = grown
    nodes = set(home.table("topic_nodes", "texts")["topic_id"])

    assert {row["id"] for row in home.topics("texts", 5)} <= nodes
