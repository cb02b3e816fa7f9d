"""Predicates for Delta: SQL over columns of text and whole numbers, with every text quoted."""

from collections.abc import Iterator, Mapping

import polars as pl

from saetm.errors import ContractError


def literal(value: str | int) -> str:
    """Write a value for a Delta predicate; a string is quoted.

    Example:
        >>> literal("it's")
        "'it''s'"
    """
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"


def equalities(values: Mapping[str, str | int]) -> str:
    """Say that each of some columns has its value.

    Example:
        >>> print(equalities({"dataset": "sea", "model": "lda"}))
        "dataset" = 'sea' AND "model" = 'lda'
    """
    return " AND ".join(f'"{column}" = {literal(value)}' for column, value in values.items())


def any_of(dataset: str, keys: pl.DataFrame) -> str:
    """Say that a row is the dataset's and that its columns equal a row of `keys`.

    Raises:
        ContractError: the keys have no column, or one that is neither text nor whole numbers, or
            holds nulls.
    """
    if not keys.columns or not all(map(_can_be_key, keys.schema.dtypes())):
        raise ContractError(
            f"keys to delete are columns of text or whole numbers, not {dict(keys.schema)}"
        )
    if any(keys[name].has_nulls() for name in keys.columns):
        raise ContractError(f"keys to delete hold nulls: {keys.columns}")
    return f"{equalities({'dataset': dataset})} AND ({' OR '.join(_groups(keys))})"


def _can_be_key(dtype: pl.DataType) -> bool:
    return dtype == pl.String or dtype.is_integer()


def _groups(keys: pl.DataFrame) -> Iterator[str]:
    """Gather the keys that differ in the first column alone: one clause with a list is fast."""
    head, *others = keys.columns
    groups = keys.group_by(others).agg(head) if others else keys.select(pl.col(head).implode())
    for group in groups.iter_rows(named=True):
        members = ", ".join(literal(value) for value in group.pop(head))
        clause = f'"{head}" IN ({members})'
        yield f"({clause} AND {equalities(group)})" if group else clause
