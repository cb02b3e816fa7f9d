"""A server of the S3 protocol, in a process of its own.

It cannot run in this process: deltalake holds Python's lock while it waits for an answer.
"""

import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from urllib.request import Request, urlopen

import pytest

SECRET = "wJalrXUtnFEMI"


def free_port():
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return door.getsockname()[1]


def wait_for(port):
    for _ in range(300):
        try:
            return socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.1)
    pytest.fail("the object store did not start within 30 seconds")


@contextmanager
def running_store():
    """Yield the address of a store; it is killed at the end."""
    pytest.importorskip("moto.server", reason="moto plays the object store")
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=quiet, stderr=quiet) as process:
        wait_for(port)
        yield f"http://127.0.0.1:{port}"
        process.kill()


def point_at(address, monkeypatch):
    """Set what the clients of object stores read from the environment."""
    for name, value in {
        "AWS_ENDPOINT_URL": address,
        "AWS_ACCESS_KEY_ID": "somebody",
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_REGION": "us-east-1",
        "AWS_ALLOW_HTTP": "true",
    }.items():
        monkeypatch.setenv(name, value)


def make_bucket(address, request):
    """Make a bucket of the name of a test."""
    name = "".join(letter if letter.isalnum() else "-" for letter in request.node.name.lower())
    bucket = name[:60].strip("-")
    urlopen(Request(f"{address}/{bucket}", method="PUT")).close()
    return bucket
