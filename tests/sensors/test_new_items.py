import json

import dagster as dg
import pytest

from resources.inbox import Inbox
from resources.lake import Lake
from resources.registry import Registration, Registry
from resources.settings import now
from saetm.errors import InputError
from saetm.options import DatasetOptions
from sensors.new_items import changed, new_items
from tests.resources.inbox_folders import put

HERE = {"a": "1", "b": "2"}


@pytest.mark.parametrize(
    ("seen", "news"),
    [
        ({}, ["a", "b"]),
        (HERE, []),
        ({"a": "1"}, ["b"]),
        ({"a": "1", "b": "other"}, ["b"]),
        ({"a": "2", "b": "1"}, ["a", "b"]),
        ({**HERE, "gone": "3"}, []),
    ],
)
def test_a_dataset_has_changed_when_its_fingerprint_is_not_the_one_seen(seen, news):
    assert changed(HERE, seen=seen) == news


class House:
    """An inbox, a registry and a real Dagster instance that lives in memory."""

    def __init__(self, root, instance):
        self.root = root
        self.inbox = Inbox(str(root / "inbox"))
        self.registry = Registry(Lake(str(root / "lake")), root / "inbox")
        self.instance = instance

    def register(self, name, folder):
        self.registry.save(Registration(name, str(folder), {}, DatasetOptions()), at=now())

    def tick(self, cursor=None):
        """Evaluate the sensor once; the instance gets the partitions that it asks for."""
        context = dg.build_sensor_context(
            instance=self.instance,
            cursor=cursor,
            resources={"inbox": self.inbox, "registry": self.registry},
        )
        result = new_items(context)
        if isinstance(result, dg.SensorResult):
            for request in result.dynamic_partitions_requests:
                self.instance.add_dynamic_partitions(
                    request.partitions_def_name, request.partition_keys
                )
        return result


@pytest.fixture
def house(tmp_path):
    with dg.DagsterInstance.ephemeral() as instance:
        yield House(tmp_path, instance)


def asked(tick):
    """Return the datasets that a tick asks runs for; what it skipped asks for none."""
    if isinstance(tick, dg.SkipReason):
        return []
    return [request.partition_key for request in tick.run_requests]


def test_a_new_folder_becomes_a_partition_and_a_run(house):
    put(house.root / "inbox" / "prints", {"a.txt": "a"})

    tick = house.tick()

    assert asked(tick) == ["prints"]
    assert house.instance.get_dynamic_partitions("datasets") == ["prints"]


def test_a_folder_elsewhere_that_was_registered_is_watched_too(house):
    house.register("far", put(house.root / "elsewhere", {"a.txt": "a"}))
    cursor = house.tick().cursor

    put(house.root / "elsewhere", {"b.txt": "b"})

    assert asked(house.tick(cursor)) == ["far"]


def test_nothing_new_is_a_reason_with_a_number(house):
    for name in ("one", "two"):
        put(house.root / "inbox" / name, {"a.txt": name})
    cursor = house.tick().cursor

    tick = house.tick(cursor)

    assert asked(tick) == []
    assert tick.skip_message == "looked at 2 datasets: nothing new"


def test_only_the_dataset_that_changed_is_run(house):
    for name in ("one", "two", "three"):
        put(house.root / "inbox" / name, {"a.txt": name})
    cursor = house.tick().cursor

    put(house.root / "inbox" / "two", {"b.txt": "new"})
    (house.root / "inbox" / "three" / "a.txt").unlink()

    assert asked(house.tick(cursor)) == ["three", "two"]


def test_no_inbox_and_no_datasets_is_nothing_new(house):
    assert house.tick().skip_message == "looked at 0 datasets: nothing new"


def test_a_vanished_folder_is_reported_and_holds_up_no_other(house, capfd):
    folder = put(house.root / "mount" / "far", {"a.txt": "a"})
    house.register("far", folder)
    cursor = house.tick().cursor
    folder.rename(house.root / "mount" / "away")

    idle = house.tick(cursor)
    put(house.root / "inbox" / "near", {"a.txt": "a"})
    busy = house.tick(cursor)

    assert asked(idle) == []
    assert "nothing new; 'far' cannot be read" in idle.skip_message
    assert asked(busy) == ["near"]
    assert "'far' cannot be read" in capfd.readouterr().err


def test_a_folder_that_comes_back_unchanged_is_no_news_and_one_that_changed_is(house):
    folder = put(house.root / "mount" / "far", {"a.txt": "a"})
    put(house.root / "inbox" / "near", {"a.txt": "a"})
    house.register("far", folder)
    cursor = house.tick().cursor
    away = folder.rename(house.root / "mount" / "away")
    put(house.root / "inbox" / "near", {"b.txt": "b"})
    cursor = house.tick(cursor).cursor

    away.rename(folder)
    back = house.tick(cursor)
    put(folder, {"b.txt": "b"})
    grown = house.tick(cursor)

    assert "far" in json.loads(cursor)
    assert asked(back) == []
    assert asked(grown) == ["far"]


def test_a_folder_that_returns_to_what_it_was_is_run_again(house):
    folder = put(house.root / "inbox" / "prints", {"a.txt": "a", "b.txt": "b"})
    first = house.tick()
    (folder / "b.txt").rename(house.root / "b.txt")
    second = house.tick(first.cursor)
    (house.root / "b.txt").rename(folder / "b.txt")

    third = house.tick(second.cursor)

    assert third.cursor == first.cursor
    assert asked(first) == asked(second) == asked(third) == ["prints"]
    keys = [tick.run_requests[0].run_key for tick in (first, second, third)]
    assert keys == [None] * 3  # Dagster launches each run key once, ever


def test_an_inbox_that_cannot_be_listed_raises(house):
    put(house.root, {"inbox": "a file where the inbox should be"})

    with pytest.raises(InputError, match="cannot be read"):
        house.tick()
