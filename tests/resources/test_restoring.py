"""Going back: what every table of a dataset held at the end of a run, told by the ledger."""

from datetime import timedelta

import pytest

from resources.history import commits
from resources.lake import Lake
from resources.registry import Registration, Registry
from resources.restoring import changed_since, restore
from resources.retirement import clear
from resources.timeline import find_moment, moments
from resources.view import DatasetView
from saetm.errors import InputError, SaetmError
from saetm.options import build_options
from saetm.tables import (
    CAPTIONS,
    MATERIALISATIONS,
    REPLIES,
    SCORES,
    TABLES,
    TOPIC_CHANGES,
)
from tests.resources.played_runs import enter, entries, go_back, held, note, now, same, take, write
from tests.strategies import example_rows


@pytest.fixture
def lake(tmp_path):
    return Lake(str(tmp_path / "lake"))


def test_every_table_holds_again_what_it_held_and_others_keep_theirs(lake):
    name, other = "it's a=b", "other"
    take(lake, name, "r1", captions=1)
    before, ledger = held(lake, name), entries(lake, name)
    take(lake, other, "o1")
    take(lake, name, "r2")
    write(lake, SCORES, name, "r2")
    rest = held(lake, other)
    written = go_back(lake, name, "r1")

    after = held(lake, name)
    assert same(before, after) == [REPLIES.name]
    assert sorted(after[REPLIES.name]["question_id"]) == ["r1", "r2"]
    assert entries(lake, name) == ledger
    assert written == {"items": 2, "captions": 1, "topics": 2, "scores": 0}
    assert same(rest, held(lake, other)) == []


def test_any_moment_of_many_is_come_back_to_in_any_order(lake):
    states = {}
    for run in ("r1", "r2", "r3"):
        take(lake, "d", run, captions=int(run[1]))
        states[run] = (held(lake, "d"), entries(lake, "d"))
    for number, run in enumerate(["r1", "r3", "r2", "r3", "r1"]):
        go_back(lake, "d", run, f"back {number}")
        assert same(states[run][0], held(lake, "d")) in ([], [REPLIES.name])
        assert entries(lake, "d") == states[run][1]
        assert find_moment(lake, "d", now()).run_id == f"back {number}"


def test_a_time_means_the_last_run_that_had_ended_then(lake):
    for run in ("r1", "r2"):
        take(lake, "d", run)
    first, second = (find_moment(lake, "d", run).at for run in ("r1", "r2"))

    assert find_moment(lake, "d", now()).run_id == "r2"
    assert find_moment(lake, "d", second - timedelta(microseconds=1)).run_id == "r1"
    assert find_moment(lake, "d", first).run_id == "r1"
    with pytest.raises(InputError, match="'d' had no finished run then: its first one ended at"):
        find_moment(lake, "d", first - timedelta(microseconds=1))


@pytest.mark.parametrize("to", ["r9", "soon", "it's"])
def test_what_is_neither_time_nor_run_is_one_sentence(lake, to):
    take(lake, "d", "r1")
    with pytest.raises(InputError, match=r"neither a time, .* nor a finished run of 'd'"):
        find_moment(lake, "d", to)
    with pytest.raises(InputError, match="'e' has no finished run to go back to"):
        find_moment(lake, "e", to)


def test_a_moment_amid_another_run_is_none(lake):
    enter(lake, "d", "items", "long")
    take(lake, "d", "short")
    enter(lake, "d", "topics", "long")
    take(lake, "d", "last")

    assert [moment.run_id for moment in moments(lake, "d")] == ["last", "long"]


def test_a_clock_that_went_backwards_does_not_mislead(lake):
    take(lake, "d", "r1", at=now() + timedelta(days=3))
    before = held(lake, "d")
    take(lake, "d", "r2", captions=1)
    take(lake, "d", "r3", at=now() - timedelta(days=9))
    go_back(lake, "d", "r1")

    assert same(before, held(lake, "d")) == [REPLIES.name]


def test_what_a_run_without_an_entry_wrote_is_undone(lake):
    take(lake, "d", "r1")
    before = held(lake, "d")
    write(lake, CAPTIONS, "d", "killed", 1)

    assert go_back(lake, "d", "r1") == {"captions": 2}
    assert same(before, held(lake, "d")) == []


def test_what_a_run_wrote_after_its_last_entry_is_its_own(lake):
    take(lake, "d", "r1")
    write(lake, SCORES, "d", "r1")
    before = held(lake, "d")
    take(lake, "d", "r2")
    write(lake, SCORES, "d", "r2", 1)
    go_back(lake, "d", "r1")

    assert same(before, held(lake, "d")) == [REPLIES.name]


