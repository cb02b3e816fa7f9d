from datetime import UTC, datetime

import polars as pl
import pytest

from saetm.tables import ACTIVATIONS, CAPTIONS, ITEMS, TABLES, WORD_VECTORS
from saetm_assets.previews import preview, schema


def rows_of(table, **columns):
    frame = pl.DataFrame(columns)
    missing = [
        pl.lit(None, dtype).alias(n) for n, dtype in table.schema.items() if n not in columns
    ]
    return frame.with_columns(missing).lazy()


def shown(table, **columns):
    return [record.data for record in preview(rows_of(table, **columns), table).records]


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_every_table_has_a_preview_and_a_schema_even_when_it_is_empty(table):
    assert preview(table.empty().lazy(), table).records == []
    assert [column.name for column in schema(table).schema.columns] == table.schema.names()


def test_a_preview_leaves_out_stamps_and_hashes_and_empty_columns():
    (record,) = shown(CAPTIONS, item_id=["0123456789abcdef"], caption=["a cat"], run_id=["r"])

    assert record == {"item_id": "0123456789a…", "caption": "a cat"}


def test_long_texts_and_lists_are_cut_and_vectors_shown_by_size():
    (words,) = shown(ACTIVATIONS, features=[list(range(9))], activations=[[0.123456]])
    (vector,) = shown(WORD_VECTORS, word=["w" * 100], vector=[b"12345678"])

    assert words == {"features": "0, 1, 2, 3 … (9)", "activations": "0.123"}
    assert vector == {"word": "w" * 71 + "…", "vector": "8 bytes"}


def test_an_instant_is_shown_to_the_minute_and_markup_as_it_is():
    at = datetime(2026, 11, 21, 3, 4, 5, tzinfo=UTC)
    (record,) = shown(ITEMS, text=["<img src=x>|`$x$`"], timestamp=[at])

    assert record == {"text": "<img src=x>|`$x$`", "timestamp": "2026-11-21 03:04"}


def test_a_preview_has_five_rows_and_seven_columns_at_most():
    columns = {name: [str(number) for number in range(6)] for name in ITEMS.schema}
    records = shown(ITEMS, **{**columns, "embedding": [b"1234"] * 6})

    assert len(records) == 5
    assert len(records[0]) == 7
