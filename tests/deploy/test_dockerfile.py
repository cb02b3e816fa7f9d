"""What the image is made of, checked without an engine."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from deploy.dependencies import requirements

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
ENTRYPOINT = ROOT / "deploy" / "entrypoint.sh"
SECRETS = re.compile("KEY|PASSWORD|TOKEN|SECRET")


def test_the_linter_of_dockerfiles_has_nothing_to_say():
    linter = Path(sys.executable).with_name("hadolint")
    said = subprocess.run(
        [linter, "Dockerfile"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert (said.returncode, said.stdout, said.stderr) == (0, "", "")


def test_the_image_has_one_layer_of_what_pyproject_asks_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = re.search('ARG EXTRAS="(.*)"', DOCKERFILE).group(1).split()

    assert set(project["dependencies"]) < set(requirements(extras))
    assert "vllm" not in " ".join(requirements(extras))
    with pytest.raises(KeyError):
        requirements(["no-such-extra"])


def test_whatever_is_copied_into_the_image_is_let_through_and_secrets_are_not():
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    let_through = {line[1:] for line in ignored if line.startswith("!")}
    copied = {
        source
        for line in re.findall("^COPY (?!--from)(.*)$", DOCKERFILE, re.MULTILINE)
        for source in line.split()[:-1]
        if not source.startswith("--") and source != "."
    }

    assert "*" in ignored
    assert copied <= let_through
    assert all((ROOT / path).exists() for path in let_through)


def test_no_layer_is_told_a_secret():
    told = re.findall(r"^(?:ARG|ENV) .*?(?<!\\)$", DOCKERFILE, re.MULTILINE | re.DOTALL)

    assert told
    assert not [line for line in told if SECRETS.search(line)]


def test_it_runs_as_a_user_by_number_and_starts_the_ui():
    final = DOCKERFILE.partition("AS final")[2]

    assert "USER 10001:10001" in final  # Kubernetes cannot tell that a name is not root
    assert 'CMD ["saetm", "ui", "--host", "0.0.0.0"]' in final


def test_the_entry_point_reads_secrets_from_files_and_hands_the_command_on(tmp_path):
    (tmp_path / "password").write_text("a b'\"$c\n")
    told = entered(["sh", "-c", 'echo "$DAGSTER_PG_PASSWORD|$1"', "", "x y"], tmp_path)

    assert told.stdout == "a b'\"$c|x y\n"
    assert entered(["sh", "-c", "exit 7"], tmp_path).returncode == 7


def test_a_secret_that_is_not_there_stops_the_service(tmp_path):
    told = entered(["echo", "started"], tmp_path)

    assert told.returncode != 0
    assert "started" not in told.stdout
    assert "password" in told.stderr


def entered(command, secrets):
    environment = {"PATH": os.environ["PATH"]}  # noqa: TID251  handed on as it is
    environment["DAGSTER_PG_PASSWORD_FILE"] = str(secrets / "password")
    return subprocess.run(
        [ENTRYPOINT, *command], env=environment, capture_output=True, text=True, check=False
    )
