"""Take a dataset back to how it was, in every table, on its page and in Dagster."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

import click
import dagster as dg

from resources.lake import Lake
from resources.restoring import changed_since, restore
from resources.settings import Settings, load_settings, now
from resources.timeline import Moment, find_moment, instant, shown
from resources.view import DatasetView
from saetm.tables import REPORTS
from saetm_assets.cli.alone import alone, refuse_rival
from saetm_assets.definitions import STAGES
from saetm_assets.home import open_instance, open_pages, open_registry
from saetm_assets.liveness import end_dead_runs
from saetm_assets.partitions import DATASETS_PARTITIONS

DATA_VERSION = "dagster/data_version"  # tag of a materialisation


@dataclass(frozen=True)
class Restored:
    """What a restore did."""

    dataset: str
    run_id: str  # the run whose end was gone back to
    at: datetime  # that end
    tables: dict[str, int]  # rows written, per table that had changed since


def restore_dataset(name: str, to: str) -> Restored:
    """Take a dataset back to the last moment at or before `to` at which none of its runs was amid.

    Args:
        name: the dataset; it may be retired.
        to: an ISO date or time, of this machine where it names no zone, or a run's id.

    Raises:
        InputError: there is no such moment, or the dataset is being run right now.
        SaetmError: what the tables held then is gone, or a table cannot be written.
    """
    settings = load_settings()
    lake = Lake(settings.lake_uri)
    with open_instance(settings) as instance:
        end_dead_runs(instance, settings.root)
        refuse_rival(instance, name)
        with alone(settings, name):
            moment = find_moment(lake, name, instant(to) or to)
            versions = changed_since(lake, name, moment)
            if not versions:
                return Restored(name, moment.run_id, moment.at, {})
            written = restore(lake, name, moment, versions, run_id=str(uuid4()), at=now())
            _publish(settings, DatasetView(lake, name))
            open_registry(settings).readmit(name)
            instance.add_dynamic_partitions(str(DATASETS_PARTITIONS.name), [name])
            _report(instance, name, moment)
    return Restored(name, moment.run_id, moment.at, written)


def show_restored(restored: Restored, *, as_json: bool) -> None:
    """Print what a restore did."""
    if as_json:
        shown_ = {
            "dataset": restored.dataset,
            "run_id": restored.run_id,
            "at": restored.at.isoformat(),
            "tables": restored.tables,
        }
        click.echo(json.dumps(shown_, indent=2))
        return
    when = f"run {restored.run_id[:8]} at {shown(restored.at)}"
    if not restored.tables:
        click.echo(f"{restored.dataset}: nothing to restore, it is as it was after {when}")
        return
    for table, rows in restored.tables.items():
        click.echo(f"  {table:<17}{rows:>9,} rows")
    click.echo(f"{restored.dataset}: restored to the end of {when}")


def _publish(settings: Settings, view: DatasetView) -> None:
    """Let the published page be the one that the table holds."""
    pages = open_pages(settings)
    stored = view.scan(REPORTS).select("page").collect()["page"].to_list()
    if stored:
        pages.publish(view.dataset, stored[0])
    else:
        pages.withdraw(view.dataset)


def _report(instance: dg.DagsterInstance, name: str, moment: Moment) -> None:
    """Tell Dagster which data are in place again; upstream first, so that nothing looks stale."""
    entries = {row["asset"]: row for row in moment.entries.iter_rows(named=True)}
    for key in (key for stage in STAGES for key in stage.keys):
        if entry := entries.get(key.to_user_string()):
            instance.report_runless_asset_event(_materialization(key, name, moment, entry))


def _materialization(
    key: dg.AssetKey, name: str, moment: Moment, entry: Mapping[str, str | int]
) -> dg.AssetMaterialization:
    return dg.AssetMaterialization(
        asset_key=key,
        partition=name,
        description=f"restored to the end of run {moment.run_id} at {shown(moment.at)}",
        metadata={
            "dagster/partition_row_count": int(entry["row_count"]),
            "producer": str(entry["producer"]) or key.to_user_string(),
            "restored_run": moment.run_id,
        },
        tags={DATA_VERSION: str(entry["data_version"])},
    )
