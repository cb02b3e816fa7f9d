"""Scores of the line: values, intervals, judges and other models, on texts of planted themes."""

import json

import polars as pl
import pytest

from saetm.queries.topic_counts import topic_counts
from saetm.tables import JUDGEMENTS, RIVAL_FITS, RIVAL_MIXTURES, RIVAL_TOPICS, SCORES
from saetm_assets.cli.choose_k import print_choice
from tests.line.homes import way_to
from tests.line.themed import FEW, themed_rows, write_rows

OWN = (*FEW, "autoencoder=train")
NAME = "scored texts"
WORDS = {"npmi", "c_v", "unique_words", "word_movers_distance", "inverted_rbo"}
OF_JUDGES = {"rating", "intruder"}
JUDGED = {"rating"}  # each topic holds all 38 words of the vocabulary: there are no intruders


@pytest.fixture(scope="module")
def scored(home):
    """A home with a dataset of 60 texts of three themes, in groups."""
    rows = [{**row, "group": str(number % 3)} for number, row in enumerate(themed_rows(range(60)))]
    home.add(NAME, write_rows(home.root / NAME, "a.jsonl", rows), *OWN)
    home.run(NAME, *way_to("scores"))
    return home


def scores(home, **equals):
    return home.table("scores", NAME).filter(**equals)


def test_every_metric_has_a_row_with_its_interval(scored):
    rows = scores(scored, model="sae_tm", topic_count=3)

    assert set(rows["metric"]) == WORDS | JUDGED | {"nmi", "purity"}
    assert rows.filter(pl.col("low") > pl.col("value") + 1e-9).is_empty()
    assert rows.filter(pl.col("high") < pl.col("value") - 1e-9).is_empty()
    assert set(rows.filter(pl.col("metric").is_in(["nmi", "purity"]))["units"]) == {60}
    assert rows.filter(metric="purity")["value"].item() > 0.9


def test_questions_and_replies_are_kept_and_asked_once(scored):
    kept = scored.table("judgements", NAME)

    assert JUDGED <= set(kept["metric"]) <= OF_JUDGES  # a model of few words may ask for intruders
    assert kept["question_id"].is_unique().all()
    assert kept["producer"].str.contains("no language model").all()
    assert isinstance(json.loads(kept["prompt"].str.split("\n").list.last()[0]), list)


def test_nothing_is_owed_again(scored):
    before = scored.lake.version(SCORES), scored.lake.version(JUDGEMENTS)

    scored.run(NAME, "scores")

    assert (scored.lake.version(SCORES), scored.lake.version(JUDGEMENTS)) == before


def rival(home, words):
    """Enter a model with a refit into the tables of rivals."""
    note = {"run_id": "r", "asset": "rivals", "dataset": NAME}
    items = home.table("items", NAME)["item_id"].sort()
    base = {"dataset": NAME, "model": "lda", "topic_count": 3, "run_id": "r"}
    fit = {**base, "input_hash": "h", "producer": "lda", "reason": None, "seconds": 1.0}
    home.lake.append(
        RIVAL_FITS,
        pl.DataFrame(
            [
                {**fit, "refit": 0, "seed": 0, "perplexity": None},
                {**fit, "refit": 1, "seed": 1, "perplexity": 40.0},
            ],
            schema_overrides={"reason": pl.String},
        ),
        note=note,
    )
    topics = [
        {**base, "refit": refit, "topic": topic, "weight": 0.3, "words": each, "probabilities": []}
        for refit in (0, 1)
        for topic, each in enumerate(words)
    ]
    home.lake.append(
        RIVAL_TOPICS,
        pl.DataFrame(topics, schema_overrides={"probabilities": pl.List(pl.Float64)}),
        note=note,
    )
    mixtures = [
        {**base, "item_id": item, "ranks": [row % 3], "shares": [1.0]}
        for row, item in enumerate(items)
    ]
    home.lake.append(RIVAL_MIXTURES, pl.DataFrame(mixtures), note=note)


def test_another_model_is_scored_alike_and_ours_is_not_scored_anew(scored):
    ours = scores(scored, model="sae_tm").sort("topic_count", "metric")
    vocabulary = scored.table("vocabulary", NAME).sort("word_id")["word"].to_list()
    rival(scored, [vocabulary[topic::3] for topic in range(3)])

    scored.run(NAME, "scores")

    found = scores(scored, model="lda")
    values = dict(found.select("metric", "value").iter_rows())
    assert set(values) == WORDS | OF_JUDGES | {"nmi", "purity", "perplexity", "stability"}
    assert values["perplexity"] == 40
    assert values["stability"] == 1
    assert values["npmi"] < ours.filter(topic_count=3, metric="npmi")["value"].item()
    again = scores(scored, model="sae_tm").sort("topic_count", "metric")
    assert again.drop("run_id").equals(ours.drop("run_id"))


def test_a_judge_that_is_away_leaves_all_other_scores_and_is_asked_again(scored):
    before = scores(scored)
    scored.add(NAME, scored.root / NAME, *OWN, "judge=openai:nobody")
    scored.run(NAME, "scores")

    rows = scores(scored)
    others = before.filter(~pl.col("metric").is_in(list(OF_JUDGES)))
    keys = ("model", "topic_count", "metric", "value")
    assert rows.select(keys).sort(keys).equals(others.select(keys).sort(keys))
    assert rows["input_hash"].null_count() == rows.height

    scored.add(NAME, scored.root / NAME, *OWN, "judge=embedded")
    scored.run(NAME, "scores")
    assert scores(scored).select(keys).sort(keys).equals(before.select(keys).sort(keys))


def test_choose_k_prints_the_curve_and_recommends_a_number(scored, capsys):
    found = json.loads(scored.cli("choose-k", NAME, "--json").stdout)

    counts = [row["topic_count"] for row in found]
    assert counts == sorted(counts)
    assert sum(row["is_recommended"] for row in found) == 1
    assert all(-1 <= row["npmi"] <= 1 and 0 <= row["stability"] <= 1 for row in found)
    print_choice(topic_counts(scored.lake, NAME).collect(), f"{NAME}\x1b[31m")
    printed = capsys.readouterr().out
    assert "\x1b[31m" not in printed
    assert "recommended:" in printed
    assert "█" in printed
