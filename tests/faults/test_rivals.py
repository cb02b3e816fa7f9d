"""Many runs at once, of one dataset and of several, by the command line and by the daemon."""

import time

import pytest

from saetm_assets.definitions import STAGES
from tests.line.homes import ROW_TABLES, Home
from tests.line.themed import FEW, themed_rows, write_rows
from tests.ui.served import serving

pytestmark = pytest.mark.slow

PATIENCE_SECONDS = 1500
COUNT = 40
EIGHT = [f"set {number}" for number in range(8)]
ASSETS = [stage.key.to_user_string() for stage in STAGES]
RUNS = "{ runsOrError { ... on Runs { results { runId status startTime endTime } } } }"


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


@pytest.fixture
def posts(tmp_path):
    return write_rows(tmp_path / "posts", "a.jsonl", themed_rows(range(COUNT)))


def started(home, names):
    command = ("-m", "saetm_assets", "run")
    return [home.process(*command, name, "--json") for name in names]


def ended(processes):
    return [process.communicate(timeout=PATIENCE_SECONDS) for process in processes]


def assert_whole(home, name):
    for table in ROW_TABLES:
        stored = home.table(table, name)
        assert stored.height == stored["item_id"].n_unique() == COUNT, table
    assert home.table("mixtures", name)["item_id"].n_unique() == COUNT


@pytest.mark.timeout(PATIENCE_SECONDS)
def test_eight_datasets_at_once_lose_no_commit_although_one_is_killed(home, posts):
    """The killed one may hold the only slot of the pool."""
    for name in EIGHT:
        home.add(name, posts, *FEW)
    processes = started(home, EIGHT)
    wait_for_vectors(home, EIGHT[0], processes[0])
    processes[0].kill()
    outputs = ended(processes)

    for process, (_, error) in list(zip(processes, outputs, strict=True))[1:]:
        assert process.returncode == 0, error
    home.run(EIGHT[0])
    for name in EIGHT:
        assert_whole(home, name)
        assert home.versions(name).keys() == set(ASSETS)
        assert ids(home, name) == ids(home, EIGHT[0])  # the same files have the same topics


def ids(home, name):
    return sorted(home.table("topics", name)["topic_id"])


def wait_for_vectors(home, name, process):
    while home.table("embeddings", name).is_empty() and process.poll() is None:
        time.sleep(0.05)


def test_two_processes_for_one_dataset_are_one_run_and_one_sentence(home, posts):
    home.add("posts", posts, *FEW)
    processes = started(home, ["posts", "posts"])
    outputs = ended(processes)

    codes = sorted(process.returncode for process in processes)
    assert codes in ([0, 1], [0, 0])  # on a slow machine the second may come after the first
    for process, (_, error) in zip(processes, outputs, strict=True):
        if process.returncode:
            assert error.strip() == "saetm: dataset 'posts' is being run by another process"
    assert_whole(home, "posts")


@pytest.mark.timeout(PATIENCE_SECONDS)
def test_the_daemon_runs_a_dataset_once_at_a_time_and_the_command_line_stands_back(
    home, posts, tmp_path
):
    home.add("posts", posts, *FEW)
    with serving(home.root, tmp_path / "ui.log", SAETM_LOOK_SECONDS="2") as served:
        home.run("posts", "items")  # the partition is there
        runs = [served.launch("posts", *ASSETS) for _ in range(2)]
        beside = started(home, ["posts"])
        endings = [served.finish(run) for run in runs]
        [(_, error)] = ended(beside)
        spans = sorted(
            (run["startTime"], run["endTime"])
            for run in served.ask(RUNS)["runsOrError"]["results"]
            if run["runId"] in runs
        )

    assert endings == ["SUCCESS", "SUCCESS"]
    assert spans[0][1] <= spans[1][0]  # one after the other
    assert beside[0].returncode == 0 or "is being run by" in error
    assert_whole(home, "posts")
