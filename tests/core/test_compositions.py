"""Compositions against what is worked out pair by pair, and the laws that they keep."""

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from scipy import stats

from saetm.compositions.chance import exact_p_values, q_values
from saetm.compositions.membership import NONE, OTHERS, members_by, places, set_sizes, tell_apart
from saetm.compositions.ranking import rank_topics
from tests.core.composed import composed, members_of, naive, topics_of

NAMES = ["sea", "town", "tree"]


@st.composite
def corpora(draw, sets=("a", "b", "c", None)):
    """Draw up to 14 items with shares of three topics that sum to one or zero, and their sets."""
    sizes = st.lists(st.integers(0, 4), min_size=3, max_size=3)
    rows = draw(st.lists(st.tuples(sizes, st.sampled_from(sets)), min_size=1, max_size=14))
    items, kinds = {}, {}
    for number, (parts, kind) in enumerate(rows):
        total = max(sum(parts), 1)
        shares = {name: part / total for name, part in zip(NAMES, parts, strict=True) if part}
        items[f"i{number}"], kinds[f"i{number}"] = shares, kind
    return items, kinds


@settings(max_examples=25)
@given(corpora())
def test_compositions_are_what_a_naive_count_gives(corpus):
    items, sets = corpus
    found = composed(items, sets, NAMES)
    expected = naive(items, sets, NAMES)

    named = found.filter(pl.col("set").is_not_null())
    assert {(row["topic_id"], row["set"]) for row in named.to_dicts()} == expected.keys()
    for row in named.iter_rows(named=True):
        for column, value in expected[row["topic_id"], row["set"]].items():
            assert row[column] == (value if value is None else pytest.approx(value, abs=2e-6)), (
                column
            )
        if "p_value" not in expected[row["topic_id"], row["set"]]:
            assert row["q_value"] is row["difference"] is row["log_odds"] is None


@settings(max_examples=25)
@given(corpora(), st.randoms())
def test_the_order_of_items_changes_nothing(corpus, chance):
    items, sets = corpus
    order = list(items)
    chance.shuffle(order)
    found = composed({item: items[item] for item in order}, sets, NAMES)
    assert_frame_equal(found, composed(items, sets, NAMES), check_exact=True)


@settings(max_examples=25)
@given(corpora())
def test_shares_and_differences_balance(corpus):
    items, sets = corpus
    found = composed(items, sets, NAMES)

    sums = found.group_by("set").agg(pl.col("share").sum())
    assert sums["share"].max() <= 1 + 1e-6

    named = found.filter(pl.col("difference").is_not_null())
    if named["set"].n_unique() < 3 or named["item_count"].min() < 2:
        return
    everyone = found.filter(pl.col("set").is_not_null()).select("set", "item_count").unique()
    total = everyone["item_count"].sum()
    if everyone["item_count"].min() < 2:
        return  # sets of one item have no difference to weigh
    weight = pl.col("item_count") * (1 - pl.col("item_count") / total)
    balance = named.group_by("topic_id").agg((weight * pl.col("difference")).sum())
    assert balance["item_count"].abs().max() < 1e-6


@settings(max_examples=25)
@given(corpora(sets=("a", "b")))
def test_two_sets_mirror_each_other(corpus):
    items, sets = corpus
    found = composed(items, sets, NAMES)
    pairs = found.filter(set="a").join(found.filter(set="b"), on="topic_id", suffix="_of_b")
    for row in pairs.iter_rows(named=True):
        if row["difference"] is None:
            continue
        assert row["difference"] == pytest.approx(-row["difference_of_b"])
        assert row["effect_size"] == pytest.approx(-row["effect_size_of_b"])
        assert row["p_value"] == pytest.approx(row["p_value_of_b"])
        if row["log_odds"] is not None:
            assert row["log_odds"] == pytest.approx(-row["log_odds_of_b"])
            assert row["log_odds_z"] == pytest.approx(-row["log_odds_z_of_b"])


def test_items_without_a_set_are_described_and_not_compared():
    items = {f"i{n}": {"sea": 1.0} if n % 2 else {"town": 1.0} for n in range(8)}
    sets = {item: None if n < 4 else "ab"[n % 2] for n, item in enumerate(items)}
    found = composed(items, sets, NAMES)

    nameless = found.filter(pl.col("set").is_null())
    assert nameless["item_count"].to_list() == [4] * 3
    assert nameless.filter(topic_id="sea")["prevalence"].item() == 0.5
    assert nameless.select("p_value", "difference", "log_odds").null_count().row(0) == (3, 3, 3)
    assert found.filter(topic_id="sea", set="b")["difference"].item() == 1.0
    assert found["set_count"].unique().to_list() == [2]


def test_a_set_of_one_item_is_described_and_not_compared():
    items = {f"i{n}": {"sea": 1.0} for n in range(5)}
    sets = {"i0": "alone", "i1": "a", "i2": "a", "i3": "b", "i4": "b"}
    alone = composed(items, sets, NAMES).filter(set="alone")
    assert alone.filter(topic_id="sea")["prevalence"].item() == 1.0
    nothing = ("share_low", "prevalence_high", "difference", "p_value", "q_value", "log_odds")
    assert alone.select(nothing).null_count().row(0) == (3,) * len(nothing)


