"""Faults done for real to a lake: rivals, kills, full disks, locked folders, damaged logs."""

import shutil
from pathlib import Path

import polars as pl
import pytest

from resources.lake import Lake
from saetm.errors import SaetmError
from saetm.tables import REPLIES, TABLES, VOCABULARY
from tests.faults.lake_writer import NOTE, batch, noise
from tests.faults.processes import is_one_sentence, names, start, together, words, writer

LOG = "_delta_log"


def test_rivals_that_write_different_datasets_lose_nothing(lake):
    jobs = [("append", lake.root, f"appended {i}", 12, 3) for i in range(2)]
    jobs += [("replace", lake.root, f"it's replaced {i}", 8, 5) for i in range(2)]
    outcomes = together(*jobs)

    assert not [outcome for outcome in outcomes if "refused" in outcome]
    for i in range(2):
        appended = set().union(*(names(number, 3) for number in range(12)))
        assert words(lake, f"appended {i}") == appended
        assert words(lake, f"it's replaced {i}") == names(7, 5)
    assert lake.scan(VOCABULARY).collect().height == 2 * 12 * 3 + 2 * 5


def test_rivals_for_one_dataset_never_mix_their_rows(lake):
    outcomes = together(*[("replace", lake.root, "d", 6, rows) for rows in (5, 7, 9)])
    stored = words(lake, "d")

    assert stored in [names(number, rows) for number in range(6) for rows in (5, 7, 9)]
    for outcome in outcomes:
        assert outcome == "" or "other processes kept writing to it" in outcome


def test_rivals_may_create_the_tables_at_once(lake):
    outcomes = together(("create", lake.root), ("create", lake.root), ("create", lake.root))

    assert outcomes == ["", "", ""]
    for table in TABLES.values():
        assert pl.scan_delta(lake.uri(table)).collect().equals(table.empty())


@pytest.mark.parametrize("seen", [1, 2, 3])
def test_a_writer_that_is_killed_leaves_a_prefix_of_whole_batches(lake, seen):
    with writer("append", lake.root, "d", 10_000, 4000) as process:
        start(process)
        for _ in range(seen):
            process.stdout.readline()
        process.kill()
    stored = words(lake, "d")
    whole = len(stored) // 4000

    assert seen <= whole < 10_000
    assert stored == set().union(*(names(number, 4000) for number in range(whole)))

    lake.append(VOCABULARY, batch("d", whole, 4000), note=NOTE)
    assert len(words(lake, "d")) == 4000 * (whole + 1)


def test_a_file_that_may_not_grow_is_one_sentence_and_the_rows_before_stay(lake):
    lake.append(REPLIES, noise(2000), note=NOTE)
    (refusal,) = together(("outgrow", lake.root, 100_000, 400_000))

    assert refusal == f"refused: the table {lake.uri(REPLIES)} cannot be written: File too large\n"
    assert lake.scan(REPLIES).collect().equals(noise(2000))
    lake.append(REPLIES, noise(4000), note=NOTE)
    assert lake.scan(REPLIES).collect().height == 2


def test_a_full_disk_is_one_sentence_and_the_rows_before_stay(small_disk):
    lake = Lake(str(small_disk / "lake"))
    lake.append(REPLIES, noise(2000), note=NOTE)
    refusals = together(*[("fill", lake.root, 400_000)] * 2)

    for refusal in refusals:
        assert "replies cannot be written: No space left on device" in refusal
        assert is_one_sentence(refusal)
    assert lake.scan(REPLIES).collect().equals(noise(2000))


def test_a_disk_that_fills_up_step_by_step_keeps_every_finished_write(small_disk):
    lake, kept = Lake(str(small_disk / "lake")), 0
    with pytest.raises(SaetmError, match="No space left on device"):  # noqa: PT012  counts on
        for _ in range(100):
            lake.append(REPLIES, noise(20_000), note=NOTE)
            kept += 1

    assert 1 <= kept < 100
    assert lake.scan(REPLIES).collect().height == kept


