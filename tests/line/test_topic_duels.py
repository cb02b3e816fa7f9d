"""Topic models before a judge: a right and a wrong one planted; judges that fail, or lean."""

import json
from io import StringIO

import polars as pl
import pytest
from rich.console import Console

from resources.registry import Registration
from saetm.errors import InputError
from saetm.options import build_options
from saetm.rows import content_version
from saetm.tables import (
    DUEL_REPLIES,
    FEATURE_DESCRIPTIONS,
    MIXTURES,
    RIVAL_FITS,
    RIVAL_MIXTURES,
    RIVAL_TOPICS,
    TOPICS,
)
from saetm_assets.cli.duels import print_ratings
from saetm_assets.duels.contestants import find_contestants
from tests.line.homes import THEMES, refusal
from tests.resources.openai_server import KEY, MODEL, MODEL_FOLDER, openai_server

NAME, VIEW = "texts", "texts-mlda"
N_ITEMS = 90
NOTE = {"run_id": "a test"}
STORY = f"openai:{MODEL}"
served = [
    pytest.mark.slow,
    pytest.mark.skipif(not MODEL_FOLDER.exists(), reason="stories260K is not beside the clone"),
]


def rows_for(table, rows):
    """Fill what no judge looks at."""
    given = pl.DataFrame(rows)
    blank = {"run_id": "a test", "producer": "a test", "input_hash": "", "method": "planted"}
    numbers = pl.lit(0)
    missing = [name for name in table.schema if name not in given.columns]
    fill = [
        (
            pl.lit(blank[name])
            if name in blank
            else pl.lit(None)
            if name in {"reason", "perplexity", "verdict", "question_id"}
            else pl.lit([], dtype=table.schema[name])
            if isinstance(table.schema[name], pl.List)
            else numbers
        ).alias(name)
        for name in missing
    ]
    return given.with_columns(fill).select(*table.schema).cast(dict(table.schema))


def topic_of(caption, shift):
    return next(
        (number + shift) % 3
        for number, words in enumerate(THEMES.values())
        if any(word in caption for word in words.split())
    )


def plant(home, model, shift, *, silent=0):
    """Keep a fit whose topics are the themes; items have that of their own, or another one's."""
    key = {"dataset": NAME, "model": model, "topic_count": 3}
    captions = home.table("captions", NAME).sort("item_id").select("item_id", "caption").rows()
    topics = [
        {**key, "refit": 0, "topic": topic, "words": words[:10], "probabilities": [0.1] * 10}
        for topic, words in enumerate(map(str.split, THEMES.values()))
    ]
    mixtures = [
        {**key, "item_id": item, "ranks": [topic_of(caption, shift)], "shares": [0.9]}
        for item, caption in captions[silent:]
    ]
    for table, rows in (
        (RIVAL_FITS, [{**key, "refit": 0}]),
        (RIVAL_TOPICS, topics),
        (RIVAL_MIXTURES, mixtures),
    ):
        home.lake.append(table, rows_for(table, rows), note=NOTE)


def plant_view(home):
    """Register a view whose topics are features of tokens, described and right."""
    tree = {"members": [NAME], "model": "mlda"}
    home.registry.save(
        Registration(VIEW, "", tree, build_options(tree)),
        at=home.table("datasets", NAME)["registered_at"][0],
    )
    captions = home.table("captions", NAME).select("item_id", "caption").rows()
    key = {"dataset": VIEW, "topic_count": 3}
    topics = [
        {
            **key,
            "topic_id": f"t{number}",
            "words": ["unseen"],
            "probabilities": [1.0],
            "features": [2 * number, 2 * number + 1],
            "feature_weights": [0.2, 0.8],
        }
        for number in range(3)
    ]
    mixtures = [
        {**key, "item_id": item, "topics": [f"t{topic_of(caption, 0)}"], "shares": [1.0]}
        for item, caption in captions
    ]
    described = [
        {
            "dataset": NAME,
            "feature": 2 * number + place,
            "description": f"feature {place} about {' and '.join(words.split()[place::2])}",
            "source": "rule",
            "is_kept": True,
        }
        for number, words in enumerate(THEMES.values())
        for place in range(2)
    ]
    for table, rows in ((TOPICS, topics), (MIXTURES, mixtures), (FEATURE_DESCRIPTIONS, described)):
        home.lake.append(table, rows_for(table, rows), note=NOTE)


