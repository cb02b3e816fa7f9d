"""A PostgreSQL server of one's own, from the programs of Debian's package."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.ui.served import free_port, waited

INSTALLED = Path("/usr/lib/postgresql")  # one folder per version
SYSTEM_USER = "postgres"  # made by the package; the server refuses to be root
SECONDS_TO_START = 60
HINT = "PostgreSQL is not installed: apt-get install postgresql"
SECRET = "wood-block/42"  # a slash has to be quoted in an address


def programs():
    """Return the folder of the newest version's programs, or skip the test."""
    found = sorted(INSTALLED.glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if not found:
        pytest.skip(HINT)
    return found[-1].parent


@dataclass
class Cluster:
    """A cluster in a folder, reached by loopback with a password."""

    folder: Path
    port: int
    process: subprocess.Popen | None = None

    def environment(self):
        """Return what a deployment's instance settings read."""
        return {
            "DAGSTER_PG_HOST": "127.0.0.1",
            "DAGSTER_PG_PORT": str(self.port),
            "DAGSTER_PG_DB": "postgres",
            "DAGSTER_PG_USERNAME": "dagster",
            "DAGSTER_PG_PASSWORD": SECRET,
        }

    def start(self):
        """Start the server, after a crash too, and wait until it answers."""
        server = programs() / "postgres"
        options = ["-D", self.folder / "data", "-p", str(self.port), "-k", self.folder]
        with (self.folder / "log").open("a") as log:
            self.process = subprocess.Popen(
                [server, *options, "-h", "127.0.0.1"],
                cwd=self.folder,
                stderr=log,
                start_new_session=True,
                **unprivileged(),
            )
        waited(self.answers, SECONDS_TO_START)

    def answers(self):
        return self.process.poll() is None and self.ask("select 1") == ["1"]

    def ask(self, query):
        """Return the rows of a query as text, or None while the server cannot be asked."""
        address = ["-h", "127.0.0.1", "-p", str(self.port), "-U", "dagster", "-d", "postgres"]
        told = subprocess.run(
            [programs() / "psql", *address, "--no-align", "--tuples-only", "-c", query],
            env={"PGPASSWORD": SECRET},
            capture_output=True,
            text=True,
            check=False,
        )
        return told.stdout.splitlines() if told.returncode == 0 else None

    def kill(self):
        """Kill the server and every process of it, as a machine that goes down does."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def unprivileged():
    """Return how a process is started as the package's user, where this one is root."""
    if os.geteuid() != 0:
        return {}
    return {"user": SYSTEM_USER, "group": SYSTEM_USER, "extra_groups": []}


@contextmanager
def running():
    """Make a cluster in a folder that its user can reach, and run it."""
    folder = Path(tempfile.mkdtemp())
    if os.geteuid() == 0:
        user = pwd.getpwnam(SYSTEM_USER)
        os.chown(folder, user.pw_uid, user.pw_gid)
    cluster = Cluster(folder, free_port())
    try:
        create(folder)
        cluster.start()
        yield cluster
    finally:
        if cluster.process and cluster.process.poll() is None:
            cluster.kill()
        shutil.rmtree(folder)


def create(folder):
    password = folder / "password"
    password.write_text(SECRET)
    command = [programs() / "initdb", "-D", folder / "data", "-U", "dagster", "--no-sync"]
    access = ["--auth", "scram-sha-256", "--pwfile", password, "--encoding", "UTF8"]
    subprocess.run([*command, *access], check=True, capture_output=True, **unprivileged())
