"""Tell somebody when a run has failed for good."""

import dagster as dg

from resources.notify import Notice, Notifier
from saetm.errors import SaetmError
from saetm.prompts.wording import clean, shorten
from saetm_assets.partitions import PARTITION_TAG
from saetm_assets.reasons import reason

RETRIES = "dagster/will_retry"
LONGEST_REASON = 500  # characters


def failed_runs_sensor(interval_seconds: int) -> dg.SensorDefinition:
    """Build the sensor; a run that Dagster starts anew by itself is not reported."""

    @dg.run_failure_sensor(
        name="failed_runs",
        description="Tells the notifier of every failed run, once, with the reason of each step.",
        minimum_interval_seconds=interval_seconds,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def failed_runs(
        context: dg.RunFailureSensorContext, notifier: dg.ResourceParam[Notifier]
    ) -> None:
        run = context.dagster_run
        if run.tags.get(RETRIES) == "true":
            return
        try:
            notifier.tell(build_notice(context))
        except SaetmError as error:
            context.log.error("nobody could be told of run %s: %s", run.run_id, error)  # noqa: TRY400  one sentence

    return failed_runs


def build_notice(context: dg.RunFailureSensorContext) -> Notice:
    """Put what is known of a failed run into a notice; reasons are untrusted text."""
    run = context.dagster_run
    failures = {
        str(event.step_key): shorten(clean(reason(event)), LONGEST_REASON)
        for event in context.get_step_failure_events()
    }
    dataset = run.tags.get(PARTITION_TAG, "")
    reasons = "; ".join(f"{step}: {reason}" for step, reason in failures.items())
    what = f"dataset {dataset!r}" if dataset else f"job {run.job_name!r}"
    return Notice(
        text=f"saetm: a run of {what} failed: {reasons or 'before its first step'}"
        f" (run {run.run_id[:8]})",
        dataset=dataset,
        run_id=run.run_id,
        failures=failures,
    )