@pytest.fixture(scope="module")
def arena(home, texts):  # noqa: ARG001  a dataset that was taken through the line
    """A dataset with a right model, a wrong one, and a view that is right as well."""
    plant(home, "lda", 0)
    plant(home, "nmf", 1, silent=5)
    plant_view(home)
    yield home
    for table in (RIVAL_FITS, RIVAL_TOPICS, RIVAL_MIXTURES, FEATURE_DESCRIPTIONS):
        home.lake.replace(table, NAME, home.table(table.name, NAME).clear(), note=NOTE)
    assert home.cli("remove", VIEW, "--yes").exit_code == 0


def judged(home, *options, models="lda,nmf"):
    answer = home.cli("judge", NAME, "--models", models, *options, "--json")
    assert answer.exit_code == 0, answer.stderr
    return json.loads(answer.stdout)


def last_lines(home, purpose="duel"):
    prompts = home.table("duel_replies", NAME).filter(purpose=purpose)["prompt"]
    return [json.loads(prompt.splitlines()[-1]) for prompt in prompts]


@pytest.fixture(scope="module")
def met(arena):
    """Rows of the ratings of all four models, by name."""
    return {row["model"]: row for row in judged(arena, models="sae_tm,lda,nmf,mlda")}


def test_models_of_the_line_of_views_and_of_rivals_meet(arena, met):
    assert {model: row["source"] for model, row in met.items()} == {
        "sae_tm": NAME,
        "mlda": VIEW,
        "lda": None,
        "nmf": None,
    }
    said = [topic["says"] for shown in last_lines(arena) for topic in (*shown["A"], *shown["B"])]
    features = [each for each in said if each[0].startswith("feature")]
    assert features
    assert all(each[0].startswith("feature 1 about") for each in features)  # the heavier first
    assert not any("unseen" in each for each in said)


def test_the_wrong_model_loses_and_what_it_says_nothing_of_is_passed_over(met):
    wrong, others = met["nmf"], [row for model, row in met.items() if model != "nmf"]

    assert (wrong["wins"], wrong["passed_over"]) == (0, 15)  # 5 items in each of 3 pairs
    assert wrong["ties"] + wrong["losses"] == 3 * (N_ITEMS - 5)
    assert all(wrong["high"] < row["low"] for row in others)
    assert all("no language model" in row["producer"] for row in others)
    assert not any(row["is_position_biased"] for row in others)
    assert not any(isinstance(value, dict | list) for value in wrong.values())


@pytest.mark.usefixtures("met")
def test_every_prompt_and_answer_is_kept_and_none_is_asked_for_twice(arena):
    before = arena.table("duel_replies", NAME)

    best, last = judged(arena)

    assert (best["model"], best["wins"], last["losses"]) == ("lda", N_ITEMS - 5, N_ITEMS - 5)
    assert best["strength"] / last["strength"] == pytest.approx(85.5 / 0.5)
    assert content_version(arena.table("duel_replies", NAME)) == content_version(before)
    duels = arena.table("duels", NAME).filter(judge="embedded", show="words")
    assert set(duels["question_id"]) <= set(before["question_id"])
    shown = last_lines(arena)[0]
    assert set(shown) == {"item", "A", "B"}
    assert "lda" not in json.dumps(shown)


def test_rivals_are_summarised_by_the_prompt_of_all_topics_and_ratings_are_printed(arena):
    best, _ = judged(arena, "--show", "summary")

    assert best["model"] == "lda"
    asked = last_lines(arena, "summary")
    assert asked
    assert all(len(each["captions"]) == 5 for each in asked)
    shown = [topic["says"] for each in last_lines(arena) for topic in (*each["A"], *each["B"])]
    assert any(each[-1].startswith("About ") for each in shown)

    paper = StringIO()
    ratings, duels = (
        arena.table(name, NAME).filter(show="summary") for name in ("duel_ratings", "duels")
    )
    print_ratings(Console(file=paper, width=200), ratings, duels, "a server\x1b[31m went away")
    told = paper.getvalue()
    assert "judged by embedded-duels@" in told
    assert (
        "85 of 85 duels answered, over 85 items; items passed over: nmf says nothing of 5" in told
    )
    assert "no bias by position is seen" in told
    assert "\x1b[31m went" not in told


