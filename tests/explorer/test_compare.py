"""What sets groups apart, as the command prints it and the explorer shows it."""

import json

import polars as pl
import pytest
from click.testing import CliRunner

from saetm.queries.compositions import in_order
from saetm_assets.cli.compare import print_comparison
from saetm_assets.cli.main import main
from saetm_assets.set_charts import COLOURED, NAMED, spread
from tests.core.composed import composed
from tests.explorer.asking import ask
from tests.ui.fixtures import HOSTILE, THEMES


def told(home, *arguments):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SAETM_HOME", str(home))
        result = CliRunner().invoke(main, ["compare", *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_each_group_of_the_tiles_has_its_topic(home):
    rows = json.loads(told(home, "tiles", "--json"))
    most = {row["set"]: row for row in sorted(rows, key=lambda row: row["prevalence"])}
    assert {row["set"] for row in rows} == set(THEMES)
    assert len({most[theme]["topic_id"] for theme in THEMES}) == len(THEMES)
    assert all(most[theme]["log_odds"] > 1 for theme in THEMES)
    assert all(most[theme]["q_value"] < 0.05 for theme in THEMES)


def test_any_number_of_topics_is_compared(home):
    stored, other = (json.loads(told(home, "tiles", "--k", k, "--json")) for k in ("3", "4"))
    assert stored[0].keys() == other[0].keys()
    assert {row["topic_count"] for row in other} == {4}
    assert len(other) == 4 * len(THEMES)
    assert all(row["label"] for row in other)


def test_hostile_groups_do_not_differ_and_stay_text(home):
    assert "2 groups at 3 topics" in told(home, "posts")
    assert {row["set"][:-1] for row in json.loads(told(home, "posts", "--json"))} == {HOSTILE}


def named(items, sets, names):
    rows = composed(items, sets, names).lazy()
    labels = {"dataset": pl.lit("d"), "label": pl.col("topic_id"), "category": pl.lit("concrete")}
    return in_order(rows.with_columns(by=pl.lit("group"), **labels)).collect()


def test_what_is_not_compared_is_counted_and_markup_is_printed_as_it_is(capsys):
    items = {f"i{n}": {"sea": 1.0} if n < 20 else {"town": 1.0} for n in range(102)}
    places = ("coast", "[red]inland[/red]\x1b[2J", "hill", "plain", "valley")
    sets = {item: places[n // 20 % 5] for n, item in enumerate(items)}
    rows = named(items, sets | {"i100": None, "i101": "alone"}, ["sea", "town"])

    print_comparison("d", rows, "group")

    shown = capsys.readouterr().out
    assert shown.startswith(
        "d: 6 groups at 2 topics, 1 group of one item not compared, 1 item without a group\n"
    )
    assert "[red]inland[/red]" in shown
    assert "\x1b" not in shown
    (coast,) = (line for line in shown.splitlines() if "coast" in line and "▲" in line)
    assert "100.0%" in coast


@pytest.mark.parametrize("groups", [2, COLOURED, COLOURED + 1, 20])
def test_every_set_has_a_mark_and_its_line(groups):
    items = {f"i{n}": {"sea": 1.0} if n % groups == 0 else {"town": 1.0} for n in range(5 * groups)}
    sets = {item: f"g{n % groups}" for n, item in enumerate(items)}
    rows = named(items, sets, ["sea", "town"])

    drawn = spread(rows, {"sea": "Sea", "town": "Town"}, {"sea": "/sea"})["data"]["values"]

    titles = [row for row in drawn if row["line"] == 0]
    assert [(row["title"], row["link"]) for row in titles] == [("Sea", "/sea"), ("Town", "")]
    marks = [row for row in drawn if row["line"] and row["topic"] == "Sea"]
    assert {row["set"] for row in marks} == set(sets.values())
    lines = sorted(row["line"] for row in marks)
    few = list(range(1, groups + 1))
    many = [*range(1, NAMED + 1), *[NAMED + 1] * (groups - NAMED)]
    assert lines == (few if groups <= COLOURED else many)
    (sea,) = (row for row in marks if row["set"] == "g0")
    assert (sea["prevalence"], sea["sure"]) == (1.0, True)


def test_abstract_and_common_topics_are_shown_when_they_are_asked_for(explorer):
    concrete, every = (
        ask(explorer, f"/d/tiles/compare?k=2&kind={kind}&format=csv")[2].decode()
        for kind in ("concrete", "all")
    )
    assert len(every.splitlines()) == 1 + 2 * len(THEMES)
    assert set(concrete.splitlines()) <= set(every.splitlines())
    assert b"Compare groups" in ask(explorer, "/d/tiles/compare?k=2&kind=nonsense&by=nonsense")[2]
