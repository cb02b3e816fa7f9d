"""Where items are on the map."""

import polars as pl

from saetm.tables.columns import DATASET, INPUT, ITEM, RUN, int32, text
from saetm.tables.contract import Column, Table

ITEM_MAP = Table(
    "item_map",
    "item_map",
    "the place of an item in two dimensions, near to items that are like it",
    ("dataset", "item_id"),
    (
        DATASET,
        ITEM,
        text("producer", "method, and the embeddings that it shows"),
        INPUT,
        Column("x", pl.Float32(), "from left to right, -1 to 1"),
        Column("y", pl.Float32(), "from bottom to top, -1 to 1"),
        Column(
            "is_anchor",
            pl.Boolean(),
            "whether the map was drawn with it; others were placed among the anchors",
        ),
        int32(
            "drawn_items",
            "items that there were when the map was drawn; half as many again, "
            "and it is drawn anew",
        ),
        RUN,
    ),
)
