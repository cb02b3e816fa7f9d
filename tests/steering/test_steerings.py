"""The asset and the command: texts by strength, their measurements, and what is refused."""

import json
import math
from io import StringIO

import numpy as np
import polars as pl
import pytest
from PIL import Image
from rich.console import Console

from resources.registry import Registration
from saetm.errors import InputError
from saetm.options import DatasetOptions
from saetm.steering.trade_off import effects, recommended_of
from saetm_assets.cli.steer import find_line, print_trade_off
from tests.line.homes import Home, refusal
from tests.steering.writers import make_writer
from tests.steering.written_line import write_line

FEW = ("--prompt", "ab", "--prompt", "c", "--samples", "3", "--tokens", "6", "--temperature", "1")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return Home(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def writer(tmp_path_factory):
    return make_writer(tmp_path_factory.mktemp("writer"))


@pytest.fixture(scope="module")
def written(home, writer, tmp_path_factory):
    write_line(home, "written", writer, tmp_path_factory.mktemp("texts") / "written")
    return "written"


def steer(home, name, *arguments, topic="t0"):
    return home.cli("steer", name, "--topic", topic, *FEW, *arguments)


@pytest.mark.slow
def test_texts_are_measured_by_strength_and_not_written_twice(home, written, tmp_path):
    plot = tmp_path / "plot.png"
    asked = ("--strengths", "2,0,1,1", "--plot", str(plot), "--json")
    result = steer(home, written, *asked)
    assert result.exit_code == 0, result.output
    rows = json.loads(result.stdout)

    assert len(rows) == 2 * 4 * 3
    assert [row["strength"] for row in rows[:12:3]] == [0.0, 0.0, 1.0, 2.0]
    plain = [row for row in rows if not row["is_steered"]]
    assert all(row["drift"] == pytest.approx(0, abs=1e-6) for row in plain)
    assert all(math.isfinite(row["perplexity"]) and row["perplexity"] >= 1 for row in rows)
    assert all(0 <= row["feature_share"] <= 1 for row in rows)
    assert {row["relevance_by"].partition("@")[0] for row in rows} == {"cosine by minilm"}
    assert {row["seed"] for row in rows if row["draw"] == 2} == {2}
    frame = pl.DataFrame(rows)
    best = recommended_of(effects(frame))
    assert {row["strength"] for row in rows if row["is_recommended"]} == (
        set() if best is None else {best}
    )
    with Image.open(plot) as picture:
        assert picture.size == (1596, 432)

    again = json.loads(steer(home, written, *asked).stdout)
    assert again == rows
    longer = json.loads(steer(home, written, "--strengths", "0,1", "--seed", "5", "--json").stdout)
    assert {row["run_id"] for row in longer}.isdisjoint({row["run_id"] for row in rows})
    assert len(home.table("steerings", written).filter(topic_id="t0")) == len(longer)


@pytest.mark.slow
def test_a_topic_that_is_pushed_accounts_for_more_of_the_features(home, written):
    """Directions of this writer's states are its features, so what is pushed in is read again."""
    rows = pl.DataFrame(
        json.loads(
            steer(
                home, written, "--strengths", "0,1", "--tokens", "12", "--json", topic="t1"
            ).stdout
        ),
    )
    assert rows["topic_id"].unique().to_list() == ["t1"]
    found = effects(rows)
    assert found["texts"].to_list() == [6, 6, 6]
    assert np.isfinite(found["relevance_gain"].to_numpy()).all()


def test_the_table_in_the_terminal_is_clean_and_marks_what_is_recommended():
    row = {
        "topic_id": "t0",
        "prompt": "a",
        "draw": 0,
        "producer": "writer@1 layer 0",
        "relevance_by": "features",
        "feature_share": 0.25,
    }
    measured = [(None, 0.1, 2.0, 0.0), (0.2, 0.3, 3.0, 0.4), (9.0, 0.9, 1e4, 0.9)]
    texts = [
        {
            **row,
            "is_steered": s is not None,
            "strength": s or 0.0,
            "relevance": r,
            "perplexity": p,
            "drift": d,
            "text": f"dog {s}\x1b[2J",
        }
        for s, r, p, d in measured
    ]
    shown = StringIO()
    frame = pl.DataFrame(texts)
    print_trade_off(Console(file=shown, width=160), frame, "dogs\x1b]0;x\x07, cats")

    lines = shown.getvalue().splitlines()
    assert "\x1b" not in shown.getvalue()
    assert "unsteered" in lines[3]
    assert "10,000" in lines[5]
    assert lines[-1] == "recommended strength: 0.2"
    print_trade_off(Console(file=shown, width=160), frame.head(1), "dogs")
    assert "no strength gains relevance" in shown.getvalue()


@pytest.mark.slow
def test_without_a_judge_relevance_is_the_share_of_the_features(home, writer, tmp_path):
    write_line(home, "unjudged", writer, tmp_path / "texts")
    home.add("unjudged", tmp_path / "texts", "judge=none")
    result = steer(home, "unjudged", "--strengths", "1", "--json")
    assert result.exit_code == 0, result.output
    rows = json.loads(result.stdout)
    assert {row["relevance_by"] for row in rows} == {"features"}
    assert all(row["relevance"] == row["feature_share"] for row in rows)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--strengths", "0,nan"), "a strength is a finite number"),
        (("--strengths", "inf"), "a strength is a finite number"),
        (("--strengths", "one"), "numbers with commas"),
        (("--strengths", ""), "1 to 64 strengths"),
    ],
)
def test_strengths_that_are_none_are_refused_before_anything_is_done(tmp_path, arguments, sentence):
    assert sentence in refusal(steer(Home(tmp_path), "nothing", *arguments))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--strengths", "1e39"), "take smaller strengths"),
        (("--generator", "minilm"), "writes no text"),
        (("--model", "metm"), "`saetm mechanistic written` makes them"),
        (("--tokens", "99"), "more than the 64"),
        (("--topic", "t9"), "has no topic 't9'"),
        (("--topic", "t2"), "no direction"),
    ],
)
def test_what_cannot_be_steered_is_refused_in_a_sentence(home, written, arguments, sentence):
    assert sentence in refusal(steer(home, written, *arguments, "--json"))


@pytest.mark.slow
def test_absurd_but_finite_strengths_are_reported(home, written):
    result = steer(home, written, "--strengths=-1e6,1e6", "--json", topic="t1")
    assert result.exit_code == 0, result.output
    assert all(math.isfinite(row["perplexity"]) for row in json.loads(result.stdout))


def test_topics_are_of_the_dataset_itself_or_of_its_view():
    every = [
        registered("a", model="sae_tm"),
        registered("b", model="metm", members=("a", "c")),
        registered("a-metm", model="metm", members=("a",)),
    ]
    assert find_line(every, "a", None) == "a"
    assert find_line(every, "a", "sae_tm") == "a"
    assert find_line(every, "a", "metm") == "a-metm"
    assert find_line(every, "a-metm", "metm") == "a-metm"
    with pytest.raises(InputError, match="`saetm mechanistic a` makes them"):
        find_line(every, "a", "mlda")
    with pytest.raises(InputError, match="no dataset is called 'z'"):
        find_line(every, "z", None)


def registered(dataset, **options):
    return Registration(dataset, "", {}, DatasetOptions(**options))
