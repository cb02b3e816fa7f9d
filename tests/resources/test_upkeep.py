"""Maintenance: fewer files, the same rows, and as far back as was promised."""

import json
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from deltalake import DeltaTable

from resources.delta import CHECKPOINT_INTERVAL, LOG, retention
from resources.history import commits
from resources.lake import Lake
from resources.restoring import changed_since, restore
from resources.timeline import find_moment
from resources.upkeep import maintain
from resources.view import DatasetView
from saetm.errors import SaetmError
from saetm.tables import DATASETS, EMBEDDINGS, MATERIALISATIONS, VOCABULARY
from tests.strategies import ABSURD_NAMES, example_rows

DAY = 86_400
WRITTEN = (VOCABULARY, MATERIALISATIONS)


@pytest.fixture
def lake(tmp_path):
    return Lake(str(tmp_path / "lake"))


def now():
    return datetime.now(UTC)  # noqa: TID251  commits carry the real time


def take(lake, run, word, *, days_ago=0):
    """Play a run that replaces the vocabulary, so many days ago."""
    note = {"run_id": run, "asset": "vocabulary", "dataset": "d"}
    lake.replace(VOCABULARY, "d", words(word), note=note)
    at = DatasetView(lake, "d").next_instant(now() - timedelta(days=days_ago))
    entry = example_rows(MATERIALISATIONS, 1).with_columns(
        run_id=pl.lit(run), created_at=pl.lit(at), asset=pl.lit("vocabulary"), seconds=pl.lit(0.0)
    )
    lake.append(MATERIALISATIONS, entry, note=note)


def words(*some, dataset="d"):
    return example_rows(VOCABULARY, len(some), dataset=dataset).with_columns(word=pl.Series(some))


def age(lake, days):
    """Let everything that was ever committed be older."""
    for table in WRITTEN:
        for path in Path(lake.uri(table)).rglob("*"):
            if path.suffix == ".json" and path.stem.isdigit():
                path.write_text("\n".join(map(older(days), path.read_text().splitlines())))
            if path.is_file():
                then = path.stat().st_mtime - days * DAY
                os.utime(path, (then, then))


def older(days):
    def shift(line):
        action = json.loads(line)
        for kind in ("commitInfo", "remove"):
            for name in {"timestamp", "deletionTimestamp", "since"} & set(action.get(kind, {})):
                value = action[kind][name]
                action[kind][name] = type(value)(int(value) - days * DAY * 1000)
        return json.dumps(action)

    return shift


def keep(lake, days):
    return [maintain(lake, table, keep_days=days) for table in WRITTEN]


def stored(lake):
    return sorted(lake.scan(VOCABULARY, "d").collect()["word"])


def parquets(lake, table):
    return len(list(Path(lake.uri(table)).rglob("part-*.parquet")))


def test_small_files_become_one_per_dataset_and_every_row_stays(lake):
    for number in range(3):
        for name in ABSURD_NAMES:
            lake.append(VOCABULARY, words(f"{name} {number}", dataset=name), note={"run_id": "r"})
    before = lake.scan(VOCABULARY).sort("dataset", "word").collect()
    done = maintain(lake, VOCABULARY, keep_days=30)

    assert (done.files_before, done.files_after) == (3 * len(ABSURD_NAMES), len(ABSURD_NAMES))
    assert done.bytes_after < done.bytes_before
    assert (done.vacuumed, done.busy) == (0, ())
    assert lake.scan(VOCABULARY).sort("dataset", "word").collect().equals(before)


def test_a_table_without_partitions_is_compacted_and_one_that_is_not_there_is_passed_over(lake):
    for name in ABSURD_NAMES:
        lake.replace(DATASETS, name, example_rows(DATASETS, 1, dataset=name), note={"run_id": "r"})

    assert maintain(lake, DATASETS, keep_days=30).files_after == 1
    assert lake.scan(DATASETS).collect().height == len(ABSURD_NAMES)
    assert maintain(lake, EMBEDDINGS, keep_days=30) is None
    assert not Path(lake.uri(EMBEDDINGS)).exists()


