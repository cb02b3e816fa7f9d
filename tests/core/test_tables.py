import re

import polars as pl
import pytest

from saetm.errors import ContractError
from saetm.tables import TABLES, VOCABULARY
from tests.strategies import example_rows

EVERY = pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))
SNAKE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
OTHER_WORDS = {"document_id", "image_id", "sample", "latent", "neuron", "token", "data", "info"}


@EVERY
def test_a_contract_names_and_explains_everything(table):
    assert TABLES[table.name] is table
    assert SNAKE.fullmatch(table.name)
    assert table.row.strip()
    assert table.asset.strip()
    assert all(SNAKE.fullmatch(column.name) for column in table.columns)
    assert all(column.meaning.strip() for column in table.columns)
    assert not OTHER_WORDS & {column.name for column in table.columns}


@EVERY
def test_a_key_is_made_of_required_columns_and_begins_with_the_dataset(table):
    required = {column.name for column in table.columns if not column.is_nullable}

    assert table.key[0] == "dataset"
    assert len(set(table.key)) == len(table.key)
    assert set(table.key) <= required


@EVERY
def test_column_names_are_distinct(table):
    assert len(table.schema) == len(table.columns)


def test_a_column_of_the_same_name_has_the_same_type_everywhere():
    types = {
        (column.name, str(column.dtype)) for table in TABLES.values() for column in table.columns
    }
    split = {name for name, _ in types if sum(name == other for other, _ in types) > 1}

    assert split == {"words", "probabilities", "encoder", "height", "item_count"}


@EVERY
def test_casting_what_fits_changes_nothing(table):
    rows = example_rows(table, 2)

    assert table.cast(rows).equals(rows)
    assert table.cast(rows).schema == table.schema
    assert table.cast(table.empty()).equals(table.empty())


@EVERY
def test_casting_drops_further_columns_and_restores_the_order(table):
    rows = example_rows(table, 2)
    shuffled = rows.select(reversed(rows.columns)).with_columns(extra=1)

    assert table.cast(shuffled).equals(rows)


@EVERY
def test_a_missing_column_is_named(table):
    for name in table.schema:
        with pytest.raises(ContractError, match=f"table {table.name}: column '{name}' is missing"):
            table.cast(example_rows(table, 1).drop(name))


@EVERY
def test_a_column_of_another_kind_is_named(table):
    for name, dtype in table.schema.items():
        wrong = pl.lit("7") if dtype != pl.String else pl.lit(7)
        with pytest.raises(ContractError, match=f"table {table.name}: column '{name}'"):
            table.cast(example_rows(table, 1).with_columns(wrong.alias(name)))


@pytest.mark.parametrize(
    "values",
    [[2**31], [1.0], ["1"], [[1]], [{"a": 1}], [b"1"], [float("nan")]],
    ids=repr,
)
def test_what_is_no_whole_number_of_32_bits_is_refused(values):
    rows = example_rows(VOCABULARY, 1).with_columns(pl.Series("word_id", values))

    with pytest.raises(ContractError, match="column 'word_id' does not fit"):
        VOCABULARY.cast(rows)


@pytest.mark.parametrize("dtype", [pl.Int8, pl.Int64, pl.UInt32, pl.Boolean])
def test_whole_numbers_of_any_width_fit_if_their_values_do(dtype):
    values = pl.Series("word_id", [1]).cast(dtype, strict=False)
    rows = example_rows(VOCABULARY, 1).with_columns(values)

    assert VOCABULARY.cast(rows).schema == VOCABULARY.schema


def test_a_column_of_nothing_fits_every_type():
    table = TABLES["items"]
    rows = example_rows(table, 1).with_columns(pl.lit(None).alias(name) for name in table.schema)

    assert table.cast(rows).schema == table.schema


def test_lists_are_cast_by_their_elements():
    table = TABLES["topics"]
    rows = example_rows(table, 1).with_columns(features=pl.lit([1, 2], dtype=pl.List(pl.Int64)))

    assert table.cast(rows)["features"].to_list() == [[1, 2]]
    with pytest.raises(ContractError, match="column 'features' does not fit"):
        table.cast(rows.with_columns(features=pl.lit([1.5], dtype=pl.List(pl.Float64))))
    with pytest.raises(ContractError, match="column 'words' does not fit"):
        table.cast(rows.with_columns(words=pl.lit([1], dtype=pl.List(pl.Int64))))
