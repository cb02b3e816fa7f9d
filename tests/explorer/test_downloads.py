import io
import json

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from saetm_assets.explorer.downloads import to_csv, to_json, to_parquet
from tests.strategies import TEXTS

FORMULAS = ("=", "+", "-", "@", "\t", "\r")


@given(st.lists(TEXTS | st.sampled_from(["=1+1", "-2", "@x", "+y", "\tz"]), min_size=1))
def test_no_cell_of_a_csv_is_taken_for_a_formula(texts):
    read = pl.read_csv(io.BytesIO(to_csv(pl.DataFrame({"text": texts}))), infer_schema=False)
    cells = read["text"].fill_null("").to_list()
    assert not any(cell.startswith(FORMULAS) for cell in cells)
    assert [cell.removeprefix("'") for cell in cells] == [text.removeprefix("'") for text in texts]


def test_lists_of_a_csv_are_words():
    frame = pl.DataFrame({"words": [["a", "b"], []], "features": [[1, 2], [3]]})
    assert to_csv(frame).decode() == 'words,features\na b,1 2\n"",3\n'


def test_parquet_and_json_hold_what_the_frame_holds():
    frame = pl.DataFrame({"topic": ["t1", "t2"], "share": [0.5, 0.25], "words": [["x"], ["y"]]})
    assert pl.read_parquet(io.BytesIO(to_parquet(frame))).equals(frame)
    assert json.loads(to_json(frame)) == frame.to_dicts()
