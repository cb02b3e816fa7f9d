"""Columns by kind, and the ones that many tables share."""

import polars as pl

from saetm.tables.contract import INSTANT, Column


def text(name: str, meaning: str, *, nullable: bool = False) -> Column:
    """A column of text."""
    return Column(name, pl.String(), meaning, is_nullable=nullable)


def int32(name: str, meaning: str, *, nullable: bool = False) -> Column:
    """A column of whole numbers up to two thousand million."""
    return Column(name, pl.Int32(), meaning, is_nullable=nullable)


def int64(name: str, meaning: str) -> Column:
    """A column of whole numbers."""
    return Column(name, pl.Int64(), meaning)


def float64(name: str, meaning: str, *, nullable: bool = False) -> Column:
    """A column of numbers."""
    return Column(name, pl.Float64(), meaning, is_nullable=nullable)


def blob(name: str, meaning: str, *, nullable: bool = False) -> Column:
    """A column of bytes."""
    return Column(name, pl.Binary(), meaning, is_nullable=nullable)


def listed(name: str, inner: pl.DataType, meaning: str, *, nullable: bool = False) -> Column:
    """A column of lists."""
    return Column(name, pl.List(inner), meaning, is_nullable=nullable)


DATASET = text("dataset", "name of the dataset; the partition key")
RUN = text("run_id", "Dagster run that wrote the row")
CREATED = Column("created_at", INSTANT, "when the row was written")
ITEM = text("item_id", "hash of the item's content (blake2b, 128 bits, hex)")
INPUT = text("input_hash", "what the row was computed from; when it changes, the row is owed anew")
TOPIC = text(
    "topic_id",
    "topic of the tree, t and 10 hex digits; kept through refits while it is the same topic",
)
