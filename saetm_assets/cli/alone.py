"""One command-line run per dataset at a time, and the end of those whose process was killed."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
from filelock import FileLock, Timeout

from resources.settings import Settings
from saetm.errors import InputError
from saetm.rows import digest
from saetm_assets.partitions import PARTITION_TAG

BY_COMMAND_LINE = {"saetm/started_by": "command line"}  # tag of our runs
UNDER_WAY = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
]
PATIENCE_SECONDS = 1.0  # somebody may be looking whether the run is alive


@contextmanager
def alone(settings: Settings, dataset: str) -> Iterator[None]:
    """Hold the right to run one dataset from the command line; a crash frees it.

    Raises:
        InputError: another process has it.
    """
    lock = _lock(settings, dataset)
    try:
        lock.acquire(timeout=PATIENCE_SECONDS)
    except Timeout:
        raise InputError(f"dataset {dataset!r} is being run by another process") from None
    try:
        yield
    finally:
        lock.release()


def end_dead_runs(instance: dg.DagsterInstance, settings: Settings) -> None:
    """Enter command-line runs that nobody executes any more as canceled, and free their slots.

    A killed process reports nothing. Its run would stay under way for ever, and whoever needs
    the pool or the dataset that it holds would wait as long.
    """
    for run in instance.get_runs(dg.RunsFilter(statuses=UNDER_WAY, tags=BY_COMMAND_LINE)):
        try:
            with _lock(settings, run.tags[PARTITION_TAG]).acquire(timeout=0):
                _end(instance, run.run_id)
        except Timeout:
            continue  # it is alive


def refuse_rival(instance: dg.DagsterInstance, dataset: str) -> None:
    """Refuse to run beside a run that Dagster itself started for this dataset.

    Both would find the same rows owed, and write them twice.

    Raises:
        InputError: there is such a run.
    """
    runs = instance.get_runs(dg.RunsFilter(statuses=UNDER_WAY, tags={PARTITION_TAG: dataset}))
    rivals = [run for run in runs if not BY_COMMAND_LINE.items() <= run.tags.items()]
    if rivals:
        run_id = rivals[0].run_id[:8]
        raise InputError(f"dataset {dataset!r} is being run by Dagster right now (run {run_id})")


def _end(instance: dg.DagsterInstance, run_id: str) -> None:
    run = instance.get_run_by_id(run_id)  # it may have ended since the runs were listed
    if run is not None and not run.is_finished:
        instance.report_run_canceled(run, "The process of this run was killed.")
        instance.event_log_storage.free_concurrency_slots_for_run(run_id)


def _lock(settings: Settings, dataset: str) -> FileLock:
    return FileLock(settings.root / f"{digest([dataset])}.lock")
