"""Frames as files."""

import io
from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

FORMULA = r"^[=+\-@\t\r]"  # what a spreadsheet would take for a formula


@dataclass(frozen=True)
class Download:
    """A format that a view can be downloaded in."""

    media_type: str
    write: Callable[[pl.DataFrame], bytes]


def to_csv(frame: pl.DataFrame) -> bytes:
    """Write CSV; lists are joined by spaces, and no text begins like a formula."""
    flat = frame.with_columns(
        [
            pl.col(name).cast(pl.List(pl.String)).list.join(" ")
            for name, dtype in frame.schema.items()
            if isinstance(dtype, pl.List)
        ]
    )
    texts = pl.col(pl.String)
    safe = pl.when(texts.str.contains(FORMULA)).then("'" + texts).otherwise(texts)
    return flat.with_columns(safe.name.keep()).write_csv().encode()


def to_parquet(frame: pl.DataFrame) -> bytes:
    """Write Parquet."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()


def to_json(frame: pl.DataFrame) -> bytes:
    """Write a JSON list of rows."""
    return frame.write_json().encode()


DOWNLOADS = {
    "csv": Download("text/csv; charset=utf-8", to_csv),
    "parquet": Download("application/vnd.apache.parquet", to_parquet),
    "json": Download("application/json", to_json),
}