def test_a_disk_without_room_for_a_first_table_is_one_sentence(small_disk):
    (small_disk / "filler").write_bytes(bytes(300_000 - 4096 * 4))
    with pytest.raises(SaetmError) as caught:
        Lake(str(small_disk / "lake")).create()
    (small_disk / "filler").unlink()

    assert "cannot be written: No space left on device" in str(caught.value)
    Lake(str(small_disk / "lake")).append(VOCABULARY, batch("d", 0, 2), note=NOTE)
    assert words(Lake(str(small_disk / "lake")), "d") == names(0, 2)


def test_a_folder_that_may_only_be_read_is_read_and_not_written(open_folder):
    lake = Lake(str(open_folder / "lake"))
    lake.append(VOCABULARY, batch("d", 0, 2), note=NOTE)
    for path in [open_folder / "lake", *(open_folder / "lake").rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    (said,) = together(("trespass", lake.root))
    refusal, height = said.splitlines()
    for path in (open_folder / "lake").rglob("*"):
        path.chmod(0o755)

    assert refusal.endswith("vocabulary cannot be written: Permission denied")
    assert height == "2"


def test_a_folder_that_may_not_even_be_read_is_no_empty_table(open_folder):
    lake = Lake(str(open_folder / "lake"))
    lake.append(VOCABULARY, batch("d", 0, 2), note=NOTE)
    Path(lake.uri(VOCABULARY)).chmod(0)
    (said,) = together(("trespass", lake.root))
    Path(lake.uri(VOCABULARY)).chmod(0o755)

    assert len(said.splitlines()) == 2
    assert "vocabulary cannot be written: Permission denied" in said.splitlines()[0]
    assert "vocabulary cannot be read: Permission denied" in said.splitlines()[1]


def both_ways(lake):
    """Read and write; return what a person sees of the two failures."""
    seen = []
    for attempt in (
        lambda: lake.scan(VOCABULARY, "d"),
        lambda: lake.append(VOCABULARY, batch("d", 1, 1), note=NOTE),
    ):
        with pytest.raises(SaetmError) as caught:
            attempt()
        seen.append(str(caught.value))
    return seen


def lose_the_log(log):
    shutil.rmtree(log)


def lose_the_first_commit(log):
    (log / "00000000000000000000.json").unlink()


def empty_the_first_commit(log):
    (log / "00000000000000000000.json").write_text("")


def garble_the_last_commit(log):
    (log / "00000000000000000001.json").write_text("{broken")


@pytest.mark.parametrize(
    "damage",
    [lose_the_log, lose_the_first_commit, empty_the_first_commit, garble_the_last_commit],
)
def test_a_damaged_log_is_one_sentence_and_never_an_empty_table(lake, damage):
    lake.append(VOCABULARY, batch("d", 0, 2), note=NOTE)
    files = sorted(Path(lake.uri(VOCABULARY)).rglob("*.parquet"))
    damage(Path(lake.uri(VOCABULARY)) / LOG)

    for sentence in both_ways(lake):
        assert f"the table {lake.uri(VOCABULARY)} " in sentence
        assert is_one_sentence(sentence + "\n")
    assert sorted(Path(lake.uri(VOCABULARY)).rglob("*.parquet")) == files


def test_other_tables_live_on_beside_a_damaged_one(lake):
    lake.append(VOCABULARY, batch("d", 0, 2), note=NOTE)
    lake.append(REPLIES, noise(100), note=NOTE)
    shutil.rmtree(Path(lake.uri(VOCABULARY)) / LOG)

    assert lake.scan(REPLIES).collect().height == 1


@pytest.mark.parametrize("left", ["", LOG], ids=["folder", "folder of the log"])
def test_what_a_crash_left_before_the_first_commit_is_no_obstacle(lake, left):
    (Path(lake.uri(VOCABULARY)) / left).mkdir(parents=True)

    assert words(lake, "d") == set()
    lake.append(VOCABULARY, batch("d", 0, 2), note=NOTE)
    assert words(lake, "d") == names(0, 2)


def test_a_file_where_the_lake_should_lie_is_one_sentence(tmp_path):
    (tmp_path / "lake").write_text("a file")

    for sentence in both_ways(Lake(str(tmp_path / "lake"))):
        assert sentence.endswith(": Not a directory")
