"""A table that is kept open shows every commit, whoever made it, and a table that is another."""

import os
import shutil
import time

import polars as pl

from resources.delta import LOG
from resources.kept_scans import SETTLED_NS, KeptScans
from resources.lake import Lake
from saetm.tables import VOCABULARY

NOTE = {"asset": "test"}


def words(*names):
    return pl.DataFrame({"word": names}).with_columns(
        dataset=pl.lit("sea"),
        word_id=pl.int_range(pl.len()),
        document_frequency=1,
        word_count=1,
        run_id=pl.lit("run"),
    )


def count(lake):
    return lake.scan(VOCABULARY, "sea").select(pl.len()).collect().item()


def test_every_commit_of_another_writer_is_seen_at_once(tmp_path):
    reader, writer = Lake(str(tmp_path)), Lake(str(tmp_path))
    for number in range(12):
        assert count(reader) == number
        writer.append(VOCABULARY, words("wave"), note=NOTE)
        assert count(reader) == number + 1  # within a tick of the file system's clock
        if number % 4 == 0:
            time.sleep(2 * SETTLED_NS / 1e9)  # by now it is kept
            count(reader)


def test_a_table_made_anew_is_seen(tmp_path):
    lake = Lake(str(tmp_path))
    lake.append(VOCABULARY, words("wave", "gull"), note=NOTE)
    time.sleep(2 * SETTLED_NS / 1e9)
    assert count(lake) == 2

    shutil.rmtree(lake.uri(VOCABULARY))
    assert count(lake) == 0

    Lake(str(tmp_path)).append(VOCABULARY, words("salt"), note=NOTE)
    assert count(lake) == 1


def test_a_log_that_stays_is_read_once_and_a_fresh_one_is_not_kept(tmp_path):
    log = tmp_path / LOG
    log.mkdir()
    scans, opened = KeptScans(), []

    def scan():
        opened.append(1)
        return pl.LazyFrame()

    for _ in range(3):
        scans.get(str(tmp_path), scan)
    assert len(opened) == 3  # a commit within this tick would leave the time as it is

    past = time.time_ns() - 10 * SETTLED_NS
    os.utime(log, ns=(past, past))
    for _ in range(3):
        scans.get(str(tmp_path), scan)
    assert len(opened) == 4


def test_object_stores_are_asked_each_time():
    scans, opened = KeptScans(), []
    for _ in range(2):
        scans.get("s3://bucket/table", lambda: opened.append(1) or pl.LazyFrame())

    assert len(opened) == 2
