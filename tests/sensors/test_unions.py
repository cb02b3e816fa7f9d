"""A union follows its members, once they are through with what they owe."""

import dagster as dg
import polars as pl
import pytest

from resources.inbox import Inbox
from resources.lake import Lake
from resources.registry import Registration, Registry
from resources.settings import now
from resources.view import ledgers
from saetm.options import build_options
from saetm.owed import Stage, input_version, stage_for, with_members
from saetm.tables import MATERIALISATIONS
from saetm_assets.partitions import PARTITION_TAG
from sensors.new_items import new_items_sensor
from sensors.owed_stages import owed_stages_sensor

LINE = [Stage("items", "1", (), ()), Stage("bags", "1", (), ("items",))]


@dg.op
def work() -> None: ...


@dg.job
def line() -> None:
    work()


class House:
    """Two datasets and their union, all of them up to date."""

    def __init__(self, root, instance):
        self.lake = Lake(str(root / "lake"))
        self.registry = Registry(self.lake, str(root / "inbox"))
        self.instance, self.root = instance, root
        self.cursor = None
        for name, members in (("a", []), ("b", []), ("u", ["a", "b"])):
            options = build_options({"members": members} if members else {})
            folder = "" if members else str(root)
            self.registry.save(Registration(name, folder, {}, options), at=now())
            for stage in LINE:
                self.enter(name, stage, "1")

    def enter(self, dataset, stage, data_version):
        options = self.registry.find(dataset).options
        known = with_members(ledgers(self.lake), dataset, options)
        versions = {name: entry.data_version for name, entry in known.items()}
        row = {
            "dataset": dataset,
            "asset": stage.name,
            "input_version": input_version(stage_for(stage, options), options, versions),
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
        """Look twice, and return what is asked for by dataset."""
        sensor, asked = owed_stages_sensor(LINE, 30), {}
        for _ in range(2):
            context = dg.build_sensor_context(
                instance=self.instance,
                cursor=self.cursor,
                resources={"lake": self.lake, "registry": self.registry},
            )
            result = sensor(context)
            self.cursor = context.cursor
            requests = [] if isinstance(result, dg.SkipReason) else result.run_requests
            for request in requests:
                keys = [key.to_user_string() for key in request.asset_selection]
                asked[request.partition_key] = keys
        return asked


@pytest.fixture
def house(tmp_path):
    with dg.instance_for_test() as instance:
        yield House(tmp_path, instance)


def test_a_union_is_asked_for_when_a_member_has_news_and_owes_nothing(house):
    assert house.look() == {}

    house.enter("a", LINE[0], "2")  # its bags are owed now, and come first
    assert house.look() == {"a": ["bags"]}

    house.enter("a", LINE[1], "2")
    assert house.look() == {"u": ["items"]}

    house.enter("u", LINE[0], "2")
    house.enter("u", LINE[1], "2")
    assert house.look() == {}


def test_a_union_waits_for_the_runs_of_its_members(house):
    house.enter("b", LINE[0], "2")
    house.enter("b", LINE[1], "2")
    run = house.instance.create_run_for_job(
        line, status=dg.DagsterRunStatus.STARTED, tags={PARTITION_TAG: "b"}
    )

    assert house.look() == {}

    house.instance.delete_run(run.run_id)
    assert house.look() == {"u": ["items"]}


def test_a_union_without_a_folder_is_not_looked_for_among_files(house):
    context = dg.build_sensor_context(
        instance=house.instance,
        resources={"inbox": Inbox(str(house.root / "inbox")), "registry": house.registry},
    )

    told = new_items_sensor(30)(context)

    assert isinstance(told, dg.SkipReason)
    assert "of 2 datasets" in told.skip_message