def test_maintained_again_nothing_is_done_and_nothing_committed(lake):
    take(lake, "r1", "a")
    keep(lake, 30)
    versions = [lake.version(table) for table in WRITTEN]
    again = keep(lake, 30)

    assert [lake.version(table) for table in WRITTEN] == versions
    assert [each.files_before - each.files_after for each in again] == [0, 0]


def test_how_long_is_kept_is_written_into_new_tables_and_follows_the_setting(lake):
    take(lake, "r1", "a")
    assert DeltaTable(lake.uri(VOCABULARY)).metadata().configuration == retention(30)
    keep(lake, 90)

    assert DeltaTable(lake.uri(VOCABULARY)).metadata().configuration == retention(90)
    assert retention(90)["delta.deletedFileRetentionDuration"] == "interval 90 days"
    assert retention(90)["delta.logRetentionDuration"] == "interval 90 days"


def test_checkpoints_come_by_themselves_and_let_nothing_expire_before_maintenance(lake):
    for number in range(2 * CHECKPOINT_INTERVAL):
        take(lake, f"r{number}", str(number))
        if number == CHECKPOINT_INTERVAL:
            age(lake, 40)
    log = Path(lake.uri(VOCABULARY)) / LOG

    assert len(list(log.glob("*.checkpoint.parquet"))) == 2
    assert DeltaTable(lake.uri(VOCABULARY), version=0).version() == 0


def test_files_replaced_long_ago_are_vacuumed_and_those_replaced_lately_stay(lake):
    take(lake, "r1", "a", days_ago=50)
    take(lake, "r2", "b", days_ago=50)
    orphan = Path(lake.uri(VOCABULARY)) / "dataset=d" / "part-of-a-killed-writer.parquet"
    words("lost").write_parquet(orphan)
    age(lake, 50)
    take(lake, "r3", "c")
    words("in flight").write_parquet(orphan.with_name("part-of-a-living-writer.parquet"))
    keep(lake, 30)

    assert parquets(lake, VOCABULARY) == 3  # of r2, of r3, of the living writer
    assert stored(lake) == ["c"]
    with pytest.raises(SaetmError, match="vocabulary no longer holds what it held then"):
        changed_since(lake, "d", find_moment(lake, "d", "r1"))


@pytest.mark.parametrize("nights", [1, 2, 3])
def test_what_held_until_yesterday_is_gone_back_to_however_old_it_is(lake, nights):
    take(lake, "r1", "a", days_ago=100)
    age(lake, 40)
    keep(lake, 30)
    age(lake, 60)
    take(lake, "r2", "b")
    for night in range(nights):
        keep(lake, 30)
        take(lake, f"r{3 + night}", "c")
    moment = find_moment(lake, "d", now() - timedelta(days=20))
    versions = changed_since(lake, "d", moment)
    restore(lake, "d", moment, versions, run_id="back", at=now())

    assert moment.run_id == "r1"
    assert stored(lake) == ["a"]


def test_the_log_does_not_grow_for_ever_and_checkpoints_stand_for_what_expired(lake):
    for number in range(30):
        take(lake, f"r{number}", str(number), days_ago=40)
    age(lake, 40)
    keep(lake, 30)
    age(lake, 40)
    take(lake, "last", "z")
    keep(lake, 30)
    log = sorted(path.name for path in (Path(lake.uri(VOCABULARY)) / "_delta_log").glob("0*"))

    assert len(log) < 10
    assert stored(lake) == ["z"]
    assert len(commits(lake, VOCABULARY)) < 10


def test_maintenance_of_a_damaged_table_is_one_sentence(lake):
    take(lake, "r1", "a")
    (Path(lake.uri(VOCABULARY)) / "_delta_log" / f"{0:020d}.json").unlink()
    start = time.monotonic()
    with pytest.raises(SaetmError, match="vocabulary cannot be written"):
        maintain(lake, VOCABULARY, keep_days=30)

    assert time.monotonic() - start < 5
