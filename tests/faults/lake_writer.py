"""A process that writes to a lake and may be killed, starved or shut out: `lake_writer JOB ...`.

It says `ready`, waits for a line on its input, does its job, and prints what came of it.
"""

import os
import resource
import sys
import time

import numpy as np
import polars as pl

from resources.lake import Lake
from resources.retirement import clear
from saetm.errors import SaetmError
from saetm.tables import ITEMS, REPLIES, VOCABULARY
from tests.resources.played_runs import go_back
from tests.strategies import example_rows

NOTE = {"run_id": "writer"}
NOBODY = 65_534


def say(line):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def batch(dataset, number, rows):
    words = [f"{number}:{row}" for row in range(rows)]
    return example_rows(VOCABULARY, rows, dataset=dataset).with_columns(word=pl.Series(words))


def noise(size):
    """Return a reply that does not compress, so that its file has about `size` bytes."""
    text = np.random.default_rng(0).bytes(size // 2).hex()
    return example_rows(REPLIES, 1).with_columns(reply=pl.lit(text))


def append(root, dataset, commits, rows):
    for number in range(int(commits)):
        Lake(root).append(VOCABULARY, batch(dataset, number, int(rows)), note=NOTE)
        say(str(number))


def replace(root, dataset, commits, rows):
    for number in range(int(commits)):
        Lake(root).replace(VOCABULARY, dataset, batch(dataset, number, int(rows)), note=NOTE)


def describe(root, dataset, commits):
    """Write items with an address, a column that an older table does not have."""
    for number in range(int(commits)):
        item = example_rows(ITEMS, 1, dataset=dataset).with_columns(
            item_id=pl.lit(str(number)), url=pl.lit(f"{dataset} {number}")
        )
        Lake(root).append(ITEMS, item, note=NOTE)


def churn(root, dataset, commits, rows):
    """Append a batch and delete the one before, again and again."""
    lake = Lake(root)
    for number in range(int(commits)):
        lake.append(VOCABULARY, batch(dataset, number, int(rows)), note=NOTE)
        if number:
            before = batch(dataset, number - 1, int(rows))
            lake.delete(VOCABULARY, dataset, before.select("word"), note=NOTE)


def take_back(root, dataset, to, seconds):
    """Go back to the end of a run, slowly, so that a test can strike between two tables."""
    replace = Lake.replace

    def patiently(self, *arguments, **options):
        written = replace(self, *arguments, **options)
        time.sleep(float(seconds))
        return written

    Lake.replace = patiently
    go_back(Lake(root), dataset, to, "killed")


def depart(root, dataset):
    """Leave the lake."""
    clear(Lake(root), dataset, run_id="departed")


def create(root):
    Lake(root).create()


def outgrow(root, limit, size):
    """Write more than this process may: the kernel refuses, as it does on a full disk."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
    fill(root, size)


def fill(root, size):
    Lake(root).append(REPLIES, noise(int(size)), note=NOTE)


def trespass(root):
    """Write as somebody who may only read, then read."""
    try:
        as_nobody(root, "append", "d", 1, 1)
    except SaetmError as error:
        say(f"refused: {error}")
    say(str(Lake(root).scan(VOCABULARY).collect().height))


def as_nobody(root, job, *arguments):
    """Do a job as somebody who may only read."""
    Lake(root).scan(VOCABULARY).collect()  # loads what an unprivileged user may not be able to
    if os.geteuid() == 0:
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    JOBS[job](root, *arguments)


JOBS = {
    job.__name__: job
    for job in (
        append,
        replace,
        describe,
        churn,
        take_back,
        depart,
        create,
        outgrow,
        fill,
        trespass,
        as_nobody,
    )
}

if __name__ == "__main__":
    say("ready")
    sys.stdin.readline()
    try:
        JOBS[sys.argv[1]](*sys.argv[2:])
    except SaetmError as error:
        say(f"refused: {error}")
