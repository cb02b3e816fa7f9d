"""A contract: columns, types, key, and what one row is."""

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from saetm.errors import ContractError

INSTANT = pl.Datetime("us", "UTC")


@dataclass(frozen=True)
class Column:
    """One column of a table."""

    name: str
    dtype: pl.DataType
    meaning: str
    is_nullable: bool = False


@dataclass(frozen=True)
class Table:
    """One Delta table; partitioned by `dataset` unless it says otherwise."""

    name: str
    asset: str  # the asset that writes it
    row: str  # what one row is
    key: tuple[str, ...]  # columns that identify a row
    columns: tuple[Column, ...]
    is_partitioned: bool = True

    @cached_property
    def schema(self) -> pl.Schema:
        """Column names and Polars types, in the stored order."""
        return pl.Schema({column.name: column.dtype for column in self.columns})

    def cast(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Select and cast exactly the contract's columns, in their order.

        A cast widens or narrows; it never turns text into numbers, or cuts a fraction off.

        Raises:
            ContractError: a column is missing, or its values do not fit the contract's type.
        """
        missing = [name for name in self.schema.names() if name not in frame.columns]
        if missing:
            raise ContractError(f"table {self.name}: column {missing[0]!r} is missing")
        return pl.DataFrame([self._fit(frame[name], name) for name in self.schema.names()])

    def _fit(self, values: pl.Series, name: str) -> pl.Series:
        expected, misfit = self.schema[name], f"table {self.name}: column {name!r} does not fit"
        if not _is_castable(values.dtype, expected):
            raise ContractError(f"{misfit}, {values.dtype} instead of {expected}")
        try:
            return values.cast(expected, strict=True)
        except pl.exceptions.PolarsError as error:
            raise ContractError(f"{misfit}, some {values.dtype} are no {expected}") from error

    def empty(self) -> pl.DataFrame:
        """A frame without rows in the contract's schema."""
        return self.schema.to_frame()


def _is_castable(found: pl.DataType, expected: pl.DataType) -> bool:
    if isinstance(found, (pl.List, pl.Array)) and isinstance(expected, pl.List):
        return _is_castable(_inner(found), _inner(expected))
    if found.is_nested() or expected.is_nested():
        return found == pl.Null
    if expected.is_integer():
        return found.is_integer() or found in {pl.Boolean, pl.Null}
    if expected.is_float():
        return found.is_numeric() or found == pl.Null
    if expected.is_temporal():
        return found.is_temporal() or found == pl.Null
    return found in {expected, pl.Null}


def _inner(dtype: pl.List | pl.Array) -> pl.DataType:
    return dtype.inner  # type: ignore[return-value]  # of a series' type it is an instance
