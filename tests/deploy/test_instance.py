"""The instance settings of a deployment: in step with those of one machine, and loadable."""

import dagster as dg
import pytest
import yaml
from dagster._core.instance.ref import InstanceRef

from resources.settings import load_settings
from saetm.errors import InputError
from saetm_assets.event_log import MOST_ENGINES, KeptEventLog
from saetm_assets.home import open_instance
from tests.line.homes import ROOT

PLACES = {"storage", "compute_logs", "local_artifact_storage"}
DEPLOYED = ROOT / "deploy" / "dagster.yaml"


def read(path):
    return yaml.safe_load(path.read_text())


def variables(settings):
    """Return the variables that settings take values from."""
    if isinstance(settings, dict):
        if settings.keys() == {"env"}:
            return {settings["env"]}
        return set().union(*(variables(value) for value in settings.values()))
    return set()


def test_but_for_places_the_settings_are_those_of_one_machine():
    deployed = read(DEPLOYED)

    assert deployed.keys() >= PLACES
    assert {key: deployed[key] for key in deployed if key not in PLACES} == read(
        ROOT / "dagster.yaml"
    )


def test_dagster_accepts_the_settings_and_keeps_records_in_postgres(monkeypatch):
    compose = read(ROOT / "deploy" / "compose.yaml")["x-saetm"]["environment"]
    given = {name: compose.get(name, "secret") for name in variables(read(DEPLOYED))}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    reference = InstanceRef.from_dir(str(DEPLOYED.parent))

    assert reference.storage_data.class_name == "DagsterPostgresStorage"
    assert given.keys() - compose.keys() == {"DAGSTER_PG_PASSWORD"}
    assert compose["DAGSTER_PG_PASSWORD_FILE"]
    assert not reference.settings["telemetry"]["enabled"]


def test_saetm_uses_the_settings_of_a_deployment_and_writes_nothing_beside_them(
    monkeypatch, tmp_path
):
    own = tmp_path / "own"
    own.mkdir()
    (own / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    monkeypatch.setenv("SAETM_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SAETM_INSTANCE", str(own))
    with open_instance(load_settings()) as instance:
        assert instance.root_directory == str(own)
        assert isinstance(instance, dg.DagsterInstance)

    assert (own / "dagster.yaml").read_text() == "telemetry: {enabled: false}\n"
    assert not (own / "workspace.yaml").exists()


def test_a_deployment_without_settings_is_told_so(monkeypatch, tmp_path):
    monkeypatch.setenv("SAETM_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SAETM_INSTANCE", str(tmp_path))

    with pytest.raises(InputError, match=r"SAETM_INSTANCE: .* holds no dagster.yaml"):
        open_instance(load_settings())


def test_what_saetm_notes_stands_at_once_where_dagsters_own_storage_looks(monkeypatch, tmp_path):
    monkeypatch.setenv("SAETM_HOME", str(tmp_path))
    settings = load_settings()
    with open_instance(settings) as ours:
        assert isinstance(ours.event_log_storage, KeptEventLog)
        for names in (["sea"], ["wood", "sky"]):
            ours.add_dynamic_partitions("datasets", names)
            with dg.DagsterInstance.from_config(str(settings.dagster_home)) as theirs:
                assert not isinstance(theirs.event_log_storage, KeptEventLog)
                assert set(names) <= set(theirs.get_dynamic_partitions("datasets"))
                theirs.add_dynamic_partitions("datasets", [f"{names[0]} of others"])
        assert len(ours.get_dynamic_partitions("datasets")) == 5
    assert not list(tmp_path.rglob("*-wal"))  # nothing is left open


def test_the_logs_of_many_runs_are_read_with_few_files_open(monkeypatch, tmp_path):
    monkeypatch.setenv("SAETM_HOME", str(tmp_path))
    with open_instance(load_settings()) as instance:
        runs = [instance.create_run_for_job(_nothing).run_id for _ in range(MOST_ENGINES)]
        for run_id in [*runs, runs[0]]:
            instance.report_engine_event(run_id, dagster_run=instance.get_run_by_id(run_id))
        assert [len(instance.all_logs(run_id)) for run_id in runs] == [2] + [1] * (len(runs) - 1)
        assert len(list(tmp_path.rglob("*-wal"))) <= MOST_ENGINES


@dg.job
def _nothing():
    pass
