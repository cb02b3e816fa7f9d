"""Questions that tell whether a table keeps its contract."""

import polars as pl

from saetm.tables import Table

ROWS, DUPLICATES = "rows", "duplicate keys"


def breaches(frame: pl.LazyFrame, table: Table) -> pl.LazyFrame:
    """Count what breaks a contract, in one row.

    Args:
        frame: rows of the table.
        table: its contract.

    Returns:
        One row: `rows`, `duplicate keys`, and `nulls in <column>` for each column that may
        not be null. Everything but `rows` is zero where the contract holds.

    Example:
        >>> from saetm.tables import VOCABULARY
        >>> breaches(VOCABULARY.empty().lazy(), VOCABULARY).collect()["duplicate keys"].item()
        0
    """
    required = [column.name for column in table.columns if not column.is_nullable]
    key = pl.struct(table.key)
    return frame.select(
        pl.len().alias(ROWS),
        (pl.len() - key.n_unique()).alias(DUPLICATES),
        *(pl.col(name).null_count().alias(f"nulls in {name}") for name in required),
    )


def differing_columns(schema: pl.Schema, table: Table) -> list[str]:
    """Return the columns whose name or type is not the contract's."""
    expected = dict(table.schema)
    found = dict(schema)
    return sorted(name for name in {*expected, *found} if found.get(name) != expected.get(name))
