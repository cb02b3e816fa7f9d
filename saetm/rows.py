"""Incremental row work: what is owed, what is stale, and the version of what is there.

Row work compares two frames by `item_id` and `input_hash`. What is wanted and not present is
owed; what is present and not wanted is stale. Running twice is running once.
"""

import hashlib
import math
from collections.abc import Iterable, Iterator
from itertools import chain

import numpy as np
import polars as pl

from saetm.errors import ContractError

IDENTITY = ["item_id", "input_hash"]


def pending(wanted: pl.LazyFrame, present: pl.LazyFrame) -> pl.LazyFrame:
    """Return the rows of `wanted` that are not `present`: what is owed.

    Args:
        wanted: frame with item_id and input_hash, and whatever the work needs.
        present: frame with item_id and input_hash of one producer.

    Example:
        >>> wanted = pl.LazyFrame({"item_id": ["a", "b"], "input_hash": ["1", "2"]})
        >>> pending(wanted, wanted.head(1)).collect()["item_id"].to_list()
        ['b']
    """
    return wanted.join(present.select(IDENTITY), on=IDENTITY, how="anti")


def stale(
    wanted: pl.LazyFrame, present: pl.LazyFrame, items: pl.LazyFrame, *, producer: str
) -> pl.LazyFrame:
    """Return item_id and producer of rows to delete from a row table.

    A row leaves when its item has left the dataset, whoever produced it, or when the producer in
    service would not compute it, or not from the same input. Rows of other producers stay: they
    are data.

    Args:
        wanted: frame with item_id and input_hash, as the producer in service wants them.
        present: frame with item_id, producer and input_hash, of all producers.
        items: frame with the item_id of every item of the dataset.
        producer: the producer in service.
    """
    left = present.join(items.select("item_id"), on="item_id", how="anti")
    mine = present.filter(pl.col("producer") == producer)
    changed = mine.join(wanted.select(IDENTITY), on=IDENTITY, how="anti")
    return pl.concat([frame.select("item_id", "producer") for frame in (left, changed)]).unique()


def content_version(frame: pl.DataFrame) -> str:
    """Hash a frame by its content; the order of rows does not matter, that of columns does.

    Whole numbers of different width count as the same content, and so do floats. What is hashed
    are the columns' own buffers, so that the version is the same in every process.

    Raises:
        ContractError: a column is neither text, bytes, number, truth value, instant nor a list
            of these.

    Example:
        >>> frame = pl.DataFrame({"a": [1, 2], "b": ["x", None]})
        >>> content_version(frame) == content_version(frame.reverse())
        True
    """
    kinds = [_kind(name, dtype) for name, dtype in frame.schema.items()]
    bits = frame.select(_bits(pl.col(name), dtype) for name, dtype in frame.schema.items())
    ordered = bits.sort(bits.columns) if bits.columns else bits
    header = [part.encode() for part in [*frame.columns, *kinds]]
    return _hash(chain(header, *(_buffers(column) for column in ordered)))


def digest(parts: Iterable[str]) -> str:
    """Hash strings, in order and unambiguously, to 32 hex digits (blake2b, 128 bits)."""
    return _hash(part.encode() for part in parts)


def _hash(parts: Iterable[bytes]) -> str:
    state = hashlib.blake2b(digest_size=16)
    for part in parts:
        state.update(len(part).to_bytes(8, "little"))
        state.update(part)
    return state.hexdigest()


def _kind(name: str, dtype: pl.DataType) -> str:
    if isinstance(dtype, pl.List):
        return f"list of {_kind(name, dtype.inner)}"  # type: ignore[arg-type]  # an instance, from a schema
    if dtype in {pl.String, pl.Binary}:
        return "text" if dtype == pl.String else "bytes"
    if dtype.is_float():
        return "float"
    if dtype == pl.Boolean:
        return "truth value"
    if dtype.is_temporal():
        return "instant"
    if dtype.is_integer() or dtype == pl.Null:
        return "whole"
    raise ContractError(f"column {name!r} of type {dtype} has no content version")


def _bits(column: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Make every value exactly comparable: floats by their bits, with one NaN for all of them."""
    if isinstance(dtype, pl.List):
        return column.list.eval(_bits(pl.element(), dtype.inner))  # type: ignore[arg-type]  # an instance
    if dtype in {pl.String, pl.Binary}:
        return column
    if dtype.is_float():
        return column.cast(pl.Float64).fill_nan(math.nan).reinterpret(dtype=pl.Int64)
    return column.to_physical().cast(pl.Int64)


def _buffers(column: pl.Series) -> Iterator[bytes]:
    yield np.packbits(column.is_null().to_numpy()).tobytes()
    present = column.drop_nulls()
    if isinstance(present.dtype, pl.List):
        yield _little_endian(present.list.len())
        yield from _buffers(present.explode(empty_as_null=False))
    elif present.dtype == pl.String:
        yield _little_endian(present.str.len_bytes())
        yield "".join(present).encode()
    elif present.dtype == pl.Binary:
        yield _little_endian(present.bin.size())
        yield b"".join(present)
    else:
        yield _little_endian(present)


def _little_endian(numbers: pl.Series) -> bytes:
    return numbers.to_numpy().astype("<i8").tobytes()
