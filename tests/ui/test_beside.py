"""The explorer beside the Dagster UI: up while that is, and never longer."""

import http.client
import os
import socket
import subprocess
import sys

import pytest

from saetm_assets.cli.beside import start_beside
from tests.ui.served import ROOT, free_port, waited

SECONDS = 60
BECOMES_ANOTHER = """
import os, sys
from saetm_assets.cli.beside import start_beside
print(start_beside(sys.argv[1], os.environ), flush=True)
os.execv(sys.executable, [sys.executable, "-c", "import time; time.sleep(600)"])
"""


def status(port):
    """Return how the explorer answers, or None where nobody listens."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status
    except ConnectionRefusedError:
        return None
    finally:
        connection.close()


def test_the_explorer_ends_with_the_killed_program_that_its_starter_became(tmp_path):
    port = free_port()
    with subprocess.Popen(
        [sys.executable, "-c", BECOMES_ANOTHER, f"http://127.0.0.1:{port}"],
        cwd=ROOT,
        env={**os.environ, "SAETM_HOME": str(tmp_path)},  # noqa: TID251  handed on as it is
        stdout=subprocess.PIPE,
    ) as starter:
        assert waited(lambda: status(port), SECONDS) == 200
        starter.kill()

    assert waited(lambda: status(port) is None, SECONDS)


def test_where_the_port_is_taken_one_line_says_so():
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        address = f"http://127.0.0.1:{door.getsockname()[1]}"
        said = start_beside(address, {})

    assert said == (
        f"the explorer cannot be served at {address}: address already in use; "
        "the UI goes on without it"
    )


@pytest.mark.parametrize(
    "address", ["https://127.0.0.1:1", "http://topics.example", "http://127.0.0.1:1/below"]
)
def test_an_explorer_that_is_served_elsewhere_is_left_to_others(address):
    assert start_beside(address, {}) == ""
