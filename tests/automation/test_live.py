"""The same scenes with a live daemon: `saetm ui` runs, files land, nobody clicks."""

import json
import os
import signal
import time

import pytest

from saetm_assets.definitions import STAGES
from tests.automation.house import rows_of
from tests.line.homes import ROW_TABLES, Home
from tests.resources.inbox_folders import put
from tests.ui.served import serving, waited

EVERY = {stage.key.to_user_string() for stage in STAGES}
OPTIONS = "topic_count = 3\ntopic_counts = [2]\n"
LOOK = {"SAETM_LOOK_SECONDS": "2"}
SECONDS_OF_A_SCENE = 240
RUNS = """
{ runsOrError(limit: 100) { ... on Runs { results {
    runId status startTime endTime assetSelection { path } tags { key value } } } } }"""
UNFINISHED = {"QUEUED", "NOT_STARTED", "STARTING", "STARTED", "CANCELING"}

pytestmark = pytest.mark.slow


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


def runs_of(served):
    return served.ask(RUNS)["runsOrError"]["results"]


def is_complete(home, dataset, count):
    """Tell whether every row table holds so many items, and topics were made of all of them."""
    if set(home.versions(dataset)) != EVERY:
        return False
    heights = {home.table(table, dataset).height for table in ROW_TABLES}
    mixtures = home.table("mixtures", dataset)["item_id"].n_unique()
    return heights == {count} and mixtures == count


def rest(served):
    """Wait until no run is under way for some looks, and return all runs."""

    def quiet():
        for _ in range(6):
            if any(run["status"] in UNFINISHED for run in runs_of(served)):
                return None
            time.sleep(1)
        return runs_of(served)

    return waited(quiet, SECONDS_OF_A_SCENE)


def test_folders_and_files_that_land_are_taken_through_the_line_by_themselves(home, tmp_path):
    with serving(home.root, tmp_path / "ui.log", **LOOK) as served:
        folder = put(
            home.root / "inbox" / "posts", {"a.jsonl": rows_of(range(30)), "dataset.toml": OPTIONS}
        )
        waited(lambda: is_complete(home, "posts", 30), SECONDS_OF_A_SCENE)
        rest(served)
        first = home.table("embeddings", "posts")
        autoencoder = home.versions("posts")["sae_checkpoints"]

        put(folder, {"b.jsonl": rows_of(range(30, 34))})
        waited(lambda: is_complete(home, "posts", 34), SECONDS_OF_A_SCENE)
        before = rest(served)
        time.sleep(12)

        assert {run["status"] for run in before} == {"SUCCESS"}
        assert len(runs_of(served)) == len(before)  # nothing new, nothing runs
    kept = home.table("embeddings", "posts").join(first, on="item_id", how="semi")
    assert kept.sort("item_id").equals(first.sort("item_id"))
    assert home.versions("posts")["sae_checkpoints"] == autoencoder


def test_files_that_land_while_stages_run_are_not_lost(home, tmp_path):
    folder = home.root / "inbox" / "posts"
    with serving(home.root, tmp_path / "ui.log", **LOOK) as served:
        put(folder, {"0.jsonl": rows_of(range(20)), "dataset.toml": OPTIONS})
        waited(lambda: "captions" in home.versions("posts"), SECONDS_OF_A_SCENE)
        for number in range(1, 9):  # some land amid a run, whatever the machine's pace
            put(folder, {f"{number}.jsonl": rows_of([100 + number])})
            time.sleep(3)

        waited(lambda: is_complete(home, "posts", 28), SECONDS_OF_A_SCENE)

        assert {run["status"] for run in rest(served)} == {"SUCCESS"}


def test_a_failed_stage_waits_stands_out_and_goes_on_when_it_is_mended(home, tmp_path):
    folder = home.root / "inbox" / "posts"
    broken = OPTIONS + "encoder = 'no/such'\n"
    with serving(home.root, tmp_path / "ui.log", **LOOK) as served:
        put(folder, {"a.jsonl": rows_of(range(20)), "dataset.toml": broken})
        waited(lambda: [r for r in runs_of(served) if r["status"] == "FAILURE"], SECONDS_OF_A_SCENE)
        failed = rest(served)
        time.sleep(12)
        assert len(runs_of(served)) == len(failed)
        assert sum(run["status"] == "FAILURE" for run in failed) == 1
        assert "a run of dataset 'posts' failed: embeddings" in (tmp_path / "ui.log").read_text()

        put(folder, {"dataset.toml": OPTIONS})
        waited(lambda: is_complete(home, "posts", 20), SECONDS_OF_A_SCENE)


def test_a_daemon_that_is_killed_and_started_again_completes_what_it_began(home, tmp_path):
    folder = home.root / "inbox" / "posts"
    with serving(home.root, tmp_path / "first.log", **LOOK) as served:
        put(folder, {"a.jsonl": rows_of(range(30)), "dataset.toml": OPTIONS})
        waited(lambda: "captions" in home.versions("posts"), SECONDS_OF_A_SCENE)
        os.killpg(served.process.pid, signal.SIGKILL)
        served.process.wait()

    with serving(home.root, tmp_path / "second.log", **LOOK) as served:
        put(folder, {"b.jsonl": rows_of(range(30, 32))})
        waited(lambda: is_complete(home, "posts", 32), SECONDS_OF_A_SCENE)
        rest(served)

    for table in ROW_TABLES:
        rows = home.table(table, "posts")
        assert rows.height == rows["item_id"].n_unique() == 32, table
    assert json.dumps(home.topics("posts", 3))
