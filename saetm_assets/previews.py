"""What the UI shows of a table: its schema and a few rows, short enough for the event log."""

import dagster as dg
import polars as pl

from saetm.tables import Table

ROWS = 5
CELL_CHARACTERS = 120


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


def preview(rows: pl.LazyFrame, table: Table) -> dg.MetadataValue:
    """Return the first rows as a table; vectors are shown by their size alone."""
    shown = rows.head(ROWS).select(_cell(name, dtype) for name, dtype in table.schema.items())
    records = [
        dg.TableRecord({name: _short(value) for name, value in row.items()})
        for row in shown.collect().iter_rows(named=True)
    ]
    columns = [dg.TableColumn(name, "string") for name in table.schema]
    return dg.MetadataValue.table(records, schema=dg.TableSchema(columns=columns))


def _cell(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if dtype == pl.Binary:
        return pl.format("{} bytes", column.bin.size()).alias(name)
    return column


def _short(value: object) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= CELL_CHARACTERS else text[: CELL_CHARACTERS - 1] + "…"
