"""End runs whose process was killed, so that what waits for them goes on."""

import json
from pathlib import Path

import dagster as dg

from saetm_assets.liveness import end_run, silent_runs


def dead_runs_sensor(root: Path, interval_seconds: int) -> dg.SensorDefinition:
    """Build the sensor; it ends a run that two looks in a row find without a process.

    Dagster's own monitoring ends runs that never start. Of a run that has started, the default
    launcher cannot tell it whether the process is still there.

    Args:
        root: home folder, with the locks of live runs.
        interval_seconds: seconds between two looks.
    """

    @dg.sensor(
        name="dead_runs",
        description="Ends runs whose process was killed; the daemon starts them anew.",
        minimum_interval_seconds=interval_seconds,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def dead_runs(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        before = json.loads(context.cursor or "[]")
        silent = {run.run_id: run for run in silent_runs(context.instance, root)}
        dead = [silent.pop(run_id) for run_id in before if run_id in silent]
        for run in dead:
            end_run(context.instance, run)
        context.update_cursor(json.dumps(sorted(silent)))
        if dead:
            return dg.SkipReason(f"ended {', '.join(run.run_id[:8] for run in dead)}")
        return dg.SkipReason("every run that is under way has a process")

    return dead_runs
