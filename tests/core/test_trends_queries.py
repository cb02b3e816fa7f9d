"""Trends from tables: weights, words without look-ahead, and the demo's eras."""

from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from saetm.queries.period_words import with_words
from saetm.queries.trend_sums import find_trends
from saetm.queries.trends import trends
from saetm.tables import BAGS, DATASETS, ITEMS, MATERIALISATIONS, MIXTURES, TOPICS, VOCABULARY
from saetm_assets.demo.eras import ERAS
from saetm_assets.demo.scenes import plan_scene
from tests.core.test_topic_queries import Tables

WORDS = [f"w{word}" for word in range(12)]


def year(number):
    return datetime(number, 1, 1, tzinfo=UTC)


def told(seed, years):
    """Items of two topics whose words drift: topic t0 says w0 and w1, and from 1906 on w2."""
    random = np.random.default_rng(seed)
    rows, bags, mixtures = [], [], []
    for number in years:
        for copy in range(30):
            item, share = f"{number}-{copy:02d}", float(random.beta(1, 1))
            rows.append({"item_id": item, "timestamp": year(number)})
            topical = ["w0", "w2" if number >= 1906 else "w1"]
            said = [*topical] * (share > 0.5) + [WORDS[at] for at in random.integers(5, 12, 4)]
            counts = {word: said.count(word) for word in sorted(set(said))}
            bags.append({"item_id": item, "words": list(counts), "counts": list(counts.values())})
            mixtures.append({"item_id": item, "topics": ["t0", "t1"], "shares": [share, 1 - share]})
    ids = range(len(WORDS))
    one = {"dataset": "sea"}
    frames = {
        ITEMS: pl.DataFrame([one | row for row in rows]),
        BAGS: pl.DataFrame([one | {"producer": "p"} | row for row in bags]),
        MIXTURES: pl.DataFrame([one | {"topic_count": 2} | row for row in mixtures]),
        VOCABULARY: pl.DataFrame({"dataset": "sea", "word_id": ids, "word": WORDS}),
        TOPICS: pl.DataFrame(
            {"dataset": "sea", "topic_count": 2, "topic_id": ["t0", "t1"], "rank": [0, 1]}
        ),
        DATASETS: pl.DataFrame({"dataset": ["sea"], "options": ["{}"]}),
        MATERIALISATIONS: pl.DataFrame(
            {"dataset": "sea", "asset": ["bags"], "producer": "p", "data_version": "v"}
        ),
    }
    return Tables({table.name: frame for table, frame in frames.items()})


def rows_of(source):
    found = find_trends(source, "sea", [2], "year", 0.1)
    return with_words(source, "sea", found)


def test_words_of_a_period_come_from_its_items():
    rows = rows_of(told(0, range(1900, 1912))).filter(topic_id="t0")
    words = dict(rows.select("period", "words").iter_rows())

    assert all({"w0", "w1"} < set(words[str(number)][:3]) for number in range(1900, 1906))
    assert all({"w0", "w2"} < set(words[str(number)][:3]) for number in range(1906, 1912))
    assert words["1906"][0] == "w2"  # nobody had said it


@pytest.mark.parametrize("seed", range(3))
def test_later_items_change_nothing_of_what_was_told(seed):
    before, after = (rows_of(told(seed, range(1900, end))) for end in (1905, 1912))

    kept = ["topic_id", "period", "item_count", "share", "prevalence", "words"]
    assert_frame_equal(before.select(kept), after.filter(pl.col("place") < 1905).select(kept))


def test_a_query_computes_what_is_not_stored():
    source = told(0, [1900, 1901, 1905])
    rows = trends(source, "sea", 2, per="year").collect()

    assert rows.filter(topic_id="t0")["period"].to_list() == ["1900", "1901", "1905"]
    shares = rows.group_by("period").agg(pl.col("share").sum())["share"]
    assert shares.to_list() == pytest.approx([1, 1, 1], abs=1e-6)
    assert rows["item_count"].to_list() == [30] * 6


def test_an_item_in_two_periods_counts_by_halves():
    source = told(0, [1900, 1901])
    items = source.rows["items"].with_columns(
        timestamp_end=pl.when(pl.col("item_id") == "1900-00").then(pl.lit(year(1902)))
    )
    rows = rows_of(Tables(source.rows | {"items": items})).filter(topic_id="t0")

    assert rows["item_count"].to_list() == pytest.approx([29.5, 30.5], abs=0.01)
    mixtures = source.rows["mixtures"]
    share = dict(zip(mixtures["item_id"], mixtures["shares"].list.first(), strict=True))
    mine = [value for item, value in share.items() if item.startswith("1900")]
    lent = share["1900-00"] * 365 / 730
    expected = (sum(mine) - lent) / (30 - 365 / 730)
    assert rows["share"][0] == pytest.approx(expected, abs=1e-6)


def printed(numbers, seed):
    """Tables of planned prints, whose motifs are their topics in equal parts."""
    scenes = [plan_scene(number, seed=seed) for number in numbers]
    ids = [f"{number:06d}" for number in numbers]
    when = [datetime.combine(each.made_on, datetime.min.time(), UTC) for each in scenes]
    names = sorted(ERAS[0].taste)
    return Tables(
        {
            "items": pl.DataFrame(
                {
                    "dataset": "sea",
                    "item_id": ids,
                    "timestamp": when,
                    "group": [each.era.name for each in scenes],
                }
            ),
            "mixtures": pl.DataFrame(
                {
                    "dataset": "sea",
                    "topic_count": 27,
                    "item_id": ids,
                    "topics": [list(each.motifs) for each in scenes],
                    "shares": [[1 / len(each.motifs)] * len(each.motifs) for each in scenes],
                }
            ),
            "topics": pl.DataFrame(
                {"dataset": "sea", "topic_count": 27, "topic_id": names, "rank": range(len(names))}
            ),
        }
    )


def test_the_motifs_of_the_demo_move_as_their_eras_love_them():
    found = find_trends(printed(range(1200), 0), "sea", [27], "decade", 0.1)
    shapes = {row["topic_id"]: row for row in found.shapes.iter_rows(named=True)}

    assert shapes["train"]["new_since"] in {"1860s", "1870s"}  # Meiji: from 1868
    assert shapes["steamship"]["new_since"] in {"1860s", "1870s"}
    assert shapes["boat"]["change_points"] == ["1830s"]  # landscapes: 1830 to 1867
    assert shapes["snow"]["change_points"][-1] in {"1910s", "1920s"}  # Shin-hanga: from 1912
    directions = {motif: row["direction"] for motif, row in shapes.items()}
    assert {directions[motif] for motif in ("fuji", "rain", "snow", "sea", "pine")} == {"rising"}
    assert directions["woman"] == directions["fan"] == "falling"
    assert [shapes[motif]["is_new"] for motif in ("moon", "cat", "woman", "fuji")] == [False] * 4


@pytest.mark.slow
@pytest.mark.parametrize("per", ["group", "decade"])
def test_intervals_of_the_demo_hold_what_its_eras_love(per):
    drawn = find_trends(printed(range(1200), 0), "sea", [27], per, 0.1).rows
    truth = find_trends(printed(range(20_000), 1), "sea", [27], per, 0.1).rows

    both = drawn.join(truth, on=["topic_id", "period"], suffix="_true")
    held = both.select(pl.col("share_true").is_between("low", "high").mean()).item()
    assert held >= 0.93
