"""Kills and rivals, done for real to processes that run the line."""

import json
import time

import pytest

from resources.settings import load_settings
from saetm_assets.home import open_instance
from tests.line.homes import Home, refusal, theme_files
from tests.resources.inbox_folders import put

PATIENCE_SECONDS = 120
BATCH, ITEMS = 8, 40


@pytest.fixture
def own_home(tmp_path):
    return Home(tmp_path / "home")


def wait_for(condition, process):
    until = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if process.poll() is not None:
            pytest.fail(f"the process ended before its time: {process.communicate()[1]}")
        if time.monotonic() > until:
            process.kill()
            pytest.fail("nothing was written in time")
        time.sleep(0.05)


def embedded(home, dataset):
    return home.table("embeddings", dataset).sort("item_id")


def statuses(home):
    """Return the statuses of all runs, oldest first."""
    with home.entered(), open_instance(load_settings()) as instance:
        return [run.status.value for run in reversed(instance.get_runs())]


def holders(home):
    """Return the steps that hold a slot of the pool."""
    with home.entered(), open_instance(load_settings()) as instance:
        pool = instance.event_log_storage.get_concurrency_info("gpu")
        return [slot.step_key for slot in pool.claimed_slots]


@pytest.mark.slow
def test_a_run_amid_vectors_refuses_a_rival_and_once_killed_is_completed_by_the_next(
    own_home, tmp_path
):
    home = own_home
    home.add("killed", put(tmp_path / "texts", theme_files(ITEMS)), "topic_count=3")
    process = home.process("-m", "tests.line.slow_encoder", "killed", str(BATCH), "2.5")
    wait_for(lambda: embedded(home, "killed").height >= BATCH, process)
    rival = refusal(home.cli("run", "killed", "--json"))
    process.kill()
    process.communicate(timeout=PATIENCE_SECONDS)
    assert rival == "dataset 'killed' is being run by another process"
    saved = embedded(home, "killed")
    assert BATCH <= saved.height < ITEMS
    assert home.view("killed").last("embeddings") is None

    outcome = home.run("killed")

    assert statuses(home) == ["CANCELED", "SUCCESS"]
    every = embedded(home, "killed")
    assert every.height == every["item_id"].n_unique() == ITEMS
    assert every.join(saved, on="item_id", how="semi").equals(saved)
    assert outcome.written["embeddings"] == ITEMS - saved.height
    assert outcome.written["captions"] == 0
    assert len(home.topics("killed", 3)) == 3


@pytest.mark.slow
def test_a_killed_run_does_not_hold_up_other_datasets(own_home, tmp_path):
    home = own_home
    for name in ("dead", "living"):
        home.add(name, put(tmp_path / name, theme_files(20)))
    process = home.process("-m", "tests.line.slow_encoder", "dead", str(BATCH), "60")
    wait_for(lambda: "embeddings" in holders(home), process)
    process.kill()
    process.communicate(timeout=PATIENCE_SECONDS)

    assert home.run("living", "items", "captions", "embeddings").tables["embeddings"] == 20
    assert statuses(home) == ["CANCELED", "SUCCESS"]


@pytest.mark.slow
def test_a_run_that_waits_for_the_slot_of_a_run_that_is_then_killed_gets_it(own_home, tmp_path):
    home = own_home
    for name in ("dead", "living"):
        home.add(name, put(tmp_path / name, theme_files(20)))
    dead = home.process("-m", "tests.line.slow_encoder", "dead", str(BATCH), "600")
    wait_for(lambda: "embeddings" in holders(home), dead)
    living = home.process("-m", "tests.line.slow_encoder", "living", str(BATCH), "0")
    wait_for(lambda: home.view("living").last("items") is not None, living)
    time.sleep(2)
    dead.kill()
    dead.communicate(timeout=PATIENCE_SECONDS)
    _, error = living.communicate(timeout=PATIENCE_SECONDS)

    assert living.returncode == 0, error
    assert statuses(home) == ["CANCELED", "SUCCESS"]


@pytest.mark.slow
def test_two_datasets_are_run_at_once_in_a_home_that_is_new(own_home):
    home = own_home
    names = ("left", "right")
    for number, name in enumerate(names):
        put(home.root / "inbox" / name, theme_files(20 + number))
    command = ("--select", "items,captions,embeddings", "--json")

    processes = [home.process("-m", "saetm_assets", "run", name, *command) for name in names]
    outputs = [process.communicate(timeout=PATIENCE_SECONDS) for process in processes]

    for number, (process, (output, error)) in enumerate(zip(processes, outputs, strict=True)):
        assert process.returncode == 0, error
        tables = json.loads(output)["tables"]
        assert tables["items"] == tables["embeddings"] == 20 + number
