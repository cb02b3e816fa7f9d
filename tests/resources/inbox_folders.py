"""Datasets made on the spot, and one call that scans them whole."""

import io
import os
import tempfile
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from PIL import Image

from resources.inbox import Inbox
from resources.inbox.batches import ITEM_SCHEMA, KNOWN_SCHEMA, PRESENT_SCHEMA, REJECT_SCHEMA

NOBODY = 65_534
NOTHING_KNOWN = KNOWN_SCHEMA.to_frame()


@dataclass(frozen=True)
class Scan:
    items: pl.DataFrame
    rejects: pl.DataFrame
    present: pl.DataFrame

    @property
    def known(self):
        return self.items.select(list(KNOWN_SCHEMA))

    def reasons(self, path):
        return self.rejects.filter(path=path)["reason"].to_list()

    def item(self, path):
        return self.items.row(by_predicate=pl.col("path") == path, named=True)


def scan(folder, modality="image", known=NOTHING_KNOWN, **options):
    return collect(Inbox(str(folder)).scan(str(folder), modality, known, **options))


def follow(table, found):
    """Do what the items stage does: write over, then drop what is gone."""
    fresh = pl.concat([table.join(found.items, on="item_id", how="anti"), found.items])
    return fresh.join(found.present, on="item_id", how="semi").sort("path")


def known_of(table):
    return table.select(NOTHING_KNOWN.columns)


def collect(batches):
    frames = list(batches)
    return Scan(
        pl.concat([ITEM_SCHEMA.to_frame(), *(batch.items for batch in frames)]),
        pl.concat([REJECT_SCHEMA.to_frame(), *(batch.rejects for batch in frames)]),
        pl.concat([PRESENT_SCHEMA.to_frame(), *(batch.present for batch in frames)]),
    )


def image_bytes(seed=0, kind="JPEG", size=(32, 24)):
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind)
    return buffer.getvalue()


def put(folder: Path, files: Mapping[str, bytes | str]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


@contextmanager
def folder_for_all():
    """Make a folder that other users may enter, unlike pytest's."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@contextmanager
def bound_by_permissions():
    """Give up the privileges of root, which may read everything."""
    if os.geteuid():
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