def test_options_come_back_and_the_history_of_topics_is_not_reduced(lake, tmp_path):
    registry = Registry(lake, tmp_path)
    old = Registration("d", "/files", {}, build_options({"topic_count": 7}))
    registry.save(old, at=now())
    take(lake, "d", "r1")
    registry.save(Registration("d", "/files", {}, build_options({"topic_count": 9})), at=now())
    lake.append(TOPIC_CHANGES, example_rows(TOPIC_CHANGES, 2), note=note("d", "r2"))

    assert go_back(lake, "d", "r1") == {"datasets": 1}
    assert registry.find("d") == old
    assert DatasetView(lake, "d").count(TOPIC_CHANGES) == 2


def test_an_asset_that_did_not_exist_then_counts_as_never_materialised(lake):
    take(lake, "d", "r1")
    enter(lake, "d", "scores", "r2")
    write(lake, SCORES, "d", "r2")
    go_back(lake, "d", "r1")

    assert set(entries(lake, "d")) == {"items", "topics"}
    assert DatasetView(lake, "d").count(SCORES) == 0


def test_the_ledger_is_added_to_and_says_what_was_written(lake):
    take(lake, "d", "r1")
    take(lake, "d", "r2")
    before = lake.scan(MATERIALISATIONS, "d").collect()
    go_back(lake, "d", "r1")
    after = lake.scan(MATERIALISATIONS, "d").sort("created_at").collect()

    assert after.head(4).equals(before.sort("created_at"))
    begun, done = after[4:6], after[6:]
    assert set(begun["input_version"]) == {""}
    assert dict(done.select("asset", "rows_written").iter_rows()) == {"items": 2, "topics": 2}
    assert set(after[4:]["run_id"]) == {"back"}
    assert begun["created_at"].max() < done["created_at"].min()


def test_going_back_to_what_is_there_finds_nothing_changed(lake):
    take(lake, "d", "r1")
    take(lake, "other", "o1")

    assert changed_since(lake, "d", find_moment(lake, "d", now())) == {}


def test_a_restore_that_broke_off_is_undone_or_completed_by_the_next(lake):
    take(lake, "d", "r1", captions=1)
    take(lake, "d", "r2")
    before = held(lake, "d")
    moment = find_moment(lake, "d", "r1")
    versions = changed_since(lake, "d", moment)
    only = {name: versions[name] for name in ("items", "captions")} | {"nonsense": 0}
    with pytest.raises(KeyError):
        restore(lake, "d", moment, only, run_id="broken", at=now())
    assert {entry.input_version for entry in DatasetView(lake, "d").entries().values()} == {""}

    assert find_moment(lake, "d", now()).run_id == "r2"
    go_back(lake, "d", now())
    assert same(before, held(lake, "d")) == []
    go_back(lake, "d", "r1", "again")
    assert DatasetView(lake, "d").count(CAPTIONS) == 1


def test_a_retired_dataset_comes_back_with_its_answers(lake):
    take(lake, "d", "r1")
    take(lake, "d", "r2")
    before, ledger = held(lake, "d"), entries(lake, "d")
    gone = clear(lake, "d", run_id="gone")

    assert gone == {"items": 2, "captions": 2, "topics": 2, "replies": 2, "materialisations": 4}
    assert clear(lake, "d", run_id="again") == {}
    assert all(rows.is_empty() for rows in held(lake, "d").values())
    go_back(lake, "d", "r1")
    assert DatasetView(lake, "d").count(REPLIES) == 2  # paid for is paid for
    go_back(lake, "d", "r2", "again")
    assert same(before, held(lake, "d")) == []
    assert entries(lake, "d") == ledger


def test_beyond_a_retirement_lie_the_runs_before_it(lake):
    take(lake, "d", "r1", captions=1)
    before = held(lake, "d")
    clear(lake, "d", run_id="gone")
    take(lake, "d", "r2")

    assert [moment.run_id for moment in moments(lake, "d")] == ["r2", "r1"]
    go_back(lake, "d", "r1")
    assert same(before, held(lake, "d")) == [REPLIES.name]


def test_files_that_are_gone_are_one_sentence_and_nothing_changes(lake):
    take(lake, "d", "r1")
    take(lake, "d", "r2")
    now_held, moment = held(lake, "d"), find_moment(lake, "d", "r1")
    version = changed_since(lake, "d", moment)["captions"]
    log = {table.name: len(commits(lake, table)) for table in TABLES.values()}
    lake._open(CAPTIONS).vacuum(0, dry_run=False, enforce_retention_duration=False)
    with pytest.raises(SaetmError, match=r"captions no longer holds .* SAETM_KEEP_DAYS"):
        changed_since(lake, "d", moment)

    assert version == 1
    assert same(now_held, held(lake, "d")) == []
    grown = {table.name: len(commits(lake, table)) for table in TABLES.values()}
    assert [name for name in log if grown[name] != log[name]] == [CAPTIONS.name]  # the vacuum
