"""What goes by the clock: maintenance of the lake, and a daily look at every dataset's folder."""

from datetime import timedelta

import dagster as dg

from resources.inbox import Inbox
from resources.lake import Lake
from resources.registry import Registry
from resources.upkeep import Maintenance, Upkeep
from resources.view import ledgers
from saetm.errors import SaetmError
from saetm.tables import TABLES
from saetm_assets.partitions import DATASETS_PARTITIONS, SETTLED_TAG

ITEMS = "items"
ANSWERED = ("captions", "topic_summaries")  # stages that may lack some answers of a model
EVERY_NIGHT, EVERY_MORNING = "15 2 * * *", "15 5 * * *"  # UTC
REST = timedelta(minutes=1)  # a file that changed later may be half


@dg.op(description="Compacts every table, vacuums what is older than was to be kept.")
def maintain_tables(
    context: dg.OpExecutionContext, maintenance: dg.ResourceParam[Maintenance]
) -> None:
    """Maintain one table after the other; one that fails holds up no other."""
    failures: list[str] = []
    done: list[Upkeep] = []
    for table in TABLES.values():
        try:
            upkeep = maintenance.of(table)
        except SaetmError as error:
            failures.append(str(error))
            continue
        if upkeep is not None:
            context.log.info(sentence(upkeep))
            done.append(upkeep)
    try:
        forgotten = maintenance.forget_thumbnails()
        context.log.info("%d thumbnails of images that are no items any more deleted", forgotten)
    except SaetmError as error:
        failures.append(str(error))
    context.add_output_metadata({"tables": dg.MetadataValue.table([_record(u) for u in done])})
    if failures:
        raise dg.Failure(description="; ".join(failures), allow_retries=False)


@dg.job(description="Compacts and vacuums the lake; writers may be at work beside it.")
def maintenance() -> None:
    """Maintain every table of the lake."""
    maintain_tables()


nightly_maintenance = dg.ScheduleDefinition(
    name="nightly_maintenance",
    job=maintenance,
    cron_schedule=EVERY_NIGHT,
    default_status=dg.DefaultScheduleStatus.RUNNING,
)


@dg.schedule(
    name="daily_look",
    description="Asks for items of every dataset, and for answers that a model still owes.",
    target=[ITEMS, *ANSWERED],
    cron_schedule=EVERY_MORNING,
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
def daily_look(
    context: dg.ScheduleEvaluationContext,
    inbox: dg.ResourceParam[Inbox],
    registry: dg.ResourceParam[Registry],
    lake: dg.ResourceParam[Lake],
) -> list[dg.RunRequest] | dg.SkipReason:
    """Ask for a run per dataset; where nothing is new, it writes nothing.

    A captioner or chat that answers only some questions fails no run. So it is asked for the rest
    once a day, in stages that ran before.
    """
    names = registry.watched(inbox.datasets())
    if not names:
        return dg.SkipReason("there are no datasets yet")
    context.instance.add_dynamic_partitions(str(DATASETS_PARTITIONS.name), names)
    ran = ledgers(lake)
    settled = context.scheduled_execution_time - REST
    return [
        # The key keeps a tick that is evaluated again from asking twice.
        dg.RunRequest(
            run_key=f"{context.scheduled_execution_time.date()} {name}",
            partition_key=name,
            asset_selection=[
                dg.AssetKey(asset)
                for asset in (ITEMS, *ANSWERED)
                if asset in {ITEMS, *ran.get(name, ())}
            ],
            tags={SETTLED_TAG: str(int(settled.timestamp() * 1e6))},
        )
        for name in names
    ]


UPKEEP_JOBS = [maintenance]
UPKEEP_SCHEDULES = [nightly_maintenance, daily_look]


def sentence(upkeep: Upkeep) -> str:
    """Say what was done to a table."""
    busy = f"; not compacted, being written: {', '.join(map(repr, upkeep.busy))}" * bool(
        upkeep.busy
    )
    return (
        f"{upkeep.table}: {upkeep.files_before:,} files of {upkeep.bytes_before:,} bytes became "
        f"{upkeep.files_after:,} of {upkeep.bytes_after:,}, {upkeep.vacuumed:,} old ones "
        f"deleted{busy}"
    )


def _record(upkeep: Upkeep) -> dg.TableRecord:
    return dg.TableRecord(
        {
            "table": upkeep.table,
            "files before": upkeep.files_before,
            "files after": upkeep.files_after,
            "bytes after": upkeep.bytes_after,
            "old files deleted": upkeep.vacuumed,
        }
    )
