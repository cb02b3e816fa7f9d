"""Values of the Dagster chart: in step with the settings of one machine, and with each other."""

import re

import pytest
import yaml

from tests.deploy.charts import HELM, snake, values
from tests.line.homes import ROOT

INSTANCE = yaml.safe_load((ROOT / "dagster.yaml").read_text())
DEPLOYED = yaml.safe_load((ROOT / "deploy" / "dagster.yaml").read_text())


@pytest.fixture
def base():
    return values("values.yaml")


def test_the_settings_of_the_instance_are_those_of_one_machine(base):
    chart = {
        "telemetry": base["telemetry"],
        "concurrency": without_switch(base["concurrency"]),
        "run_monitoring": snake(base["dagsterDaemon"]["runMonitoring"]),
        "run_retries": snake(base["dagsterDaemon"]["runRetries"]),
        "retention": without_switch(base["retention"]),
        **base["additionalInstanceConfig"],
    }

    assert {key: value for key, value in chart.items() if key in INSTANCE} == INSTANCE
    assert chart.keys() - INSTANCE.keys() == {"local_artifact_storage"}


def test_records_and_logs_are_kept_as_on_one_machine(base):
    postgres = DEPLOYED["storage"]["postgres"]["postgres_db"]
    logs = base["computeLogManager"]["config"]["customComputeLogManager"]

    assert base["postgresql"]["postgresqlScheme"] == postgres["scheme"]
    assert base["postgresql"]["postgresqlParams"] == postgres["params"]
    assert (logs["module"], logs["class"]) == (
        DEPLOYED["compute_logs"]["module"],
        DEPLOYED["compute_logs"]["class"],
    )


def test_the_chart_has_the_version_of_the_library():
    pinned = re.search("^dagster==(.*)$", (ROOT / "constraints.txt").read_text(), re.MULTILINE)[1]

    assert f"--version {pinned} " in (HELM / "values.yaml").read_text()


def test_every_service_has_one_image_and_runs_as_its_user(base):
    (deployment,) = base["dagster-user-deployments"]["deployments"]
    pods = [base["dagsterWebserver"], base["dagsterDaemon"], deployment]
    user = re.search("^USER (.*):", (ROOT / "Dockerfile").read_text(), re.MULTILINE)[1]

    assert all(pod["image"] == deployment["image"] for pod in pods)
    assert all(str(pod["podSecurityContext"]["runAsUser"]) == user for pod in pods)
    assert all(pod["podSecurityContext"]["runAsNonRoot"] for pod in pods)


def test_the_code_server_is_started_as_by_compose(base):
    (deployment,) = base["dagster-user-deployments"]["deployments"]
    compose = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())
    command = compose["services"]["code"]["command"]

    assert deployment["dagsterApiGrpcArgs"] == command[3:7]


@pytest.mark.parametrize("path", sorted(HELM.glob("*.yaml")), ids=lambda path: path.name)
def test_no_secret_stands_in_a_file(path):
    for line in path.read_text().splitlines():
        setting = line.partition("#")[0]
        assert not re.search(r"(?i)(password|token|_key):\s*\S", setting)


@pytest.mark.parametrize("name", ["values-gpu.yaml", "values-ray.yaml"])
def test_a_variant_changes_runs_and_leaves_services_alone(base, name):
    variant = values("values.yaml", name)
    changed = {key for key in variant if variant[key] != base.get(key)}

    assert "runLauncher" in changed
    assert changed <= {"runLauncher", "concurrency"}


def without_switch(settings):
    """Return settings of the chart without the switch that turns them on."""
    assert settings["enabled"]
    return {key: value for key, value in snake(settings).items() if key != "enabled"}
