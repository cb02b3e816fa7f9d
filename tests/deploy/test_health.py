"""The code server is started as its service starts it, and asked for health as its check asks."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.line.homes import ROOT, Home
from tests.ui.served import end, free_port, waited

CODE = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())["services"]["code"]
SECONDS_TO_START = 120


def at(port, command):
    """Return a command of the compose file for another port, with this environment's programs."""
    programs = Path(sys.executable).parent
    return [programs / command[0], *(str(port) if word == "4000" else word for word in command[1:])]


def is_healthy(port):
    check = at(port, CODE["healthcheck"]["test"][1:])
    return subprocess.run(check, capture_output=True, check=False).returncode == 0


@pytest.mark.slow
def test_the_code_server_becomes_healthy_and_is_not_once_it_is_gone(tmp_path):
    port = free_port()
    home = Home(tmp_path / "home")
    assert not is_healthy(port)
    server = subprocess.Popen(
        at(port, CODE["command"]),
        env={**os.environ, "SAETM_HOME": str(home.root)},  # noqa: TID251  handed on as it is
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        waited(lambda: is_healthy(port), SECONDS_TO_START)
    finally:
        end(server)

    assert not is_healthy(port)
