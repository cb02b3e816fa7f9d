"""Kills, rivals, full disks and locked folders, while a lake is maintained, restored or left."""

import shutil
import time

import pytest

from resources.history import commits
from resources.lake import Lake
from resources.retirement import clear
from resources.upkeep import maintain
from resources.view import DatasetView
from saetm.errors import SaetmError
from saetm.tables import CAPTIONS, ITEMS, MATERIALISATIONS, REPLIES, TOPICS, VOCABULARY
from tests.faults.lake_writer import NOTE, noise
from tests.faults.processes import beside, is_one_sentence, names, start, together, words, writer
from tests.resources.played_runs import entries, go_back, held, same, take

PATIENCE_SECONDS = 60
TAKEN_BACK = [ITEMS, CAPTIONS, TOPICS]  # in the order of the tables


@pytest.mark.parametrize(
    "writers", [2, pytest.param(8, marks=pytest.mark.slow)], ids=lambda count: f"{count} writers"
)
def test_maintenance_beside_writers_loses_nothing_and_stops_nobody(lake, writers):
    halves = range(writers // 2)
    jobs = [("churn", lake.root, f"it's churned {i}", 10, 3) for i in halves]
    jobs += [("append", lake.root, f"appended {i}", 20, 3) for i in halves]
    done = []
    said = beside(lambda: done.append(maintain(lake, VOCABULARY, keep_days=1)), *jobs)

    assert not [line for line in said if "refused" in line]
    compacted = [each for each in commits(lake, VOCABULARY) if each.asset == "maintenance"]
    assert compacted
    for i in halves:
        assert words(lake, f"it's churned {i}") == names(9, 3)
        appended = set().union(*(names(number, 3) for number in range(20)))
        assert words(lake, f"appended {i}") == appended


@pytest.mark.parametrize("tables", [0, 1, 2])
def test_a_restore_that_is_killed_is_seen_and_completed_by_the_next(lake, tables):
    take(lake, "d", "run-1", captions=1)
    before, ledger = held(lake, "d"), entries(lake, "d")
    take(lake, "d", "run-2")
    watched = TAKEN_BACK[tables - 1] if tables else MATERIALISATIONS
    with writer("take_back", lake.root, "d", "run-1", 3) as process:
        start(process)
        wait_for(lambda: any(each.run_id == "killed" for each in commits(lake, watched)))
        process.kill()
    restored = [t for t in TAKEN_BACK if any(c.run_id == "killed" for c in commits(lake, t))]

    assert len(restored) in {tables, 1}  # the first one follows at once
    begun = DatasetView(lake, "d").entries()
    assert {entry.input_version for entry in begun.values()} == {""}
    go_back(lake, "d", "run-1", "again")
    assert same(before, held(lake, "d")) == [REPLIES.name]
    assert entries(lake, "d") == ledger


def wait_for(condition):
    until = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < until, "it was not written in time"
        time.sleep(0.05)


def test_a_disk_that_is_full_amid_a_restore_is_one_sentence_and_room_completes_it(large_disk):
    lake = Lake(str(large_disk / "lake"))
    take(lake, "d", "run-1")
    large = noise(300_000)["reply"]
    rows = lake.scan(CAPTIONS, "d").head(1).collect().with_columns(caption=large)
    lake.replace(CAPTIONS, "d", rows, note={"run_id": "run-1", "dataset": "d"})
    before = held(lake, "d")
    take(lake, "d", "run-2")
    filler = large_disk / "filler"
    fill_up(filler, leave=200_000)
    with pytest.raises(SaetmError, match="captions cannot be written: No space left"):
        go_back(lake, "d", "run-1")
    assert DatasetView(lake, "d").entries()["topics"].input_version == ""
    filler.unlink()

    go_back(lake, "d", "run-1", "again")
    assert same(before, held(lake, "d")) == [REPLIES.name]


def fill_up(path, *, leave):
    """Write until so many bytes are left."""
    with path.open("wb") as file:
        while shutil.disk_usage(path.parent).free > leave:
            file.write(bytes(4096))
            file.flush()


@pytest.mark.parametrize(
    "job", [("take_back", "d", "run-1", 0), ("depart", "d")], ids=lambda j: j[0]
)
def test_who_may_only_read_changes_nothing(open_folder, job):
    lake = Lake(str(open_folder / "lake"))
    take(lake, "d", "run-1")
    take(lake, "d", "run-2")
    before, ledger = held(lake, "d"), entries(lake, "d")
    lock(open_folder / "lake", 0o555, 0o444)
    (said,) = together(("as_nobody", lake.root, *job))
    lock(open_folder / "lake", 0o755, 0o644)

    assert said.startswith("refused: the table ")
    assert said.endswith("cannot be written: Permission denied\n")
    assert is_one_sentence(said)
    assert same(before, held(lake, "d")) == []
    assert entries(lake, "d") == ledger


def lock(root, folders, files):
    for path in [root, *root.rglob("*")]:
        path.chmod(folders if path.is_dir() else files)


def test_a_departure_that_broke_off_is_completed_and_then_taken_back(lake):
    take(lake, "d", "run-1")
    before, ledger = held(lake, "d"), entries(lake, "d")
    lake.remove(ITEMS, "d", note=NOTE | {"run_id": "broken", "asset": "remove", "dataset": "d"})
    clear(lake, "d", run_id="again")

    go_back(lake, "d", "run-1")
    assert same(before, held(lake, "d")) == []
    assert entries(lake, "d") == ledger
