import dagster as dg
import polars as pl
import pytest

from resources.lake import Lake
from resources.registry import Registration, Registry
from resources.settings import now
from saetm.options import build_options
from saetm.owed import Stage, input_version
from saetm.tables import DATASETS, MATERIALISATIONS
from saetm_assets.partitions import PARTITION_TAG
from sensors.owed_stages import owed_stages_sensor

LINE = [Stage("items", "1", (), ()), Stage("topics", "1", ("topic_count",), ("items",))]


@dg.op
def work() -> None: ...


@dg.job
def line() -> None:
    work()


class House:
    """A ledger in a real lake, a registry, and an instance in memory."""

    def __init__(self, root, instance):
        self.lake = Lake(str(root / "lake"))
        self.registry = Registry(self.lake, str(root / "inbox"))
        self.instance, self.root = instance, root
        self.sensor = owed_stages_sensor(LINE, 30)
        self.cursor = None
        self.say("prints", {})
        self.enter("items", {}, "1")
        self.enter("topics", {"items": "1"}, "2")

    def say(self, dataset, options):
        """Register options."""
        registration = Registration(dataset, str(self.root), {}, build_options(options))
        self.registry.save(registration, at=now())

    def enter(self, asset, upstream, data_version):
        """Enter a materialisation of `prints` under its present options."""
        stage = next(stage for stage in LINE if stage.name == asset)
        options = self.registry.find("prints").options
        row = {
            "dataset": "prints",
            "asset": asset,
            "input_version": input_version(stage, options, upstream),
            "data_version": data_version,
            "producer": "",
            "row_count": 1,
            "rows_written": 1,
            "seconds": 0.0,
            "run_id": "run",
            "created_at": now(),
            **dict.fromkeys(("code_version", "options", "upstream", "table_versions")),
        }
        self.lake.append(MATERIALISATIONS, pl.DataFrame([row]), note={})

    def look(self):
        """Evaluate the sensor, and return what it asks for by dataset."""
        context = dg.build_sensor_context(
            instance=self.instance,
            cursor=self.cursor,
            resources={"lake": self.lake, "registry": self.registry},
        )
        result = self.sensor(context)
        self.cursor = context.cursor
        if isinstance(result, dg.SkipReason):
            return {}
        return {
            request.partition_key: [key.to_user_string() for key in request.asset_selection]
            for request in result.run_requests
        }

    def run(self, status):
        """Enter a run of `prints` that ended, or goes on, with a status."""
        tags = {PARTITION_TAG: "prints"}
        if status == dg.DagsterRunStatus.FAILURE:
            run = self.instance.create_run_for_job(line, tags=tags)
            self.instance.report_run_failed(run)  # at this instant
        else:
            self.instance.create_run_for_job(line, status=status, tags=tags)


@pytest.fixture
def house(tmp_path):
    with dg.DagsterInstance.ephemeral() as instance:
        yield House(tmp_path, instance)


def test_nothing_is_asked_for_where_nothing_is_owed(house):
    assert [house.look() for _ in range(3)] == [{}] * 3


def test_a_changed_option_is_asked_for_once_at_the_second_look(house):
    house.say("prints", {"topic_count": 7})

    assert [house.look() for _ in range(4)] == [{}, {"prints": ["topics"]}, {}, {}]


def test_another_change_is_asked_for_again_and_one_that_was_taken_back_is_not(house):
    house.say("prints", {"topic_count": 7})
    asked = [house.look(), house.look()]
    house.say("prints", {"topic_count": 8})
    asked += [house.look(), house.look()]
    house.say("prints", {})
    asked += [house.look(), house.look()]

    assert asked == [{}, {"prints": ["topics"]}, {}, {"prints": ["topics"]}, {}, {}]


@pytest.mark.parametrize("status", [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING])
def test_a_dataset_that_is_being_run_waits(house, status):
    house.run(status)
    house.say("prints", {"topic_count": 7})

    assert [house.look() for _ in range(3)] == [{}] * 3


def test_a_dataset_whose_last_run_failed_waits_for_a_person(house):
    house.say("prints", {"topic_count": 7})
    house.run(dg.DagsterRunStatus.FAILURE)
    waited = [house.look() for _ in range(3)]

    house.run(dg.DagsterRunStatus.SUCCESS)

    assert waited == [{}] * 3
    assert house.look() == {"prints": ["topics"]}


def test_a_dataset_whose_last_run_failed_is_asked_for_under_other_options(house):
    house.run(dg.DagsterRunStatus.FAILURE)
    house.say("prints", {"topic_count": 7})

    assert [house.look() for _ in range(3)] == [{}, {"prints": ["topics"]}, {}]


def test_a_dataset_that_never_ran_is_left_to_those_who_look_at_folders(house):
    house.say("others", {"topic_count": 7})

    assert [house.look() for _ in range(3)] == [{}] * 3


def test_a_dataset_that_is_being_retired_or_cannot_be_read_holds_up_no_other(house):
    """A removal that was cut short leaves a registration; so does an option that is none now."""
    house.say("leaving", {})
    house.registry.retire("leaving", at=now())
    house.say("older", {})
    rows = house.lake.scan(DATASETS, "older").collect()
    outdated = rows.with_columns(options=pl.lit('{"topic_number": 7}'))
    house.lake.replace(DATASETS, "older", outdated, note={})
    house.say("prints", {"topic_count": 7})
    for dataset in ("leaving", "older"):
        entries = house.lake.scan(MATERIALISATIONS, "prints").collect()
        house.lake.append(MATERIALISATIONS, entries.with_columns(dataset=pl.lit(dataset)), note={})

    assert [house.look(), house.look()] == [{}, {"prints": ["topics"]}]
