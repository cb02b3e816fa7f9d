"""Runs of a daemon whose process was killed: nothing waits for them for ever."""

import time
from contextlib import contextmanager

import dagster as dg
import pytest

from resources.settings import load_settings
from saetm_assets.cli.alone import alone
from saetm_assets.home import open_instance
from saetm_assets.liveness import LAUNCHED_TAG, end_dead_runs
from saetm_assets.partitions import PARTITION_TAG
from sensors.dead_runs import dead_runs_sensor
from tests.line.homes import Home, refusal
from tests.line.themed import FEW, themed_rows, write_rows

NAME = "posts"
PATIENCE_SECONDS = 60
ALIVE = "every run that is under way has a process"
LAUNCHED = {PARTITION_TAG: NAME, LAUNCHED_TAG: "{}"}
STARTED, STARTING, CANCELING = (
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.CANCELING,
)


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


@pytest.fixture
def instance(home):
    with home.entered(), open_instance(load_settings()) as instance:
        yield instance


@pytest.fixture
def look(home, instance):
    """Evaluate the sensor once, and return what it says."""
    sensor, cursor = dead_runs_sensor(home.root, 30), [None]

    def looked():
        context = dg.build_sensor_context(instance=instance, cursor=cursor[0])
        said = sensor(context).skip_message
        cursor[0] = context.cursor
        return said

    return looked


@dg.job
def anything():
    pass


def enter(instance, status=STARTED, **tags):
    return instance.create_run_for_job(anything, status=status, tags=tags).run_id


def status_of(instance, run_id):
    return instance.get_run_by_id(run_id).status.value


def slots(instance):
    return instance.event_log_storage.get_concurrency_info("gpu").claimed_slots


def wait_for(condition):
    until = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.1)


@contextmanager
def launched(home):
    with home.process("-m", "tests.faults.launched_run", NAME) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def posts(home, tmp_path):
    home.add(NAME, write_rows(tmp_path / NAME, "a.jsonl", themed_rows(range(12))), *FEW)


@pytest.mark.usefixtures("posts")
def test_a_run_is_alive_until_its_process_is_killed_and_then_makes_room(home, instance, look):
    with launched(home) as process:
        with alone(load_settings(), NAME):
            wait_for(lambda: instance.get_runs(dg.RunsFilter(statuses=[STARTED])))
            looks = [look(), look()]
            assert not (home.root / "working").exists()  # it waits for whoever has the dataset
        wait_for((home.root / "working").exists)
        looks += [look(), look()]
        end_dead_runs(instance, home.root)
        [run] = instance.get_runs()
        rival = refusal(home.cli("run", NAME, "--json"))
        process.kill()
        process.wait()

    assert looks == [ALIVE] * 4
    assert rival == f"dataset 'posts' is being run by Dagster right now (run {run.run_id[:8]})"
    assert [look(), status_of(instance, run.run_id)] == [ALIVE, "STARTED"]  # it may be starting
    assert len(slots(instance)) == 1
    assert look() == f"ended {run.run_id[:8]}"
    assert status_of(instance, run.run_id) == "FAILURE"  # the daemon starts it anew
    assert slots(instance) == []


def test_a_run_that_was_interrupted_frees_the_slot_that_the_next_one_waits_for(home, instance):
    ended = enter(instance, dg.DagsterRunStatus.CANCELED)
    alive = enter(instance)
    instance.event_log_storage.set_concurrency_slots("gpu", 1)
    for run_id in (ended, alive):
        instance.event_log_storage.claim_concurrency_slot("gpu", run_id, "embeddings")
    assert {slot.run_id for slot in slots(instance)} == {ended}

    end_dead_runs(instance, home.root)

    assert ended not in instance.event_log_storage.get_concurrency_run_ids()
    claim = instance.event_log_storage.claim_concurrency_slot("gpu", alive, "embeddings")
    assert claim.is_claimed


@pytest.mark.usefixtures("posts")
def test_the_command_line_ends_the_dead_run_of_a_daemon_before_it_runs(home, instance):
    dead = enter(instance, **LAUNCHED)

    home.run(NAME, "items")

    assert status_of(instance, dead) == "FAILURE"


def test_only_runs_that_should_have_a_process_here_are_ended(instance, look):
    elsewhere = enter(instance, **{PARTITION_TAG: NAME})
    waiting = [enter(instance, status, **LAUNCHED) for status in (STARTING, CANCELING)]
    without_dataset = enter(instance, **{LAUNCHED_TAG: "{}"})

    said = [look(), look(), look()]

    assert said == [ALIVE, f"ended {without_dataset[:8]}", ALIVE]
    assert [status_of(instance, run) for run in (elsewhere, *waiting)] == [
        "STARTED", "STARTING", "CANCELING",
    ]  # fmt: skip
