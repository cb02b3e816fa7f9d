"""The explorer beside the Dagster UI: a process of its own that ends with it, however that ends.

    python -m saetm_assets.cli.beside HOST PORT

Its input is a pipe whose other end the Dagster UI holds. The kernel closes that end when the UI
ends, killed or not, and the explorer sees its input end.
"""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from threading import Thread
from time import sleep
from urllib.parse import urlsplit

from saetm_assets.explorer.security import is_loopback

GRACE = 5  # seconds in which answers under way may be finished


def start_beside(address: str, environment: Mapping[str, str]) -> str:
    """Start the explorer at its address, unless that is elsewhere or taken.

    The end of the pipe stays open in this process, also when it becomes another program.

    Returns:
        What there is to say, or nothing.
    """
    parts = urlsplit(address)
    host, port = parts.hostname or "", parts.port or 80
    if not is_loopback(host) or parts.scheme != "http" or parts.path:
        return ""
    if trouble := _trouble(host, port):
        return f"the explorer cannot be served at {address}: {trouble}; the UI goes on without it"
    ours, theirs = os.pipe()
    command = [sys.executable, "-m", "saetm_assets.cli.beside", host, str(port)]
    subprocess.Popen(command, stdin=ours, env=dict(environment))  # noqa: S603  our own command
    os.close(ours)
    os.set_inheritable(theirs, True)  # noqa: FBT003  its only argument
    return ""


def main(host: str, port: int) -> None:
    """Serve until the input ends, or somebody interrupts."""
    from saetm_assets.cli.explore import serve_explorer

    Thread(target=_end_with_input, daemon=True).start()
    serve_explorer(host, port)


def _trouble(host: str, port: int) -> str:
    """Say why nobody can listen there just now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with closing(socket.socket(family)) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((host, port))
        except OSError as error:
            return str(error.strerror).lower()
    return ""


def _end_with_input() -> None:
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    sleep(GRACE)
    os._exit(1)  # an answer that never ends must not outlive the UI


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