@pytest.mark.parametrize(
    ("models", "count", "said"),
    [
        (["lda", "bertopic"], 3, "`saetm leaderboard texts --models bertopic --k 3`"),
        (["lda", "oracle"], 3, "no topic model 'oracle'"),
        (["lda"], 3, "too few topic models with 3 topics to compare .there is lda."),
        (["sae_tm", "lda"], 7, "has no cut of 7 topics"),
        ([], 2, "there is sae_tm"),
    ],
)
def test_what_is_not_there_is_refused_with_what_to_do(arena, models, count, said):
    options = arena.registry.find(NAME).options

    with pytest.raises(InputError, match=said):
        find_contestants(arena.view(NAME), options, arena.registry.every(), models, count)


def test_a_view_is_compared_where_the_others_are(arena):
    options = arena.registry.find(VIEW).options

    with pytest.raises(InputError, match="`saetm judge texts` compares it"):
        find_contestants(arena.view(VIEW), options, [], [], 3)


def test_unknown_judges_are_refused(arena):
    assert "there is no judge 'oracle'" in refusal(
        arena.cli("judge", NAME, "--judges", "oracle", "--json")
    )


class TestServed:
    pytestmark = served

    @pytest.fixture(autouse=True)
    def _key(self, monkeypatch):
        monkeypatch.setenv("SAETM_API_KEY", KEY)
        monkeypatch.setenv("SAETM_REQUESTS", "1")

    @pytest.fixture
    def ask(self, arena, monkeypatch):
        """Let a served judge compare two models; what was answered before is forgotten."""
        arena.lake.replace(DUEL_REPLIES, NAME, arena.table("duel_replies", NAME).clear(), note=NOTE)

        def asking(server, *judges):
            monkeypatch.setenv("SAETM_API_URL", server.url)
            named = ",".join(judges or (STORY,))
            return arena.cli("judge", NAME, "--models", "lda,nmf", "--judges", named, "--json")

        return asking

    def test_an_outage_keeps_what_was_answered_and_the_rest_is_asked_next_time(self, arena, ask):
        with openai_server(say={"": "It fits."}, die_after=15) as server:
            broken = ask(server)
        kept = arena.table("duel_replies", NAME)
        with openai_server(say={"": "It fits."}) as server:
            whole = ask(server)
            asked = server.asked

        assert broken.exit_code == 0, broken.stderr
        assert "70 of 85 duels have no answer" in broken.stderr
        assert {row["unanswered"] for row in json.loads(broken.stdout)} == {70}
        assert kept.height == 15
        assert {row["unanswered"] for row in json.loads(whole.stdout)} == {0}
        assert len(asked) == 70
        assert not set(asked) & set(kept["prompt"])

    def test_answers_outside_the_schema_are_no_answers(self, ask):
        with openai_server(misfit="rocket") as server:
            answer = ask(server)

        unanswered = json.loads(answer.stdout)[0]["unanswered"]
        assert 0 < unanswered < 85
        assert f"{unanswered} of 85 questions got no usable reply" in answer.stderr

    def test_without_any_answer_there_are_no_ratings(self, ask):
        with openai_server(refuse='"item"') as server:
            answer = ask(server)

        assert "no judge rated the topic models of 'texts'" in refusal(answer)

    def test_a_judge_that_prefers_the_first_is_told_and_agrees_by_chance_alone(self, arena, ask):
        with openai_server(say={"": "It fits."}) as server:
            rows = json.loads(ask(server, STORY, "embedded").stdout)
        duels = arena.table("duels", NAME).filter(judge=STORY)

        assert set(duels["answer"]) == {"A"}
        assert [row["judge"] for row in rows] == [STORY, STORY, "embedded", "embedded"]
        assert [row["is_position_biased"] for row in rows] == [True, True, False, False]
        assert rows[0]["first_share"] == 1.0
        assert rows[0]["first_low"] > 0.9
        assert rows[0]["kappa"] == pytest.approx(0.0)
