"""A Ray cluster on this machine, in a process of its own: a head without work, and two workers.

    python -m tests.engines.cluster

It prints its address, and ends with its input.
"""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

from tests.line.homes import ROOT

STORE_BYTES = 100 * 2**20


@contextmanager
def running_cluster():
    """Yield the process of a cluster and its address; all of it is gone at the end."""
    pipe = subprocess.PIPE
    command = [sys.executable, "-W", "ignore", "-m", "tests.engines.cluster"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}  # noqa: TID251  handed on as it is
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, text=True
    ) as process:
        yield process, process.stdout.readline().strip()
        process.stdin.close()


def actors_of(process):
    """Return the ids of the processes below this one that work on portions."""
    return [pid for pid in _below(process.pid) if "MapWorker" in _command(pid)]


def kill_one(process):
    """Kill an actor without warning."""
    os.kill(actors_of(process)[0], signal.SIGKILL)


def _below(pid):
    children = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # it has just ended
        children.setdefault(parent, []).append(int(folder.name))
    found = [pid]
    for each in found:
        found += children.get(each, [])
    return found[1:]


def _command(pid):
    try:
        return (Path("/proc") / str(pid) / "cmdline").read_text()
    except OSError:
        return ""


def main():
    from ray.cluster_utils import Cluster

    cluster = Cluster(
        initialize_head=True,
        head_node_args={
            "num_cpus": 0,
            "object_store_memory": STORE_BYTES,
            "include_dashboard": False,
        },
    )
    for _ in range(2):
        cluster.add_node(num_cpus=1, object_store_memory=STORE_BYTES)
    sys.stdout.write(f"{cluster.address}\n")
    sys.stdout.flush()
    sys.stdin.read()
    cluster.shutdown()


if __name__ == "__main__":
    main()
