"""Topic models on one dataset: fitted once, scored alike, and refused with a reason."""

import json

import pytest

from tests.line.homes import refusal, way_to
from tests.line.themed import FEW, themed_rows, write_rows


@pytest.fixture(scope="module")
def board(home, tmp_path_factory):
    """Rows of a leaderboard of three models, one of which cannot have so many topics."""
    folder = write_rows(tmp_path_factory.mktemp("contest"), "a.jsonl", themed_rows(range(60)))
    home.add("contest", folder, *FEW, "autoencoder=train", "rivals.refits=1")
    home.run("contest", *way_to("scores"))
    return ask(home, "--k", "3"), ask(home, "--k", "45")


def ask(home, *options):
    answer = home.cli("leaderboard", "contest", "--models", "sae_tm,lda,nmf", *options, "--json")
    assert answer.exit_code == 0, answer.stderr
    return json.loads(answer.stdout)


def test_models_are_scored_alike(board):
    rows = {row["model"]: row for row in board[0]}

    assert set(rows) == {"sae_tm", "lda", "nmf"}
    for row in rows.values():
        assert row["dataset"] == "contest"
        assert row["topic_count"] == 3
        assert row["reason"] is None
        assert row["npmi_low"] <= row["npmi"] <= row["npmi_high"]
        assert row["unique_words"] > 0.9  # three themes without a common word
        assert row["perplexity"] < 32  # of 39 words, 13 of each theme
        assert 0 <= row["stability"] <= 1
        assert not any(isinstance(value, dict | list) for value in row.values())


def test_a_number_that_a_model_cannot_do_is_a_row_with_the_reason(board):
    rows = {row["model"]: row for row in board[1]}

    assert "45" in rows["nmf"]["reason"]
    assert rows["nmf"]["npmi"] is None
    assert rows["lda"]["reason"] is None


@pytest.mark.usefixtures("board")
def test_what_was_fitted_is_not_fitted_again(home):
    before = home.table("rival_fits", "contest")
    ask(home, "--k", "3")

    after = home.table("rival_fits", "contest")
    same = ["model", "topic_count", "refit", "run_id"]
    fitted = before.filter(before["reason"].is_null()).select(same).rows()
    assert set(fitted) <= set(after.select(same).rows())


@pytest.mark.usefixtures("board")
def test_mixtures_and_refits_are_kept_beside_the_topics(home):
    topics = home.table("rival_topics", "contest")
    mixtures = home.table("rival_mixtures", "contest")

    mine = topics.filter(model="lda", topic_count=3)
    assert sorted(mine["refit"].unique()) == [0, 1]
    assert mine.filter(refit=0)["topic"].to_list() == [0, 1, 2]
    assert mine.filter(refit=0)["weight"].is_sorted(descending=True)
    assert mixtures.filter(model="lda", topic_count=3).height == 60
    assert mixtures["shares"].list.sum().max() <= 1 + 1e-5


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere",), "no dataset is called 'nowhere'"),
        (("texts", "--models", "lda,oracle"), "no topic model is called 'oracle'"),
    ],
)
@pytest.mark.usefixtures("texts")
def test_what_is_unknown_is_refused(home, arguments, said):
    assert said in refusal(home.cli("leaderboard", *arguments))


def test_a_name_that_partitions_cannot_hold_is_refused(home, tmp_path):
    home.add("left|right", write_rows(tmp_path / "rows", "a.jsonl", themed_rows(range(12))), *FEW)

    assert "another name" in refusal(home.cli("leaderboard", "left|right", "--models", "lda"))
