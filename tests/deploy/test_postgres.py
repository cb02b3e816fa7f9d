"""Dagster's records in a real PostgreSQL: the whole line, and a server that is killed amid it."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from saetm_assets.definitions import STAGES
from tests.deploy.postgres import SECRET, running
from tests.faults.same import assert_same
from tests.line.homes import ROOT, Home
from tests.line.themed import FEW, themed_rows, write_rows
from tests.ui.served import serving, waited

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

NAME = "posts"
LINE = [stage.key.to_user_string() for stage in STAGES]
SECONDS_OF_A_RUN = 240
RUNS = "select status from runs where run_body like '%\"posts\"%' order by id"
MATERIALISED = """
select distinct (asset_key::json)->>0 from event_logs
where dagster_event_type = 'ASSET_MATERIALIZATION' and partition = 'posts'"""


@pytest.fixture(scope="module")
def posts(tmp_path_factory):
    return write_rows(tmp_path_factory.mktemp("files") / NAME, "a.jsonl", themed_rows(range(60)))


@pytest.fixture
def cluster():
    with running() as cluster:
        yield cluster


@pytest.fixture
def deployed(cluster, posts, tmp_path, monkeypatch):
    """A home whose instance is the one of deploy/, with a dataset that has not been run."""
    instance = tmp_path / "instance"
    instance.mkdir()
    shutil.copy(ROOT / "deploy" / "dagster.yaml", instance)
    for name, value in cluster.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SAETM_INSTANCE", str(instance))
    monkeypatch.setenv("SAETM_LOGS", str(tmp_path / "logs"))
    home = Home(tmp_path / "home")
    home.add(NAME, posts, *FEW)
    return home


def said(process):
    """Wait for a command and return its exit code and what it said, which is no secret."""
    output, errors = process.communicate(timeout=SECONDS_OF_A_RUN)
    assert SECRET not in output + errors
    return process.returncode, output, errors


def run(home, *options):
    return home.process("-m", "saetm_assets", "run", NAME, *options)


def test_the_whole_line_leaves_runs_events_and_schedules_in_postgres(cluster, deployed, tmp_path):
    code, output, errors = said(run(deployed, "--json"))

    assert code == 0, errors
    assert json.loads(output)["tables"]["items"] == 60
    assert cluster.ask(RUNS) == ["SUCCESS"]
    assert set(cluster.ask(MATERIALISED)) == set(LINE)
    assert cluster.ask("select count(*) from dynamic_partitions") == ["1"]
    assert not list(tmp_path.rglob("*.db")), "records beside Postgres"


def test_the_daemon_keeps_its_looks_in_postgres_and_computes_what_lands(
    cluster, deployed, tmp_path
):
    """`saetm ui`: every service of the compose file, by one command, on the same records."""
    with serving(deployed.root, tmp_path / "log", SAETM_LOOK_SECONDS="2"):
        waited(lambda: set(cluster.ask(MATERIALISED)) == set(LINE), SECONDS_OF_A_RUN)

    assert cluster.ask("select count(*) from runs where status = 'SUCCESS'") != ["0"]
    assert cluster.ask("select count(*) from runs where status = 'FAILURE'") == ["0"]
    assert int(cluster.ask("select count(*) from job_ticks")[0]) > 0
    assert int(cluster.ask("select count(*) from daemon_heartbeats")[0]) > 0


def test_the_tables_are_made_by_the_command_that_the_compose_file_runs_first(cluster, deployed):
    migrate = [Path(sys.executable).with_name("dagster"), "instance", "migrate"]
    with deployed.entered(), pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_HOME", str(deployed.root.parent / "instance"))
        told = subprocess.run(migrate, capture_output=True, text=True, check=False)

    assert told.returncode == 0, told.stderr
    assert cluster.ask("select count(*) from runs") == ["0"]


def test_a_server_that_is_killed_amid_a_run_is_one_sentence_and_the_next_run_goes_on(
    cluster, deployed, posts, tmp_path
):
    first = run(deployed)
    waited(lambda: "embeddings" in cluster.ask(MATERIALISED), SECONDS_OF_A_RUN)
    cluster.kill()
    code, _, errors = said(first)
    done = deployed.versions(NAME)
    cluster.start()
    again, output, after = said(run(deployed, "--json"))

    assert code == 1
    assert re.fullmatch(r"saetm: Dagster's records are out of reach: .*\n", last_line(errors))
    assert again == 0, after
    written = json.loads(output)["written"]
    assert {"items", "embeddings"} <= done.keys()
    assert not any(written.get(asset) for asset in ("items", "captions", "embeddings"))
    assert cluster.ask(RUNS)[-1] == "SUCCESS"
    undisturbed = Home(tmp_path / "undisturbed")
    undisturbed.add(NAME, posts, *FEW)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("SAETM_INSTANCE")
        undisturbed.run(NAME)
    assert_same(deployed, undisturbed, NAME, but={"reports"})


def test_a_server_that_is_not_there_is_one_sentence(cluster, deployed):
    cluster.kill()
    code, _, errors = said(run(deployed))

    assert code == 1
    assert re.fullmatch(r"saetm: Dagster's records are out of reach: .*\n", last_line(errors))


def last_line(text):
    return text.splitlines(keepends=True)[-1]
