"""Who made what, why it differs, and which item is meant, on small tables written by hand."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from saetm.errors import InputError
from saetm.queries.causes import (
    CODE,
    DATA,
    OPTION,
    PRODUCER,
    ROWS,
    Difference,
    differences,
    unrecorded,
)
from saetm.queries.change import Change, Moved, Side, Told
from saetm.queries.explanation import find_item
from saetm.queries.made_by import way
from saetm.queries.reason import why
from saetm.queries.trail import trailed
from saetm.tables import CAPTIONS, ITEMS, MATERIALISATIONS
from tests.strategies import example_rows

NOON = datetime(2026, 5, 6, 12, tzinfo=UTC)


class Rows:
    """A source of frames in memory."""

    def __init__(self, frames):
        self.frames = {table.name: frame for table, frame in frames.items()}

    def scan(self, table, dataset=None):
        frame = self.frames.get(table.name, table.empty()).lazy()
        return frame if dataset is None else frame.filter(pl.col("dataset") == dataset)


def entry(hour, asset, run, **values):
    row = {
        "dataset": "d",
        "asset": asset,
        "input_version": "in",
        "data_version": "v",
        "producer": "",
        "row_count": 3,
        "rows_written": 0,
        "seconds": 1.0,
        "run_id": run,
        "created_at": NOON + timedelta(hours=hour),
        "code_version": "1",
        "options": "{}",
        "upstream": "{}",
        "table_versions": "{}",
    }
    return row | values


def steps_of(*entries):
    ledger = pl.DataFrame(list(entries), schema=MATERIALISATIONS.schema)
    return way(Rows({MATERIALISATIONS: ledger}), "d")


def test_rows_are_made_by_the_run_that_wrote_them_and_confirmed_by_the_last():
    (step,) = steps_of(
        entry(0, "topics", "r1", rows_written=9, seconds=5.0),
        entry(2, "topics", "r3"),
        entry(1, "topics", "r2", rows_written=4, seconds=7.0),
    )

    assert (step.made_by, step.confirmed_by) == ("r2", "r3")
    assert (step.rows_written, step.seconds) == (4, 7.0)
    assert step.made_at == NOON + timedelta(hours=1)
    assert step.is_finished


def test_an_asset_that_never_wrote_a_row_is_made_by_the_run_that_found_so_last():
    (step,) = steps_of(entry(0, "topics", "r1"), entry(1, "topics", "r2"))

    assert step.made_by == step.confirmed_by == "r2"


def test_a_run_amid_an_asset_is_told_beside_what_was_finished_before():
    (step,) = steps_of(
        entry(0, "topics", "r1", rows_written=9),
        entry(1, "topics", "r2", input_version="", rows_written=5, table_versions=None),
    )

    assert (step.made_by, step.confirmed_by, step.is_finished) == ("r1", "r1", False)


def test_an_asset_that_was_taken_back_is_no_step():
    gone = entry(1, "scores", "back", input_version="", data_version="")

    assert steps_of(entry(0, "topics", "r1"), {**gone, "asset": "topics"}) == ()


def test_what_an_old_ledger_does_not_record_is_none_and_no_difference():
    names = ("code_version", "options", "upstream", "table_versions")
    old = steps_of(entry(0, "topics", "r1", **dict.fromkeys(names)))
    new = steps_of(entry(1, "topics", "r2", code_version="2", options='{"topic_count": 3}'))

    assert [getattr(old[0], name) for name in names] == [None] * 4
    assert differences(old, new) == ()
    assert unrecorded(old, new) == ("topics",)


def two(**values):
    """Return the steps of a small line; `values` lays entries over it by asset."""
    line = {"items": (), "captions": ("items",), "bags": ("captions",), "topics": ("bags",)}
    rows = [
        entry(hour, asset, "r", upstream=json.dumps(dict.fromkeys(above, "v")))
        | values.get(asset, {})
        for hour, (asset, above) in enumerate(line.items())
    ]
    return steps_of(*rows)


def told(then, now):
    return {(each.asset, each.what, each.name): each.is_cause for each in differences(then, now)}


def test_options_are_compared_key_by_key():
    then = two(topics={"options": '{"topics": {"seed": 0, "evenness": 1.0}, "topic_count": 3}'})
    now = two(topics={"options": '{"topics": {"seed": 1, "evenness": 1.0}}'})

    (seed,) = [each for each in differences(then, now) if each.name == "topics.seed"]
    assert (seed.then, seed.now, seed.is_cause) == ("0", "1", True)
    assert told(then, now) == {
        ("topics", OPTION, "topic_count"): True,
        ("topics", OPTION, "topics.seed"): True,
    }


def test_a_producer_that_names_a_new_one_upstream_is_a_consequence():
    now = two(captions={"producer": "openai"}, bags={"producer": "lemmas of openai"})

    assert told(two(), now) == {
        ("captions", PRODUCER, ""): True,
        ("bags", PRODUCER, ""): False,
    }
    assert told(two(), two(bags={"producer": "other lemmas"})) == {("bags", PRODUCER, ""): True}


def test_rows_and_data_versions_are_consequences_and_code_is_a_cause():
    now = two(items={"data_version": "w", "row_count": 4}, topics={"code_version": "2"})

    assert told(two(), now) == {
        ("items", ROWS, ""): False,
        ("items", DATA, ""): False,
        ("topics", CODE, ""): True,
    }


def items(*pairs):
    ids, paths = zip(*pairs, strict=True)
    frame = example_rows(ITEMS, len(pairs), dataset="d")
    return frame.with_columns(item_id=pl.Series(ids), path=pl.Series(paths))


def test_an_item_is_found_by_path_id_or_the_beginning_of_its_id():
    known = items(("aaaaaabb", "x.txt"), ("aaaaaacc", "aaaaaab"), ("bbbbbb11", "deep/y.jpg"))
    source = Rows({ITEMS: known})

    assert find_item(source, "d", "x.txt") == "aaaaaabb"
    assert find_item(source, "d", "bbbbbb") == find_item(source, "d", "deep/y.jpg") == "bbbbbb11"
    assert find_item(source, "d", "aaaaaab") == "aaaaaacc"  # a path before the start of an id
    assert find_item(source, "d", "aaaaaabb") == "aaaaaabb"
    with pytest.raises(InputError, match="2 items of 'd' have ids that begin with 'aaaaaa'"):
        find_item(source, "d", "aaaaaa")
    for nothing in ("bbbbb", "", "%", "x.tx", ".*.*.*.*"):
        with pytest.raises(InputError, match="has no item"):
            find_item(source, "d", nothing)


@pytest.mark.parametrize(
    ("producer", "prompt"),
    [
        ("given", None),
        ("openai:m@1, t=0, prompt factual@0123456789ab", "factual@0123456789ab"),
        ("openai:prompt-model, prompt dense@ba9876543210", "dense@ba9876543210"),
    ],
)
def test_a_caption_tells_the_prompt_that_its_model_was_given(producer, prompt):
    caption = example_rows(CAPTIONS, 1, dataset="d").with_columns(
        item_id=pl.lit("a"), producer=pl.lit(producer)
    )
    source = Rows({ITEMS: items(("a", "a.jpg")), CAPTIONS: caption})

    (item,) = trailed(source, "d", ["a", "gone"], {"captions": producer})
    assert item.caption.prompt == prompt
    assert item.embedding is None
    (bare,) = trailed(source, "d", ["a"], {"captions": "another"})
    assert bare.caption is None
    assert set(bare.runs) == {"items"}


NOTHING = Moved(0, 0, (), ())
SIDE = Side("Boats", 0.1, 5, ("boat",), (1,), ("a",), "sae")
BLANK = Change(
    dataset="d",
    topic_id="t1",
    then=SIDE,
    now=SIDE,
    words=NOTHING,
    features=NOTHING,
    best_items=NOTHING,
    files=NOTHING,
    recaptioned=0,
    differences=(),
    unrecorded=(),
    is_retrained=False,
    history=(),
)
ANEW = Difference("topics", DATA, "", "v", "w", is_cause=False)
ENDED = Told(NOON, 3, "merged", "t1", ("t2", "t3"), "r")


@pytest.mark.parametrize(
    ("changed", "happened", "reason"),
    [
        ({}, "is what it was", "; nothing that it is made from has changed"),
        ({"unrecorded": ("x",)}, "is what it was", "; nothing that it is made from has changed"),
        ({"differences": (ANEW,)}, "is what it was", "; what it is made from was computed anew"),
        (
            {"differences": (ANEW,), "unrecorded": ("topics",)},
            "is what it was",
            ", because code and options of topics were not recorded at both moments",
        ),
        (
            {"now": replace(SIDE, label="Ships", weight=0.12), "recaptioned": 1},
            "called Ships instead of Boats, its share went from 10.0% to 12.0%",
            ", because 1 item got another caption",
        ),
        (
            {"is_retrained": True, "features": None, "words": Moved(1, 2, ("a",), ("b", "c"))},
            "1 top word came, 2 top words went",
            ", because the autoencoder is another one, so its features are as well",
        ),
        (
            {"now": None, "history": (ENDED,), "files": Moved(1200, 1, (), ())},
            "is there no more: it went into t2",
            ", because 1,200 items came to the dataset and 1 item left the dataset",
        ),
        (
            {"then": None, "differences": (replace(ANEW, what=CODE, is_cause=True),)},
            "was not there then",
            ", because the code of topics went from v to w",
        ),
    ],
)
def test_a_change_is_told_in_one_plain_sentence(changed, happened, reason):
    told = why(replace(BLANK, **changed))

    assert told.replace("t1: ", "t1 ") == f"t1 {happened}{reason}"
