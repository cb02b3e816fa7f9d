"""Processes that write to a lake at the same time, and what they leave."""

import subprocess
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path

from saetm.tables import VOCABULARY

ROOT = Path(__file__).parents[2]


@contextmanager
def writer(*job):
    command = [sys.executable, "-m", "tests.faults.lake_writer", *map(str, job)]
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True
    )
    with process:
        assert process.stdout.readline() == "ready\n"
        yield process
        process.kill()


def start(process):
    process.stdin.write("go\n")
    process.stdin.flush()


def together(*jobs):
    """Run jobs in processes that begin at the same moment; return what each of them said."""
    with ExitStack() as stack:
        processes = [stack.enter_context(writer(*job)) for job in jobs]
        for process in processes:
            start(process)
        return [process.communicate(timeout=120)[0] for process in processes]


def words(lake, dataset):
    return set(lake.scan(VOCABULARY, dataset).collect()["word"])


def names(number, rows):
    return {f"{number}:{row}" for row in range(rows)}


def is_one_sentence(message):
    return message.count("\n") == 1 and len(message) < 400


def beside(work, *jobs):
    """Run jobs at once, and `work` here again and again until they end; return what they said."""
    with ExitStack() as stack:
        processes = [stack.enter_context(writer(*job)) for job in jobs]
        for process in processes:
            start(process)
        while any(process.poll() is None for process in processes):
            work()
        return [process.communicate(timeout=120)[0] for process in processes]
