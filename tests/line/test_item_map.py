"""The map of a dataset as it grows."""

import polars as pl
import pytest

from tests.line.themed import FEW, themed_rows, write_rows

NAME = "mapped"
STAGES = ("items", "captions", "embeddings", "item_map")


@pytest.mark.slow
def test_few_new_items_are_placed_and_many_draw_the_map_anew(home, tmp_path):
    def run(name=None, numbers=()):
        if name:
            write_rows(tmp_path / NAME, name, themed_rows(numbers))
        written = home.run(NAME, *STAGES).written["item_map"]
        return written, home.table("item_map", NAME).sort("item_id")

    write_rows(tmp_path / NAME, "a.jsonl", themed_rows(range(60)))
    home.add(NAME, tmp_path / NAME, *FEW)
    _, first = run()
    assert first["is_anchor"].all()
    assert first["drawn_items"].unique().to_list() == [60]

    assert run()[0] == 0

    written, few = run("b.jsonl", range(60, 66))
    assert written == 6
    assert few.filter(pl.col("is_anchor")).equals(first)

    _, many = run("c.jsonl", range(66, 90))
    assert many["is_anchor"].all()
    assert many["drawn_items"].unique().to_list() == [90]
