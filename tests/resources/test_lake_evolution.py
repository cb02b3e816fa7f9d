"""A contract gains columns; lakes that were written before go on working."""

from dataclasses import replace

import polars as pl
import pytest

from resources.lake import Lake
from saetm.tables import ITEMS, VOCABULARY
from saetm.tables.columns import blob, listed, text
from saetm.tables.contract import INSTANT, Column
from tests.faults.processes import together
from tests.strategies import example_rows

NOTE = {"run_id": "r"}
GAINED = (
    text("note", "gained", nullable=True),
    blob("picture", "gained", nullable=True),
    replace(listed("marks", pl.Float64(), "gained"), is_nullable=True),
    Column("seen_at", INSTANT, "gained", is_nullable=True),
)


@pytest.fixture
def lake(tmp_path):
    return Lake(str(tmp_path / "lake"))


def gaining(table, *, at=1):
    """Return the contract with further columns, not at its end."""
    return replace(table, columns=(*table.columns[:at], *GAINED, *table.columns[at:]))


def rows(table, *words, dataset="d"):
    return example_rows(table, len(words), dataset=dataset).with_columns(word=pl.Series(words))


def test_an_old_table_shows_gained_columns_as_null_without_being_written(lake):
    old = rows(VOCABULARY, "a", "b")
    lake.append(VOCABULARY, old, note=NOTE)
    version, new = lake.version(VOCABULARY), gaining(VOCABULARY)
    seen = lake.scan(new, "d").collect()

    assert seen.schema == new.schema
    assert seen.select(old.columns).sort("word").equals(old.sort("word"))
    assert all(seen[column.name].is_null().all() for column in GAINED)
    assert lake.version(VOCABULARY) == version


@pytest.mark.parametrize("write", ["append", "replace", "rewrite", "delete"])
def test_every_write_to_an_old_table_adds_the_columns_first(lake, write):
    lake.append(VOCABULARY, rows(VOCABULARY, "a", "it's"), note=NOTE)
    lake.append(VOCABULARY, rows(VOCABULARY, "a", dataset="other"), note=NOTE)
    new = gaining(VOCABULARY)
    fresh = rows(new, "a").with_columns(note=pl.lit("gained"), marks=pl.lit([0.5, 1.0]))
    if write == "append":
        lake.append(new, fresh, note=NOTE)
    elif write == "replace":
        lake.replace(new, "d", fresh, note=NOTE)
    elif write == "rewrite":
        lake.rewrite(new, "d", fresh, key="word", note=NOTE)
    else:
        lake.delete(new, "d", pl.DataFrame({"note": ["nothing"]}), note=NOTE)
        lake.append(new, fresh, note=NOTE)

    stored = lake.scan(new).collect()
    assert stored.schema == new.schema
    assert stored.filter(note="gained").select("dataset", "marks").rows() == [("d", [0.5, 1.0])]
    kept = {"append": 3, "replace": 1, "rewrite": 2, "delete": 3}[write]
    assert stored["note"].null_count() == kept
    assert pl.scan_delta(lake.uri(new)).filter(pl.col("note").is_null()).collect().height == kept


def test_a_table_that_has_the_columns_gets_no_further_commit(lake):
    new = gaining(VOCABULARY)
    lake.append(VOCABULARY, rows(VOCABULARY, "a"), note=NOTE)
    lake.append(new, rows(new, "b"), note=NOTE)
    version = lake.version(new)
    lake.append(new, rows(new, "c"), note=NOTE)

    assert lake.version(new) == version + 1


def test_rivals_may_add_the_columns_at_once(lake):
    narrow = replace(
        ITEMS, columns=tuple(c for c in ITEMS.columns if c.name not in {"url", "text"})
    )
    lake.append(narrow, example_rows(narrow, 2, dataset="before"), note=NOTE)
    outcomes = together(*[("describe", lake.root, f"d{i}", 3) for i in range(4)])

    assert outcomes == [""] * 4
    stored = lake.scan(ITEMS).collect()
    assert stored.filter(pl.col("dataset") == "before").height == 2
    assert sorted(stored["url"].drop_nulls()) == sorted(
        f"d{i} {commit}" for i in range(4) for commit in range(3)
    )
