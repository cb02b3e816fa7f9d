"""Steps that failed, from Dagster's records: the ledger keeps what was finished."""

from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg

from saetm_assets.partitions import PARTITION_TAG
from saetm_assets.reasons import reason
from saetm_assets.work_done import Work

KINDS = {dg.DagsterEventType.STEP_START, dg.DagsterEventType.STEP_FAILURE}


def failures(instance: dg.DagsterInstance, dataset: str) -> list[Work]:
    """Return how each asset failed that a failed run of a dataset could not make."""
    failed = dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE], tags={PARTITION_TAG: dataset})
    runs = instance.get_runs(filters=failed)
    return [work for run in runs for work in _of_run(instance, run.run_id, dataset)]


def _of_run(instance: dg.DagsterInstance, run_id: str, dataset: str) -> Iterator[Work]:
    began: dict[str, datetime] = {}
    for entry in instance.all_logs(run_id, of_type=KINDS):
        event, at = entry.get_dagster_event(), datetime.fromtimestamp(entry.timestamp, UTC)
        step = str(event.step_key)
        first = began.setdefault(step, at)  # of several attempts
        if event.is_step_failure:
            yield Work(dataset, step, run_id, first, at, (), (), failure=reason(event))
