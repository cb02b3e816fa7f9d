"""What the compose file starts: its form, its secrets, and that each command is there."""

import re
from importlib.metadata import entry_points
from pathlib import Path

import pytest
import yaml
from check_jsonschema.cli import main as check_jsonschema
from click.testing import CliRunner

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "deploy").glob("compose*.yaml"))
COMPOSE = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
OURS = {name for name, service in SERVICES.items() if "SAETM_IMAGE" in service["image"]}
SECRETS = re.compile("KEY|PASSWORD|TOKEN|SECRET")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_it_has_the_form_of_the_compose_specification(path):
    arguments = ["--builtin-schema", "vendor.compose-spec", str(path)]
    result = CliRunner().invoke(check_jsonschema, arguments)

    assert result.exit_code == 0, result.output


def test_a_wrong_key_would_be_found(tmp_path):
    (tmp_path / "compose.yaml").write_text("services: {code: {image: saetm, comand: [x]}}")
    arguments = ["--builtin-schema", "vendor.compose-spec", str(tmp_path / "compose.yaml")]

    assert CliRunner().invoke(check_jsonschema, arguments).exit_code == 1


def test_every_service_is_there():
    assert {"migrate", "code", "daemon", "webserver", "explorer"} == OURS
    assert SERVICES.keys() - OURS == {"postgres", "vllm"}
    assert SERVICES["vllm"]["profiles"] == ["gpu"]


@pytest.mark.parametrize("name", sorted(OURS))
def test_the_program_that_it_starts_can_be_loaded(name):
    program = SERVICES[name]["command"][0]
    (found,) = entry_points(group="console_scripts", name=program)

    assert callable(found.load())


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_secrets_are_files_and_no_value_stands_in_the_file(name):
    environment = SERVICES[name].get("environment", {})
    told = {key: value for key, value in environment.items() if SECRETS.search(key)}

    assert all(key.endswith("_FILE") for key in told)
    assert all(value.startswith("/run/secrets/") for value in told.values())
    mounted = {f"/run/secrets/{secret}" for secret in SERVICES[name].get("secrets", [])}
    assert set(told.values()) <= mounted


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_what_it_waits_for_can_be_waited_for(name):
    for other, wait in SERVICES[name].get("depends_on", {}).items():
        if wait["condition"] == "service_healthy":
            assert "test" in SERVICES[other]["healthcheck"]
        else:
            assert wait["condition"] == "service_completed_successfully"
            assert SERVICES[other]["restart"] == "no"


@pytest.mark.parametrize("name", sorted(OURS))
def test_no_service_of_ours_has_more_rights_than_it_needs(name):
    service = SERVICES[name]

    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_pages_are_reached_from_this_machine_alone_unless_it_is_said_otherwise():
    assert SERVICES["webserver"]["ports"] == ["${SAETM_BIND:-127.0.0.1}:${SAETM_PORT:-3000}:3000"]
    bound = "${SAETM_BIND:-127.0.0.1}:${SAETM_EXPLORER_PORT:-3001}:3001"
    assert SERVICES["explorer"]["ports"] == [bound]
    assert [name for name in SERVICES if "ports" in SERVICES[name]] == ["webserver", "explorer"]


def test_the_workspace_names_the_code_server_as_the_compose_file_does():
    workspace = yaml.safe_load((ROOT / "deploy" / "workspace.yaml").read_text())
    server = workspace["load_from"][0]["grpc_server"]
    command = SERVICES["code"]["command"]

    assert server["host"] in SERVICES
    assert str(server["port"]) == command[command.index("--port") + 1]
    assert server["location_name"] == command[command.index("--location-name") + 1]
