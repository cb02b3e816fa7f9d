"""Incremental row work: what is owed, what is stale, and the version of what is there.

Row work compares two frames by `item_id` and `input_hash`. What is wanted and not present is
owed; what is present and not wanted is stale. Running twice is running once.
"""

import hashlib
from collections.abc import Iterable, Iterator

import polars as pl

IDENTITY = ("item_id", "input_hash")


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


def stale(wanted: pl.LazyFrame, present: pl.LazyFrame, *, producer: str) -> pl.LazyFrame:
    """Return item_id and producer of rows to delete from a row table.

    A row leaves when its item has left, whoever produced it, or when the producer in service
    would compute it from something else today. Rows of other producers stay: they are data.

    Args:
        wanted: frame with item_id and input_hash, as the producer in service wants them.
        present: frame with item_id, producer and input_hash, of all producers.
        producer: the producer in service.
    """
    left = present.join(wanted.select("item_id"), on="item_id", how="anti")
    changed = (
        present.filter(pl.col("producer") == producer)
        .join(wanted.select("item_id"), on="item_id", how="semi")
        .join(wanted.select(IDENTITY), on=IDENTITY, how="anti")
    )
    return pl.concat([frame.select("item_id", "producer") for frame in (left, changed)]).unique()


def content_version(frame: pl.DataFrame) -> str:
    """Hash a frame by its content; the order of rows does not matter, that of columns does.

    Example:
        >>> frame = pl.DataFrame({"a": [1, 2], "b": ["x", None]})
        >>> content_version(frame) == content_version(frame.reverse())
        True
    """
    rows = sorted(_row_digests(frame))
    return digest([*frame.columns, *rows])


def digest(parts: Iterable[str]) -> str:
    """Hash strings, in order and unambiguously, to 32 hex digits (blake2b, 128 bits)."""
    state = hashlib.blake2b(digest_size=16)
    for part in parts:
        raw = part.encode()
        state.update(len(raw).to_bytes(8, "little"))
        state.update(raw)
    return state.hexdigest()


def _row_digests(frame: pl.DataFrame) -> Iterator[str]:
    for row in frame.iter_rows():
        yield hashlib.blake2b(repr(row).encode(), digest_size=16).hexdigest()
