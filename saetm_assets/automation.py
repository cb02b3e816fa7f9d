"""When a stage runs by itself, and how often it tries.

Sensors look outward, at folders and settings. Inside the graph data pull: a stage runs when the
data version of something that it reads has changed.
"""

import dagster as dg

LAST_STAGE = "report"  # of the line
RETRY = dg.RetryPolicy(
    max_retries=3, delay=10, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS
)


def on_change(*, without: str = "") -> dg.AutomationCondition[dg.AssetKey]:
    """Run when what the stage reads has changed since it was last asked for, or its code has.

    The change is latched: only our own request clears it. Dagster's `eager()` clears it when the
    stage materialises, and so loses what arrives while the stage runs; and it takes a
    materialisation for a change, even one to the same data version.

    While a run is on its way to the report, nothing is asked for: stages that it is through with
    would run again without those that it is not, and topics be fitted to one half of the news,
    then to the other.

    A stage that failed is not asked for again: a step tries three times, then waits for a person
    or for other data.

    Args:
        without: an asset that the stage reads where it is there; it does not wait for it.
    """
    condition = dg.AutomationCondition
    missing = condition.any_deps_missing()
    if without:
        missing = missing.ignore(dg.AssetSelection.assets(without))
    changed = condition.any_deps_updated().replace(
        "newly_updated", condition.data_version_changed()
    )
    is_latched = changed.since(
        condition.newly_requested() | condition.initial_evaluation()
    ).with_label("data changed since it was last asked for")
    never_ran = condition.newly_missing() | (condition.missing() & condition.initial_evaluation())
    is_amid = condition.asset_matches(LAST_STAGE, condition.in_progress())
    may_run = (
        ~missing
        & ~condition.any_deps_in_progress()
        & ~condition.in_progress()
        & ~is_amid.with_label("a run is on its way to the report")
    )
    wants = is_latched | never_ran | condition.code_version_changed()
    return (condition.in_latest_time_window() & wants & may_run).with_label("on change")


def follow_changes_sensor(interval_seconds: int) -> dg.AutomationConditionSensorDefinition:
    """Build the sensor that evaluates the stages' conditions.

    It asks for one run per dataset rather than a backfill: the limit of one run per dataset and
    the daily overview count runs, and a backfill waits for a daemon of its own.
    """
    return dg.AutomationConditionSensorDefinition(
        "follow_changes",
        target=dg.AssetSelection.all(),
        description="Asks for stages when the data that they read have changed.",
        default_status=dg.DefaultSensorStatus.RUNNING,
        minimum_interval_seconds=interval_seconds,
        emit_backfills=False,
    )
