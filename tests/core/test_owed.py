from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saetm.options import build_options
from saetm.owed import Stage, input_version, owed

ITEMS = Stage("items", "1", ("modality",), ())
BAGS = Stage("bags", "1", (), ("items",))
VECTORS = Stage("vectors", "1", ("encoder",), ("items",))
TOPICS = Stage("topics", "1", ("topics.seed", "topic_counts"), ("bags", "vectors"))
LINE = [ITEMS, BAGS, VECTORS, TOPICS]
PLAIN = build_options({})


@dataclass(frozen=True)
class Entry:
    input_version: str
    data_version: str


def current(options=PLAIN, line=LINE):
    """Return the ledger of a dataset that owes nothing."""
    ledger = {}
    for stage in line:
        data = {name: entry.data_version for name, entry in ledger.items()}
        ledger[stage.name] = Entry(input_version(stage, options, data), f"data of {stage.name}")
    return ledger


def test_nothing_is_owed_by_a_dataset_that_is_current():
    assert owed(LINE, PLAIN, current()) == {}


def test_all_of_a_line_that_was_never_run_is_owed_at_once():
    assert list(owed(LINE, PLAIN, {})) == ["items", "bags", "vectors", "topics"]


def test_what_never_ran_comes_along_and_what_ran_before_follows_by_itself():
    ledger = {**current(), "items": Entry("stale", "data of items")}
    del ledger["topics"]

    assert list(owed(LINE, PLAIN, ledger)) == ["items", "topics"]


@pytest.mark.parametrize(
    ("tree", "stages"),
    [
        ({"encoder": "minilm"}, ["vectors"]),
        ({"topics": {"seed": 3}}, ["topics"]),
        ({"topics": {"evenness": 0.1}}, []),
        ({"encoder": "minilm", "modality": "text"}, ["items"]),
        ({"modality": "text", "topics": {"seed": 3}}, ["items"]),
        ({"chat": "openai:x"}, []),
    ],
)
def test_a_changed_option_owes_the_uppermost_stages_that_read_it(tree, stages):
    assert list(owed(LINE, build_options(tree), current())) == stages


def test_changed_data_owe_what_reads_them():
    ledger = {**current(), "bags": Entry(current()["bags"].input_version, "other")}

    assert list(owed(LINE, PLAIN, ledger)) == ["topics"]


def test_a_stage_that_was_begun_and_not_finished_is_owed():
    ledger = {**current(), "bags": Entry("", current()["bags"].data_version)}

    assert list(owed(LINE, PLAIN, ledger)) == ["bags"]


def test_a_stage_without_all_of_its_upstream_has_no_input_version():
    assert input_version(TOPICS, PLAIN, {"bags": "1"}) is None


@given(st.sets(st.sampled_from([stage.name for stage in LINE])))
def test_running_what_is_owed_until_nothing_is_visits_each_stage_at_most_once(broken):
    ledger = {
        name: Entry("stale", entry.data_version) if name in broken else entry
        for name, entry in current().items()
    }
    ran = []
    while now := owed(LINE, PLAIN, ledger):
        ran.extend(now)
        for name, version in now.items():
            ledger[name] = Entry(version, f"data of {name}")  # computed to the same content

    assert sorted(ran) == sorted(broken)
