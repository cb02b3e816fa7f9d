from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import mean, stdev

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from saetm.cuts import node_rows
from saetm.queries.cuts import cut_topics
from saetm.queries.groups import topic_groups
from saetm.queries.intervals import Z
from saetm.queries.topics import shares, topics
from saetm.tables import ITEMS, MIXTURES, TOPIC_NODES, TOPIC_SUMMARIES, TOPICS
from saetm.topics.cut import cut_nodes
from tests.core.test_topics_cut import random_tree

GROUPS = ["east", "west", None]


@dataclass(frozen=True)
class Tables:
    """A source in memory: rows of some columns of some tables."""

    rows: dict[str, pl.DataFrame]

    def scan(self, table, dataset=None):
        rows = self.rows.get(table.name, pl.DataFrame())
        missing = [pl.lit(None, kind).alias(c) for c, kind in table.schema.items() if c not in rows]
        frame = rows.lazy().with_columns(missing).select(table.schema.names()).cast(table.schema)
        return frame if dataset is None else frame.filter(pl.col("dataset") == dataset)


def mixed(seed):
    """Items with groups, dates and mixtures of three topics; the last of them have none."""
    random = np.random.default_rng(seed)
    count = 24
    numbers = random.dirichlet(np.ones(3), count).round(3) * (random.random((count, 3)) < 0.6)
    ids = [f"i{row:02d}" for row in range(count)]
    dates = [datetime(int(year), 7, 1, tzinfo=UTC) for year in random.integers(1781, 1823, count)]
    dated = [None if random.random() < 0.2 else date for date in dates]
    grouped = [GROUPS[place] for place in random.integers(0, 3, count)]
    items = pl.DataFrame({"dataset": "sea", "item_id": ids, "timestamp": dated, "group": grouped})
    mixtures = pl.DataFrame(
        {
            "dataset": "sea",
            "topic_count": 3,
            "item_id": ids,
            "topics": [[f"t{t}" for t in range(3) if row[t] > 0] for row in numbers],
            "shares": [[float(share) for share in row if share > 0] for row in numbers],
        },
        schema_overrides={"topics": pl.List(pl.String), "shares": pl.List(pl.Float64)},
    )
    other = mixtures.with_columns(
        topic_count=pl.lit(2), shares=pl.lit([1.0]), topics=pl.lit(["t9"])
    )
    both = pl.concat([mixtures, other])
    return Tables({ITEMS.name: items, MIXTURES.name: both}), items, numbers


def naive(numbers, sets, topic):
    """Return count, mean and standard error of a topic, by set."""
    found = {}
    for name in set(sets):
        values = [float(row[topic]) for row, own in zip(numbers, sets, strict=True) if own == name]
        error = stdev(values) / len(values) ** 0.5 if len(values) > 1 else None
        found[name] = len(values), mean(values), error
    return found


def check(rows, by, numbers, sets):
    present = [topic for topic in range(3) if numbers[:, topic].any()]
    assert rows.height == len(present) * len(set(sets))
    for topic in present:
        expected = naive(numbers, sets, topic)
        for row in rows.filter(topic_id=f"t{topic}").iter_rows(named=True):
            count, share, error = expected[row[by]]
            assert row["item_count"] == count
            assert row["share"] == pytest.approx(share, abs=1e-6)
            if error is None:
                assert row["standard_error"] is row["low"] is row["high"] is None
            else:
                assert row["standard_error"] == pytest.approx(error, abs=1e-6)
                assert row["low"] == pytest.approx(max(share - Z * error, 0), abs=1e-5)
                assert row["high"] == pytest.approx(min(share + Z * error, 1), abs=1e-5)


@settings(max_examples=15)
@given(seed=st.integers(0, 500))
def test_the_share_of_a_group_is_the_mean_over_its_items(seed):
    source, items, numbers = mixed(seed)

    rows = topic_groups(source, "sea", 3).collect()

    check(rows, "group", numbers, items["group"].to_list())


def test_one_topic_has_the_rows_that_it_has_among_all():
    source, _, _ = mixed(1)

    one = topic_groups(source, "sea", 3, ["t1"]).collect()

    among_all = topic_groups(source, "sea", 3).collect().filter(topic_id="t1")
    assert_frame_equal(one, among_all)
    assert set(shares(source, "sea", 3, ["t1"]).collect()["topic_id"]) == {"t1"}


@settings(max_examples=25)
@given(seed=st.integers(0, 500), n_features=st.integers(1, 12), k=st.integers(1, 14))
def test_the_tree_cut_by_a_query_has_the_topics_of_the_cut(seed, n_features, k):
    tree, _ = random_tree(seed, n_features)
    nodes = node_rows(tree, "sae").with_columns(dataset=pl.lit("sea"))
    named = pl.DataFrame({"dataset": ["sea"], "topic_id": nodes["topic_id"][:1], "label": ["Sea"]})
    source = Tables({TOPIC_NODES.name: nodes, TOPIC_SUMMARIES.name: named})

    rows = cut_topics(source, "sea", k).collect()

    assert rows["node"].to_list() == cut_nodes(tree, k).tolist()
    assert rows["rank"].to_list() == list(range(rows.height))
    assert set(rows.filter(pl.col("label") == "Sea")["node"]) <= {0}


def test_topics_of_a_cut_come_with_their_names_heaviest_first():
    cut = pl.DataFrame(
        {"dataset": "sea", "topic_count": [3, 3, 2], "topic_id": ["tb", "ta", "tc"]}
    ).with_columns(rank=pl.Series([1, 0, 0]))
    names = pl.DataFrame({"dataset": ["sea", "sky"], "topic_id": ["tb", "ta"], "label": ["B", "A"]})

    rows = topics(Tables({TOPICS.name: cut, TOPIC_SUMMARIES.name: names}), "sea", 3).collect()

    assert rows.select("topic_id", "label").rows() == [("ta", None), ("tb", "B")]
