"""One run per dataset at a time: what the command line refuses to do beside another run."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
from filelock import Timeout

from resources.settings import Settings
from saetm.errors import InputError
from saetm_assets.liveness import PATIENCE_SECONDS, lock_of
from saetm_assets.partitions import BY_COMMAND_LINE, PARTITION_TAG, UNFINISHED


@contextmanager
def alone(settings: Settings, dataset: str) -> Iterator[None]:
    """Hold the right to run one dataset; a crash frees it.

    Raises:
        InputError: another process has it.
    """
    lock = lock_of(settings.root, dataset)
    try:
        lock.acquire(timeout=PATIENCE_SECONDS)  # somebody may be looking whether a run is alive
    except Timeout:
        raise InputError(f"dataset {dataset!r} is being run by another process") from None
    try:
        yield
    finally:
        lock.release()


def refuse_rival(instance: dg.DagsterInstance, dataset: str) -> None:
    """Refuse to run beside a run that Dagster itself started for this dataset.

    Both would find the same rows owed, and write them twice; one that waits in the queue counts.

    Raises:
        InputError: there is such a run.
    """
    runs = instance.get_runs(dg.RunsFilter(statuses=UNFINISHED, tags={PARTITION_TAG: dataset}))
    rivals = [run for run in runs if not BY_COMMAND_LINE.items() <= run.tags.items()]
    if rivals:
        run_id = rivals[0].run_id[:8]
        raise InputError(f"dataset {dataset!r} is being run by Dagster right now (run {run_id})")
