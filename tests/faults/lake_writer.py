"""A process that writes to a lake and may be killed, starved or shut out: `lake_writer JOB ...`.

It says `ready`, waits for a line on its input, does its job, and prints what came of it.
"""

import os
import resource
import sys

import numpy as np
import polars as pl

from resources.lake import Lake
from saetm.errors import SaetmError
from saetm.tables import ITEMS, REPLIES, VOCABULARY
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
    Lake(root).scan(VOCABULARY).collect()  # loads what an unprivileged user may not be able to
    if os.geteuid() == 0:
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    try:
        Lake(root).append(VOCABULARY, batch("d", 9, 1), note=NOTE)
    except SaetmError as error:
        say(f"refused: {error}")
    say(str(Lake(root).scan(VOCABULARY).collect().height))


JOBS = {job.__name__: job for job in (append, replace, describe, create, outgrow, fill, trespass)}

if __name__ == "__main__":
    say("ready")
    sys.stdin.readline()
    try:
        JOBS[sys.argv[1]](*sys.argv[2:])
    except SaetmError as error:
        say(f"refused: {error}")