def test_the_largest_sets_are_told_apart_and_the_others_are_in_the_rest():
    items = {f"i{n}": {"sea": 1.0} if n < 3 else {"town": 1.0} for n in range(10)}
    sets = dict(zip(items, "aaabbccdef", strict=True))
    found = composed(items, sets, NAMES, most=2)

    assert found["set"].unique().sort().to_list() == ["a", "b"]
    assert found["set_count"].unique().to_list() == [6]
    assert found.filter(topic_id="town", set="a")["rest_prevalence"].item() == 1.0
    assert found.filter(topic_id="sea", set="b")["rest_prevalence"].item() == 3 / 8


def test_sets_of_equal_size_are_told_apart_by_name():
    members = members_of({"i1": "b", "i2": "a", "i3": "c", "i4": None})
    sets = tell_apart(set_sizes(members).collect(), most=2)
    assert (sets.names.rows(), sets.set_count) == ([(0, "a"), (1, "b"), (NONE, None)], 3)
    placed = dict(places(members, sets).collect().iter_rows())
    assert placed == {"i1": 1, "i2": 0, "i3": OTHERS, "i4": NONE}


def test_items_of_a_union_are_in_their_groups_and_in_every_member_that_has_them():
    rows = [("a", "i1", "x"), ("b", "i1", "x"), ("b", "i2", None)]
    items = pl.LazyFrame(rows, schema=["dataset", "item_id", "group"], orient="row")
    found = {by: sorted(sets.collect().rows()) for by, sets in members_by(items, 2, 2).items()}
    assert found == {
        "group": [("i1", "x"), ("i2", None)],
        "dataset": [("i1", "a"), ("i1", "b"), ("i2", "b")],
    }
    assert members_by(items, 0, 1) == {}


def test_a_topic_that_no_item_has_has_no_share_anywhere():
    items = {f"i{n}": {"sea": 1.0} for n in range(4)}
    found = composed(items, dict(zip(items, "aabb", strict=True)), NAMES).filter(topic_id="tree")
    assert found["share"].to_list() == [0.0, 0.0]
    assert found["p_value"].to_list() == [1.0, 1.0]
    assert found["log_odds"].to_list() == [None, None]
    assert found["share_high"].is_between(0.1, 0.9).all()


def test_no_items_give_no_rows():
    assert composed({}, {}, NAMES).is_empty()
    assert composed({"i": {}}, {"i": "a"}, NAMES)["share"].to_list() == [0.0] * 3


@pytest.mark.parametrize("everyone", [3, 40, 3_000, 200_000, 10_000_000])
def test_p_values_are_those_of_the_hypergeometric_distribution(everyone):
    rng = np.random.default_rng(everyone)
    count = rng.integers(1, everyone, 200)
    has = (everyone * rng.random(200) ** 3).astype(np.int64)
    low, high = np.maximum(0, count + has - everyone), np.minimum(count, has)
    mean = rng.hypergeometric(has, everyone - has, count)
    present = np.clip(mean + rng.integers(-3, 4, 200), low, high)
    found = exact_p_values(present, count, has, np.full(200, everyone))
    drawn = stats.hypergeom(everyone, has, count)
    tails = np.minimum(drawn.cdf(present), drawn.sf(present - 1))
    np.testing.assert_allclose(found, np.minimum(1.0, 2 * tails), rtol=1e-6, atol=1e-12)


def test_p_values_of_many_items_are_those_of_a_normal_test():
    present, count = np.array([250_400]), np.array([1_000_000])
    of_all, everyone = np.array([2_500_000]), np.array([10_000_000])
    found = exact_p_values(present, count, of_all, everyone)[0]
    deviation = 1e6 * 0.25 * 0.75 * 9 / 10
    assert found == pytest.approx(2 * stats.norm.sf(399.5 / math.sqrt(deviation)), rel=1e-2)


def test_p_values_add_up_small_tables_exactly():
    count, everyone, has = 5, 12, 4
    ways = [math.comb(has, x) * math.comb(everyone - has, count - x) for x in range(has + 1)]
    for x in range(has + 1):
        tail = min(sum(ways[: x + 1]), sum(ways[x:])) / math.comb(everyone, count)
        (found,) = exact_p_values(*(np.array([n]) for n in (x, count, has, everyone)))
        assert found == pytest.approx(min(1.0, 2 * tail))


def test_q_values_of_nothing_are_nothing():
    assert q_values(np.array([])).shape == (0,)
    assert q_values(np.array([0.01, 0.04, 1.0])) == pytest.approx([0.03, 0.06, 1.0])


def test_topics_rank_by_variance_and_common_or_abstract_ones_do_not():
    topics = pl.concat(
        [topics_of(["cat", "dog", "every"]), topics_of(["mood"], category="abstract")]
    )
    over = {"cat": (0.1, 0.2), "dog": (0.0, 0.4), "every": (0.1, 0.9), "mood": (0.0, 0.5)}
    rows = [(3, name, each) for name, pair in over.items() for each in pair]
    prevalences = pl.DataFrame(
        rows,
        schema={"topic_count": pl.Int32, "topic_id": pl.String, "prevalence": pl.Float64},
        orient="row",
    )
    found = {row["topic_id"]: row for row in rank_topics(prevalences, topics).to_dicts()}
    assert {name: row["rank"] for name, row in found.items()} == {
        "dog": 0, "cat": 1, "every": None, "mood": None,
    }  # fmt: skip
    assert found["dog"]["variance"] == pytest.approx(0.04)  # of a population
    assert found["every"]["macro_mean"] == pytest.approx(0.5)
