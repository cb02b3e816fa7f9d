"""Trends of a dataset that was taken through the line, whose themes come and go."""

import json

import polars as pl
import pytest

from tests.line.homes import THEMES, refusal, way_to
from tests.line.themed import FEW, themed_rows, write_rows

YEARS = range(1900, 1920)


@pytest.fixture(scope="module")
def dated(home, tmp_path_factory):
    """Nine texts a year: kitchens until 1909, rockets from 1910; football always."""
    rows = []
    for year in YEARS:
        theme = 1 if year >= 1910 else 0
        numbers = [3 * (year * 9 + copy) + (theme if copy < 6 else 2) for copy in range(9)]
        rows.extend(row | {"timestamp": str(year)} for row in themed_rows(numbers))
    rows[0] |= {"timestamp": "1900-1901"}
    rows[1] |= {"timestamp": "19th century"}
    for row in rows[-2:]:
        del row["timestamp"]
    folder = write_rows(tmp_path_factory.mktemp("dated") / "in", "texts.jsonl", rows)
    home.add("dated_texts", folder, *FEW, "autoencoder=train")
    home.run("dated_texts", *way_to("trends"))
    return "dated_texts"


def theme_of(words):
    said = set(words.split())
    return max(THEMES, key=lambda theme: len(said & set(THEMES[theme].split())))


def test_themes_rise_and_fall_when_they_did(home, dated):
    result = home.cli("trends", dated, "--by", "year", "--json")
    rows = pl.DataFrame(json.loads(result.stdout))

    assert rows["topic_count"].unique().to_list() == [3]
    named = rows.with_columns(
        theme=pl.col("words").map_elements(theme_of, return_dtype=pl.String).mode().first()
        .over("topic_id")
    )  # fmt: skip
    ways = named.select("theme", "direction").unique().sort("theme").rows()
    assert ways == [("football", "steady"), ("kitchen", "falling"), ("space", "rising")]
    turns = named.filter("is_change_point").select("theme", "period").sort("theme").rows()
    assert turns == [("kitchen", "1910"), ("space", "1910")]
    assert set(named.filter(theme="space")["is_new"]) == {True}
    counts = dict(rows.select("period", "item_count").iter_rows())
    assert counts["1900"] == pytest.approx(7.5, abs=0.01)  # a half lent, a century left out
    assert counts["1919"] == 7  # two have no date


def test_what_is_stored_is_the_period_that_fits(home, dated):
    rows = home.table("trends", dated)

    assert set(rows["unit"]) == {"year"}
    assert rows["topic_count"].n_unique() == 2
    shapes = home.table("trend_shapes", dated)
    assert shapes.height == rows.unique(["topic_count", "topic_id"]).height


def test_a_person_sees_lines_and_what_was_left_out(home, dated):
    shown = home.cli("trends", dated, "--by", "year").stdout

    assert "share by year" in shown
    assert "█" in shown
    assert "new in 1910" in shown
    assert "2 items have no date; 2 have a range of dates; 1 of these" in shown


def test_a_second_run_writes_nothing(home, dated):
    assert not any(home.run(dated, "trends").written.values())


def test_a_dataset_without_dates_has_no_trends(home, texts):
    assert home.table("trends", texts).is_empty()
    assert json.loads(home.cli("trends", texts, "--json").stdout) == []
    assert "no item of 'texts' has a date" in refusal(home.cli("trends", texts))


def test_a_cut_that_is_not_stored_is_refused(home, dated):
    assert "has trends at 2, 3 topics, not at 7" in refusal(home.cli("trends", dated, "--k", "7"))
