"""A run as a code server executes it: `python -m tests.faults.launched_run DATASET`.

Its one step takes the pool's slot, leaves a file `working` in the home folder, and waits until
there is a file `go`.
"""

import sys
import time

import dagster as dg

from resources.settings import load_settings
from saetm_assets.executors import alive
from saetm_assets.home import open_instance
from saetm_assets.liveness import LAUNCHED_TAG
from saetm_assets.partitions import PARTITION_TAG

HOME = load_settings().root


@dg.op(pool="gpu")
def work():
    (HOME / "working").touch()
    while not (HOME / "go").exists():
        time.sleep(0.1)


@dg.job(executor_def=alive(dg.in_process_executor, HOME))
def patient():
    work()


def tags(dataset):
    """Return the tags of a run that a daemon has launched for a dataset."""
    return {PARTITION_TAG: dataset, LAUNCHED_TAG: '{"host": "localhost", "socket": "/gone"}'}


if __name__ == "__main__":
    with open_instance(load_settings()) as instance:
        dg.execute_job(dg.reconstructable(patient), instance, tags=tags(sys.argv[1]))
