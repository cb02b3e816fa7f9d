"""The scene of the README, with fewer files: what lands is computed, and nothing else."""

import json

import numpy as np
import polars as pl
import pytest

from benchmarks.day_in_the_life import DATASET, Plan, opened, play
from saetm_assets.demo.prints import paint_prints
from tests.line.homes import ROW_TABLES, Home
from tests.resources.inbox_folders import put

FIRST, MORE, GONE = 48, 12, 2
PLAN = Plan(FIRST, MORE, drops=4, gone=GONE, seconds_between=10, seconds_of_rest=15, patience=400)
OPTIONS = "encoder = 'provided'\ntopic_count = 6\ntopic_counts = [3]\n"
DIMENSION = 32

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]


def give_vectors(folder):
    """Add to the metadata of prints the sum of the directions of their motifs, with some noise."""
    planted = pl.read_parquet(folder.with_name(f"{folder.name}.planted.parquet"))
    motifs = dict(planted.iter_rows())
    names = sorted({motif for of_one in motifs.values() for motif in of_one})
    rng = np.random.default_rng(0)
    directions = dict(zip(names, rng.standard_normal((len(names), DIMENSION)), strict=True))
    lines = (folder / "metadata.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    for row in rows:
        exact = np.sum([directions[motif] for motif in motifs[row["file_name"]]], axis=0)
        row["embedding"] = (exact + 0.05 * rng.standard_normal(DIMENSION)).round(4).tolist()
    (folder / "metadata.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return Home(tmp_path_factory.mktemp("day") / "home")


@pytest.fixture(scope="module")
def day(home, tmp_path_factory):
    folder = tmp_path_factory.mktemp("painted") / "prints"
    paint_prints(folder, count=FIRST + MORE)
    put(home.root / "inbox" / DATASET, {"dataset.toml": OPTIONS})
    with opened(home.root, give_vectors(folder), PLAN) as (watch, delivery):
        day = play(watch, delivery, PLAN, print)
        assert set(watch.runs().values()) == {"SUCCESS"}
    return day


def test_each_stage_computes_exactly_the_rows_of_what_landed_or_changed(day):
    first = {name: day.first[name].rows for name in ROW_TABLES}
    later = {name: day.later[name].rows for name in ROW_TABLES}

    assert first == dict.fromkeys(ROW_TABLES, FIRST)
    assert later == dict.fromkeys(ROW_TABLES, MORE + 1)  # one has another caption


def test_what_is_not_row_work_is_fitted_again_but_never_trained(day):
    assert day.later["sae_checkpoints"].times == 0
    assert day.later["emission_matrix"].times == day.later["topics"].times >= 1


def test_every_row_table_has_every_item_once(day, home):
    count = FIRST + MORE - GONE
    assert day.heights == dict.fromkeys(ROW_TABLES, count)
    for table in (*ROW_TABLES, "mixtures"):
        rows = home.table(table, DATASET)
        assert rows.height == count * (2 if table == "mixtures" else 1), table
        assert rows["item_id"].n_unique() == count


def test_most_topics_keep_their_ids(day):
    assert day.topics.count == 6
    assert day.topics.kept_mass >= 0.5


def test_when_nothing_is_new_nothing_runs(day):
    assert day.runs[-1] == 0
    assert "nothing new" in day.last_word
