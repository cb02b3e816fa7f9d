"""Owed rows in portions, and the engine of this process."""

import importlib.util
import pickle

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.engine import open_engine
from resources.portions import Owed, read_portion
from saetm.errors import InputError
from saetm.rows import IDENTITY

ITEMS = st.lists(st.text("0123456789abcdef", min_size=1, max_size=3), unique=True)


def rows_of(items):
    columns = {"item_id": items, "input_hash": [f"{item}!" for item in items], "text": items}
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))


def owed_of(items, chosen, batch):
    rows = rows_of(items)
    keys = rows.select(IDENTITY).filter(pl.col("item_id").is_in(list(chosen)))
    return Owed(rows.lazy(), keys.sort("item_id"), batch)


def is_odd(item):
    return ord(item[-1]) % 2


@given(ITEMS, st.integers(1, 5))
def test_portions_together_are_the_owed_rows_in_order(items, batch):
    chosen = [item for item in items if is_odd(item)]
    portions = list(owed_of(items, chosen, batch).read())

    assert [item for rows in portions for item in rows["text"]] == sorted(chosen)
    assert all(1 <= rows.height <= batch for rows in portions)


def test_a_row_with_another_input_is_not_read():
    keys = pl.DataFrame({"item_id": ["a", "b"], "input_hash": ["a!", "before"]})

    assert read_portion(rows_of(["a", "b", "c"]).lazy(), keys)["text"].to_list() == ["a"]


def test_this_process_opens_the_work_once_and_takes_the_next_portion_when_it_is_asked_for():
    opened, seen = [], []

    def opening():
        opened.append(True)
        return lambda rows: seen.append(rows.height) or rows

    done = open_engine("local", address=None, workers=None, device="cpu").each(
        opening, owed_of(list("abcde"), "abcde", 2)
    )
    assert next(done)["text"].to_list() == ["a", "b"]
    assert seen == [2]
    assert [rows.height for rows in done] == [2, 1]
    assert opened == [True]


def test_a_cluster_is_not_asked_for_where_nothing_is_owed():
    engine = open_engine("ray", address="nowhere:1", workers=None, device="cpu")

    assert list(engine.each(None, owed_of(["a"], [], 2))) == []


def test_the_address_of_a_client_is_refused():
    with pytest.raises(InputError, match="does not run over ray://"):
        open_engine("ray", address="ray://head:10001", workers=None, device="cpu")


@pytest.mark.skipif(importlib.util.find_spec("ray") is not None, reason="Ray is installed")
def test_without_ray_one_sentence_says_what_to_install():
    engine = open_engine("ray", address=None, workers=None, device="cpu")
    with pytest.raises(InputError, match=r"install saetm\[ray\]"):
        next(engine.each(None, owed_of(["a"], ["a"], 2)))


def test_what_is_to_be_read_travels_to_another_machine(tmp_path):
    rows_of(["a", "b"]).write_parquet(tmp_path / "rows.parquet")
    owed = Owed(pl.scan_parquet(tmp_path / "rows.parquet"), rows_of(["b"]).select(IDENTITY), 1)

    assert pickle.loads(pickle.dumps(owed.wanted)).collect().height == 2
