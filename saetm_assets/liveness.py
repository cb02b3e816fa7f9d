"""Which runs are alive: a run holds a lock while it executes, and a crash frees it.

A process that was killed reports nothing, and Dagster cannot tell: the runs of a daemon that went
down with its machine would stay under way for ever, and hold their dataset's one place in the
queue, a slot of the pool, and one of the few places of all runs.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import dagster as dg
from filelock import FileLock, Timeout

from saetm.rows import digest
from saetm_assets.partitions import BY_COMMAND_LINE, PARTITION_TAG

LAUNCHED_TAG = ".dagster/grpc_info"  # of a run that a code server of this machine executes
UNDER_WAY = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
]
LOOK_SECONDS = 10.0  # between two looks of who keeps watch
PATIENCE_SECONDS = 1.0  # a run starts just before it takes its lock, and ends just after


def lock_of(root: Path, dataset: str) -> FileLock:
    """Return the lock that whoever runs a dataset holds.

    Args:
        root: the home folder.
        dataset: the dataset; the id of a run that is about none.
    """
    return FileLock(root / f"{digest([dataset])}.lock")


def lock_of_run(root: Path, run: dg.DagsterRun) -> FileLock:
    """Return the lock that a run holds while it executes."""
    return lock_of(root, run.tags.get(PARTITION_TAG, run.run_id))


def silent_runs(instance: dg.DagsterInstance, root: Path) -> list[dg.DagsterRun]:
    """Return the runs that should be executing now, and that no process executes.

    One look may err about a run that is just starting or ending; two looks agree about a dead one.
    Runs that a launcher of another kind sent elsewhere are left to it.
    """
    runs = instance.get_runs(dg.RunsFilter(statuses=UNDER_WAY))
    return [run for run in runs if _should_execute(run) and _is_free(lock_of_run(root, run))]


def end_dead_runs(instance: dg.DagsterInstance, root: Path) -> None:
    """End the runs that nobody executes any more, and free what ended runs hold."""
    free_slots_of_ended_runs(instance)
    silent = {run.run_id for run in silent_runs(instance, root)}
    if silent:
        time.sleep(PATIENCE_SECONDS)
        for run in silent_runs(instance, root):
            if run.run_id in silent:
                end_run(instance, run)


@contextmanager
def watch(instance: dg.DagsterInstance, root: Path) -> Iterator[None]:
    """End dead runs again and again, in a thread beside what is done meanwhile.

    A run that dies later than this one began may hold the slot of the pool that this one needs,
    and where no daemon runs, nobody else takes it back.
    """
    is_over = Event()

    def look() -> None:
        while not is_over.wait(LOOK_SECONDS):
            end_dead_runs(instance, root)

    watcher = Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        is_over.set()
        watcher.join()


def end_run(instance: dg.DagsterInstance, run: dg.DagsterRun) -> None:
    """End a dead run, and free the slots that it holds.

    A run of a daemon has failed, so that the daemon starts it anew by itself. One of the command
    line is canceled: whoever started it knows.
    """
    current = instance.get_run_by_id(run.run_id)
    if current is None or current.is_finished:
        return  # others look as well
    message = "The process of this run was killed."
    if _is_by_command_line(run):
        instance.report_run_canceled(run, message)
    else:
        instance.report_run_failed(run, message)
    instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)


def free_slots_of_ended_runs(instance: dg.DagsterInstance) -> None:
    """Free the slots of pools that runs hold, or wait for, although they have ended.

    A run that is interrupted is canceled, and keeps its slot: a daemon would see to that where one
    runs, and without one every later step of the pool would wait for ever.
    """
    storage = instance.event_log_storage
    for run_id in storage.get_concurrency_run_ids():
        run = instance.get_run_by_id(run_id)
        if run is None or run.is_finished:
            storage.free_concurrency_slots_for_run(run_id)


def _should_execute(run: dg.DagsterRun) -> bool:
    if _is_by_command_line(run):
        return True
    # One that never started after its launch is for Dagster's own monitoring.
    return run.status == dg.DagsterRunStatus.STARTED and LAUNCHED_TAG in run.tags


def _is_by_command_line(run: dg.DagsterRun) -> bool:
    return BY_COMMAND_LINE.items() <= run.tags.items()


def _is_free(lock: FileLock) -> bool:
    try:
        with lock.acquire(timeout=0):
            return True
    except Timeout:
        return False
