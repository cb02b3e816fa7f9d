"""Queries over planted tables against what is worked out by hand."""

from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saetm.queries.alike import alike_topics
from saetm.queries.datasets import datasets
from saetm.queries.near import near_items
from saetm.tables import ACTIVATIONS
from saetm.trends.config import PERIODS
from saetm.trends.periods import fitting_period


class Planted:
    """A source of a few rows; columns that are not given are empty or zero."""

    def __init__(self, **rows):
        self._rows = rows

    def scan(self, table, dataset=None):
        rows = pl.DataFrame(self._rows.get(table.name, []), schema_overrides=dict(table.schema))
        blank = [
            pl.lit(None, dtype).alias(name)
            for name, dtype in table.schema.items()
            if name not in rows.columns
        ]
        frame = rows.with_columns(blank).select(table.schema.names()).lazy()
        return frame if dataset is None else frame.filter(pl.col("dataset") == dataset)


def entry(asset, rows=1, wrote=1, day=1, **more):
    return {
        "dataset": "d",
        "asset": asset,
        "data_version": "v",
        "input_version": "i",
        "producer": "p",
        "row_count": rows,
        "rows_written": wrote,
        "created_at": datetime(2026, 5, day, tzinfo=UTC),
        **more,
    }


vectors = st.lists(
    st.dictionaries(st.integers(0, 5), st.floats(0.125, 4.0, width=32), min_size=1, max_size=4),
    min_size=2,
    max_size=6,
)


@given(vectors)
def test_near_items_are_those_with_the_largest_cosine(items):
    rows = [
        {
            "dataset": "d",
            "item_id": f"i{number}",
            "producer": "p",
            "features": sorted(item),
            "activations": [item[feature] for feature in sorted(item)],
        }
        for number, item in enumerate(items)
    ]
    ledger = [entry(ACTIVATIONS.asset)]
    source = Planted(activations=rows, materialisations=ledger)

    found = near_items(source, "d", "i0").collect()

    dense = np.array([[item.get(feature, 0.0) for feature in range(6)] for item in items])
    dense /= np.linalg.norm(dense, axis=1, keepdims=True)
    cosines = dense @ dense[0]
    shown = dict(found.select("item_id", "likeness").iter_rows())
    assert shown == pytest.approx(
        {f"i{at}": cosine for at, cosine in enumerate(cosines) if at and cosine > 0}, abs=1e-6
    )
    assert found["likeness"].is_sorted(descending=True)
    for item_id, features in found.select("item_id", "features").iter_rows():
        assert features == sorted(items[0].keys() & items[int(item_id[1:])].keys())


def topic(dataset, name, weight, **words):
    return {
        "dataset": dataset,
        "topic_count": 2,
        "topic_id": name,
        "weight": weight,
        "words": list(words),
        "probabilities": list(words.values()),
    }


def test_a_topic_is_alike_to_the_one_with_its_words():
    source = Planted(
        topics=[
            topic("a", "sea", 0.6, wave=0.5, boat=0.5),
            topic("a", "wood", 0.4, tree=1.0),
            topic("b", "harbour", 0.3, boat=0.25, wave=0.25, crane=0.5),
            topic("b", "city", 0.7, street=1.0),
        ],
        topic_summaries=[{"dataset": "b", "topic_id": "harbour", "label": "Harbour"}],
    )

    sea, wood = alike_topics(source, "a", 2, "b", 2).collect().to_dicts()

    assert (sea["other_topic_id"], sea["other_label"], sea["other_weight"]) == (
        "harbour",
        "Harbour",
        0.3,
    )
    assert sea["likeness"] == pytest.approx(2 * (0.5 * 0.25) ** 0.5)
    assert sorted(sea["words"]) == ["boat", "wave"]
    assert (wood["topic_id"], wood["other_topic_id"], wood["likeness"]) == ("wood", None, None)


def test_a_topic_is_alike_to_itself():
    source = Planted(topics=[topic("a", "sea", 1.0, wave=0.3, boat=0.1)])
    (found,) = alike_topics(source, "a", 2, "a", 2).collect().to_dicts()
    assert (found["other_topic_id"], found["likeness"]) == ("sea", pytest.approx(1.0))


def test_datasets_are_as_fresh_as_their_last_rows():
    ledger = [
        entry("items", rows=7, day=1),
        entry("items", rows=9, day=2),
        entry("topics", rows=3, day=3),
        entry("items", rows=9, wrote=0, day=4),
    ]
    (found,) = datasets(Planted(materialisations=ledger)).collect().to_dicts()
    assert (found["items"], found["topics"], found["stages"]) == (9, 3, 2)
    assert (found["changed_at"].day, found["checked_at"].day) == (3, 4)


@given(st.datetimes(datetime(1500, 1, 1), datetime(2100, 1, 1)), st.integers(0, 200_000))  # noqa: DTZ001
def test_the_longest_period_of_which_there_are_a_dozen(first, days):
    last = first + (datetime(1900, 1, 1) - datetime(1899, 12, 31)) * min(days, 182_000)  # noqa: DTZ001
    found = fitting_period(first, last)
    spans = {"day": 0, "month": 30, "year": 365, "decade": 3652, "century": 36525}
    assert found in PERIODS
    assert (last - first).days >= 12 * spans[found]
    longer = [each for each, span in spans.items() if span > spans[found]]
    assert all((last - first).days < 12 * spans[each] for each in longer)
