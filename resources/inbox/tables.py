"""Read tables row by row, so that one bad row costs that row and not the table.

JSON lines and CSV are read with the standard library for that reason: Polars reads such a
file whole or not at all. Parquet, which has no malformed rows, is read with Polars.
"""

import csv
import gzip
import io
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path

import polars as pl

from resources.inbox.reading import MAX_TEXT_CHARACTERS, encoding_of
from saetm.errors import InputError

PEEKED_ROWS = 100  # rows whose columns stand for the table's
_PARQUET_ROWS = 16_384  # rows held at a time


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table."""

    number: int  # from one; in JSON lines the line, else the record without the header
    values: dict[str, object]


@dataclass(frozen=True, slots=True)
class Flaw:
    """One row that cannot be read."""

    number: int
    reason: str


Rows = Iterator[Row | Flaw]


def read_rows(path: Path) -> Rows:
    """Yield the rows of a `.jsonl`, `.jsonl.gz`, `.csv` or `.parquet` table in order.

    Raises:
        InputError: the table itself is damaged; rows before the damage have been yielded.
    """
    name = path.name.lower()
    if name.endswith(".parquet"):
        return _parquet_rows(path)
    return _text_rows(path, _csv_rows if name.endswith(".csv") else _json_rows)


def read_columns(path: Path) -> set[str]:
    """Name the columns that occur in the first rows; none if there is no row."""
    columns: set[str] = set()
    for row in islice(read_rows(path), PEEKED_ROWS):
        if isinstance(row, Row):
            columns.update(row.values)
    return columns


def _text_rows(path: Path, parse: Callable[[io.TextIOWrapper], Rows]) -> Rows:
    """Open a table of lines; bytes that are no text stay visible as lone surrogates."""
    opened = gzip.open if path.name.lower().endswith(".gz") else open
    try:
        with opened(path, "rb") as start:
            encoding = encoding_of(start.read(2))
        with (
            opened(path, "rb") as raw,
            io.TextIOWrapper(raw, encoding, errors="surrogateescape", newline="") as lines,
        ):
            yield from parse(lines)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InputError("is damaged gzip or ends early; what follows is lost") from error
    except csv.Error as error:
        raise InputError(f"has a header that is not valid CSV: {error}") from error
    except UnicodeDecodeError as error:
        raise InputError("is not UTF-16 as its mark says; what follows is lost") from error


def _json_rows(lines: io.TextIOWrapper) -> Rows:
    number = 0
    while line := lines.readline(2 * MAX_TEXT_CHARACTERS):
        number += 1
        if not line.strip():
            continue
        try:
            values = json.loads(line)
        except (ValueError, RecursionError):
            yield Flaw(number, "is not valid JSON")
            continue
        if isinstance(values, dict):
            yield Row(number, values)
        else:
            yield Flaw(number, "is not a JSON object")


def _csv_rows(lines: io.TextIOWrapper) -> Rows:
    csv.field_size_limit(MAX_TEXT_CHARACTERS)  # the default refuses texts of 128 KiB
    records = csv.reader(lines, strict=True)
    header = [name.strip() for name in next(records, [])]
    for number in count(1):
        before = records.line_num
        try:
            record = next(records)
        except StopIteration:
            return
        except csv.Error as error:
            span = f"lines {before + 1} to {records.line_num}"
            yield Flaw(number, f"is not valid CSV ({error}), so {span} are left out")
            continue
        if record:
            yield _record(number, header, record)


def _record(number: int, header: list[str], record: list[str]) -> Row | Flaw:
    if len(record) != len(header):
        return Flaw(number, f"has {len(record)} fields where the header has {len(header)}")
    return Row(number, dict(zip(header, record, strict=True)))


def _parquet_rows(path: Path) -> Rows:
    """Lists of numbers arrive as Polars series, one per row, and are never boxed."""
    try:
        frame = pl.scan_parquet(path, glob=False, hive_partitioning=False)
        names = frame.collect_schema().names()
        for start in range(0, frame.select(pl.len()).collect().item(), _PARQUET_ROWS):
            part = frame.slice(start, _PARQUET_ROWS).collect()
            for number, values in enumerate(zip(*part, strict=True), start + 1):
                yield Row(number, dict(zip(names, values, strict=True)))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise InputError("is not valid Parquet, or is damaged") from error
