"""What goes by the clock, on a real instance."""

from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from resources.inbox import Inbox
from resources.lake import Lake
from resources.progress import SilentProgress
from resources.registry import Registry
from resources.settings import Settings
from resources.thumbnails import Thumbnails
from resources.upkeep import Maintenance
from saetm.tables import ITEMS, MATERIALISATIONS, VOCABULARY
from saetm_assets.definitions import build_definitions
from saetm_assets.partitions import SETTLED_TAG
from saetm_assets.upkeep import UPKEEP_SCHEDULES, daily_look, maintenance
from tests.resources.inbox_folders import put
from tests.strategies import example_rows

AT = datetime(2026, 5, 6, 5, 15, tzinfo=UTC)

REPOSITORY = build_definitions(Settings(), SilentProgress()).get_repository_def()


@pytest.fixture
def lake(tmp_path):
    return Lake(str(tmp_path / "lake"))


@pytest.fixture
def instance(tmp_path):
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        yield instance


def look(lake, inbox, instance):
    resources = {"inbox": Inbox(str(inbox)), "registry": Registry(lake, inbox), "lake": lake}
    with dg.build_schedule_context(
        instance=instance,
        scheduled_execution_time=AT,
        resources=resources,
        repository_def=REPOSITORY,
    ) as context:
        return daily_look.evaluate_tick(context)


def test_every_day_items_and_missing_answers_are_asked_for_once_but_not_of_retired_ones(
    lake, instance, tmp_path
):
    inbox = tmp_path / "inbox"
    for name in ("a", "it's b", "retired"):
        put(inbox / name, {"1.txt": "a text"})
    Registry(lake, inbox).retire("retired", at=AT)
    entry = example_rows(MATERIALISATIONS, 1, dataset="a").with_columns(
        asset=pl.lit("captions"), data_version=pl.lit("1")
    )
    lake.append(MATERIALISATIONS, entry, note={})
    ticks = [look(lake, inbox, instance), look(lake, inbox, instance)]

    asked = [
        (request.partition_key, [key.to_user_string() for key in request.asset_selection])
        for request in ticks[0].run_requests
    ]
    minute_ago = str((int(AT.timestamp()) - 60) * 1_000_000)
    assert {request.tags[SETTLED_TAG] for request in ticks[0].run_requests} == {minute_ago}
    assert asked == [("a", ["items", "captions"]), ("it's b", ["items"])]
    assert instance.get_dynamic_partitions("datasets") == ["a", "it's b"]
    keys = [[request.run_key for request in tick.run_requests] for tick in ticks]
    assert keys[0] == keys[1]
    assert len(set(keys[0])) == 2


def test_without_datasets_nothing_is_asked_for(lake, instance, tmp_path):
    tick = look(lake, tmp_path / "inbox", instance)

    assert tick.run_requests == []
    assert tick.skip_message == "there are no datasets yet"


def test_both_schedules_are_on_by_themselves():
    assert {schedule.name for schedule in UPKEEP_SCHEDULES} == {"nightly_maintenance", "daily_look"}
    for schedule in UPKEEP_SCHEDULES:
        assert schedule.default_status == dg.DefaultScheduleStatus.RUNNING


def test_the_job_says_what_it_did_to_each_table_and_one_that_fails_holds_up_no_other(
    lake, instance, tmp_path
):
    work = Maintenance(lake, 30, Thumbnails(tmp_path / "thumbnails"))
    for _ in range(3):
        lake.append(VOCABULARY, example_rows(VOCABULARY, 2), note={"run_id": "r"})
    put(Path(lake.uri(ITEMS)), {"part-0.parquet": "no log"})
    result = maintenance.execute_in_process(
        instance=instance,
        resources={"maintenance": work},
        raise_on_error=False,
    )

    assert not result.success
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    assert (
        "items has lost its _delta_log" in failure.step_failure_data.user_failure_data.description
    )
    said = [entry.user_message for entry in instance.all_logs(result.run_id)]
    assert any(line.startswith("vocabulary: 3 files of ") for line in said)
    assert (
        Maintenance(lake, 30, Thumbnails(tmp_path / "thumbnails")).of(VOCABULARY).files_before == 1
    )
