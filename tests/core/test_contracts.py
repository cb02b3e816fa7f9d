import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saetm.contracts import DUPLICATES, ROWS, breaches, differing_columns
from saetm.tables import ITEMS, TABLES, VOCABULARY
from tests.strategies import example_rows

EVERY = pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))


def breached(frame, table):
    counted = breaches(frame.lazy(), table).collect().row(0, named=True)
    return {question: count for question, count in counted.items() if count and question != ROWS}


@EVERY
@pytest.mark.parametrize("count", [0, 1, 2])
def test_rows_that_keep_the_contract_have_no_breach(table, count):
    distinct = example_rows(table, count).unique(table.key)

    assert breached(distinct, table) == {}
    assert breaches(distinct.lazy(), table).collect()[ROWS].item() == distinct.height


@given(st.lists(st.integers(0, 3), max_size=8))
def test_duplicates_are_the_rows_beyond_the_distinct_keys(ids):
    rows = example_rows(VOCABULARY, len(ids)).with_columns(
        pl.Series("word_id", ids, dtype=pl.Int32)
    )
    counted = breaches(rows.lazy(), VOCABULARY).collect().row(0, named=True)

    assert counted[DUPLICATES] == len(ids) - len(set(ids))
    assert counted[ROWS] == len(ids)


@EVERY
def test_a_null_is_a_breach_exactly_where_it_is_forbidden(table):
    rows = example_rows(table, 1)
    for column in table.columns:
        holed = rows.with_columns(pl.lit(None, dtype=column.dtype).alias(column.name))
        expected = {} if column.is_nullable else {f"nulls in {column.name}": 1}
        assert breached(holed, table) == expected


@EVERY
def test_the_contracts_own_schema_does_not_differ(table):
    assert differing_columns(table.schema, table) == []


def test_missing_further_and_changed_columns_differ():
    schema = pl.Schema({**ITEMS.schema, "width": pl.Int64(), "colour": pl.String()})
    del schema["url"]

    assert differing_columns(schema, ITEMS) == ["colour", "url", "width"]
