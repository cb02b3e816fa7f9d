"""Take a dataset through the line, through the Dagster instance, so that the UI shows the run."""

import json
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TextIO

import click
import dagster as dg
import polars as pl

from resources.lake import Lake
from resources.progress import SilentProgress, TerminalProgress
from resources.settings import Settings, load_settings
from resources.view import DatasetView
from saetm.errors import InputError, SaetmError
from saetm.tables import MATERIALISATIONS, TABLES
from saetm_assets.cli.alone import alone, refuse_rival
from saetm_assets.definitions import ASIDE, STAGES, build_definitions
from saetm_assets.home import open_instance, open_registry
from saetm_assets.liveness import end_dead_runs, watch
from saetm_assets.partitions import BY_COMMAND_LINE, DATASETS_PARTITIONS
from saetm_assets.reasons import reason
from saetm_assets.stages.sae_checkpoints import sae_checkpoints

LEAST_WIDTH = 17  # of the column of assets


@dataclass(frozen=True)
class Outcome:
    """What a run did."""

    dataset: str
    run_id: str
    tables: dict[str, int]  # rows per table of the dataset
    steps: dict[str, float]  # seconds per asset
    written: dict[str, int]  # rows written per asset
    producers: dict[str, str]  # what computed the rows, per asset that has a choice

    @property
    def is_nothing_new(self) -> bool:
        """Whether everything was there already."""
        return not any(self.written.values())


def run_dataset(
    name: str,
    select: Sequence[str],
    *,
    retrain: bool = False,
    debug: bool = False,
    quiet: bool = False,
) -> Outcome:
    """Materialise a dataset's partition, or the selected assets of it.

    Args:
        name: the dataset.
        select: names of assets, those aside of the line included; the line when empty.
        retrain: train the autoencoder anew.
        debug: let Dagster log.
        quiet: show no progress.

    Raises:
        InputError: the dataset or an asset is unknown, or the dataset is being run right now.
        SaetmError: a step failed; the message is its own.
    """
    settings = load_settings()
    keys = _asset_keys(select)
    config = _run_config(keys, retrain=retrain, debug=debug)
    with at_work(settings, name, debug=debug, quiet=quiet) as line:
        result = line.materialise(name, keys, config)
    return _outcome(settings, name, result.run_id)


@dataclass(frozen=True)
class Line:
    """The assets of a home, for whoever has the right to run one of its datasets."""

    definitions: dg.Definitions
    instance: dg.DagsterInstance

    def materialise(
        self, partition: str, keys: list[dg.AssetKey], config: dict[str, object]
    ) -> dg.ExecuteInProcessResult:
        """Materialise assets of a partition.

        Raises:
            SaetmError: a step failed; the message is its own.
        """
        job = self.definitions.resolve_implicit_global_asset_job_def()
        result = job.execute_in_process(
            instance=self.instance,
            partition_key=partition,
            tags=BY_COMMAND_LINE,
            asset_selection=keys,
            raise_on_error=False,
            run_config=config,
        )
        _raise_failure(result)
        return result


@contextmanager
def at_work(settings: Settings, name: str, *, debug: bool, quiet: bool) -> Iterator[Line]:
    """Have a dataset to oneself, to run some of its assets.

    Args:
        settings: of the home.
        name: the dataset.
        debug: let Dagster warn.
        quiet: show no progress.

    Raises:
        InputError: the dataset is unknown, or it is being run right now.
    """
    open_registry(settings).find(name)
    progress = SilentProgress() if quiet else TerminalProgress(error_stream())
    with open_instance(settings) as instance:
        end_dead_runs(instance, settings.root)
        refuse_rival(instance, name)
        with alone(settings, name), watch(instance, settings.root):
            instance.add_dynamic_partitions(str(DATASETS_PARTITIONS.name), [name])
            with warnings.catch_warnings():
                warnings.simplefilter("default" if debug else "ignore")
                yield Line(build_definitions(settings, progress), instance)


def show_run(outcome: Outcome, *, as_json: bool) -> None:
    """Print what a run did."""
    if as_json:
        shown = {
            "dataset": outcome.dataset,
            "run_id": outcome.run_id,
            "tables": outcome.tables,
            "seconds": outcome.steps,
            "written": outcome.written,
            "producers": outcome.producers,
        }
        click.echo(json.dumps(shown, indent=2))
        return
    if outcome.is_nothing_new:
        click.echo(f"{outcome.dataset}: nothing new, nothing was owed")
        return
    written = {asset: rows for asset, rows in outcome.written.items() if rows}
    width = max(LEAST_WIDTH, *(len(asset) + 1 for asset in written))
    for asset, rows in written.items():
        by = outcome.producers.get(asset, "")
        told = f"{rows:>9,} rows {outcome.steps[asset]:>7.1f} s  {by}"
        click.echo(f"  {asset:<{width}}{told}".rstrip())
    total = sum(outcome.steps.values())
    click.echo(f"{outcome.dataset}: done in {total:.0f} s (run {outcome.run_id[:8]})")


def _asset_keys(select: Sequence[str]) -> list[dg.AssetKey]:
    line = [key for stage in STAGES for key in stage.keys]
    aside = [stage.key for stage in ASIDE if stage.partitions_def == DATASETS_PARTITIONS]
    known = {key.to_user_string(): key for key in [*line, *aside]}
    unknown = [name for name in select if name not in known]
    if unknown:
        raise InputError(f"no asset is called {unknown[0]!r}; there are {', '.join(known)}")
    return [known[name] for name in select] or line


def error_stream() -> TextIO:
    """Open the terminal a second time: Dagster captures the first one while a step runs."""
    return os.fdopen(os.dup(sys.stderr.fileno()), "w")


def _run_config(keys: list[dg.AssetKey], *, retrain: bool, debug: bool) -> dict[str, object]:
    config = quiet_config(debug=debug)
    if not retrain:
        return config
    if sae_checkpoints.key not in keys:
        raise InputError("--retrain is about sae_checkpoints, which --select leaves out")
    return {**config, "ops": {sae_checkpoints.op.name: {"config": {"retrain": True}}}}


def quiet_config(*, debug: bool) -> dict[str, object]:
    """Return the configuration of a run whose log a person need not read, or may."""
    level = "DEBUG" if debug else "CRITICAL"
    return {"loggers": {"console": {"config": {"log_level": level}}}}


def _raise_failure(result: dg.ExecuteInProcessResult) -> None:
    for check in result.get_asset_check_evaluations():
        if check.blocking and not check.passed:
            raise SaetmError(check.description or f"the check {check.check_name} failed")
    for event in result.all_events:
        if event.is_step_failure:
            raise SaetmError(f"{event.step_key} failed: {reason(event)}")
    if not result.success:
        raise SaetmError(f"the run {result.run_id} failed before its first step")


def _outcome(settings: Settings, name: str, run_id: str) -> Outcome:
    view = DatasetView(Lake(settings.lake_uri), name)
    rows = view.scan(MATERIALISATIONS).collect().filter(run_id=run_id).sort("created_at")
    producer_given = pl.col("producer") != ""
    return Outcome(
        dataset=name,
        run_id=run_id,
        tables={table.name: view.count(table) for table in TABLES.values()},
        steps=dict(rows.select("asset", "seconds").iter_rows()),
        written=dict(rows.select("asset", "rows_written").iter_rows()),
        producers=dict(rows.select("asset", "producer").filter(producer_given).iter_rows()),
    )
