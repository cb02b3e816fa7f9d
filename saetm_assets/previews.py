"""What the UI shows of a table: schema, origins and a few rows, short enough for the event log."""

from datetime import datetime

import dagster as dg
import polars as pl

from saetm.tables import TABLES, Table
from saetm.tables.origins import origins
from saetm.tables.owners import tables_of
from saetm_assets.sketches import number

ROWS, COLUMNS = 5, 7
CELL_CHARACTERS, ID_CHARACTERS, LIST_ELEMENTS = 72, 12, 4
STAMPS = {"dataset", "producer", "run_id", "created_at"}  # the same in every row, or nearly


def schema(table: Table) -> dg.MetadataValue:
    """Return the table's contract as Dagster's column schema."""
    columns = [
        dg.TableColumn(
            name=column.name,
            type=str(column.dtype),
            description=column.meaning,
            constraints=dg.TableColumnConstraints(
                nullable=column.is_nullable, unique=table.key == (column.name,)
            ),
        )
        for column in table.columns
    ]
    return dg.MetadataValue.table_schema(dg.TableSchema(columns=columns))


def column_lineage(table: Table) -> dg.MetadataValue:
    """Return what the columns come from, as far as Dagster can say it: one table per asset.

    The open-source UI stores it and does not draw it.
    """
    assets = {tables_of(each.asset)[0].name: each.asset for each in TABLES.values()}
    deps = {
        column: [
            dg.TableColumnDep(dg.AssetKey(assets[origin.table]), origin.column)
            for origin in found
            if origin.table in assets
        ]
        for column, found in origins(table).items()
    }
    return dg.MetadataValue.column_lineage(dg.TableColumnLineage(deps))


def preview(rows: pl.LazyFrame, table: Table) -> dg.MetadataValue:
    """Return the first rows as a table of short cells, without stamps, hashes and empty columns.

    Vectors are shown by their size alone; the whole contract is the column schema beside it.
    """
    telling = [name for name in table.schema if name not in STAMPS and not name.endswith("_hash")]
    frame = rows.head(ROWS).select(_cell(name, table.schema[name]) for name in telling).collect()
    filled = [name for name in telling if frame[name].null_count() < frame.height]
    shown = (filled or telling)[:COLUMNS]
    records = [
        dg.TableRecord({name: _written(name, value) for name, value in row.items()})
        for row in frame.select(shown).iter_rows(named=True)
    ]
    columns = [dg.TableColumn(name, "string") for name in shown]
    return dg.MetadataValue.table(records, schema=dg.TableSchema(columns=columns))


def _cell(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    return pl.format("{} bytes", column.bin.size()).alias(name) if dtype == pl.Binary else column


def _written(name: str, value: object) -> str:
    if isinstance(value, list):
        first = ", ".join(_one(element) for element in value[:LIST_ELEMENTS])
        return first if len(value) <= LIST_ELEMENTS else f"{first} … ({len(value):,})"
    return _short(_one(value), ID_CHARACTERS if name == "item_id" else CELL_CHARACTERS)


def _one(value: object) -> str:
    if isinstance(value, float):
        return number(value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return "" if value is None else _short(str(value), CELL_CHARACTERS)


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
