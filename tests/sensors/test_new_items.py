import json

import dagster as dg
import pytest

from resources.inbox import Inbox, Look
from resources.lake import Lake
from resources.registry import Registration, Registry
from resources.settings import now
from saetm.options import DatasetOptions
from saetm_assets.partitions import SETTLED_TAG
from sensors.new_items import MOST_WAITS, Seen, judge, new_items_sensor
from tests.resources.inbox_folders import put


def looked(*fingerprints):
    """Judge looks one after the other, and return what each took."""
    seen, taken = Seen(), []
    for at, fingerprint in enumerate(fingerprints, start=1):
        seen, until = judge(Look(fingerprint, 1, at), seen)
        taken.append(until)
    return taken


@pytest.mark.parametrize(
    ("fingerprints", "taken"),
    [
        ("aaa", [None, 2, None]),  # taken once, at the second look
        ("abbb", [None, None, 3, None]),  # not while it changes
        ("aaba", [None, 2, None, None]),  # changed back to what was taken
        ("aabbaa", [None, 2, None, 4, None, 6]),  # changed, taken, and changed back
    ],
)
def test_a_folder_is_taken_when_two_looks_in_a_row_find_the_same(fingerprints, taken):
    assert looked(*fingerprints) == taken


def test_a_folder_that_never_rests_is_taken_up_to_the_look_before_and_again_later():
    taken = looked(*map(str, range(2 * MOST_WAITS)))

    at = MOST_WAITS - 1
    assert taken[:at] == [None] * at
    assert taken[at] == at  # the newest file of the look before
    assert [until for until in taken[at + 1 :] if until is not None]


class House:
    """An inbox, a registry and a real Dagster instance that lives in memory."""

    def __init__(self, root, instance):
        self.root = root
        self.inbox = Inbox(str(root / "inbox"))
        self.registry = Registry(Lake(str(root / "lake")), str(root / "inbox"))
        self.instance = instance
        self.sensor = new_items_sensor(30)
        self.cursor = None

    def register(self, name, folder):
        self.registry.save(Registration(name, str(folder), {}, DatasetOptions()), at=now())

    def look(self):
        """Evaluate the sensor once; the instance gets the partitions that it asks for."""
        context = dg.build_sensor_context(
            instance=self.instance,
            cursor=self.cursor,
            resources={"inbox": self.inbox, "registry": self.registry},
        )
        result = self.sensor(context)
        self.cursor = context.cursor
        if isinstance(result, dg.SensorResult):
            for request in result.dynamic_partitions_requests:
                self.instance.add_dynamic_partitions(
                    request.partitions_def_name, request.partition_keys
                )
        return result

    def tick(self):
        """Look twice, so that what does not change is at rest; return the second result."""
        self.look()
        return self.look()


@pytest.fixture
def house(tmp_path):
    with dg.DagsterInstance.ephemeral() as instance:
        yield House(tmp_path, instance)


def asked(tick):
    """Return the datasets that a tick asks runs for; what it skipped asks for none."""
    if isinstance(tick, dg.SkipReason):
        return []
    return [request.partition_key for request in tick.run_requests]


def test_a_new_folder_becomes_a_partition_and_a_run_for_its_items(house):
    put(house.root / "inbox" / "prints", {"a.txt": "a"})

    tick = house.tick()

    assert asked(tick) == ["prints"]
    assert house.instance.get_dynamic_partitions("datasets") == ["prints"]
    assert [key.to_user_string() for key in tick.run_requests[0].asset_selection] == ["items"]
    newest = house.inbox.look(str(house.root / "inbox" / "prints")).newest_us
    assert tick.run_requests[0].tags[SETTLED_TAG] == str(newest)


def test_a_new_folder_waits_for_its_first_file_and_one_that_was_emptied_is_read(house):
    folder = house.root / "inbox" / "prints"
    folder.mkdir(parents=True)

    said = [house.look().skip_message for _ in range(3)][-1]
    put(folder, {"a.txt": "a"})
    filled = house.tick()
    (folder / "a.txt").unlink()
    emptied = house.tick()

    assert said == "looked at 0 files of 1 datasets: nothing new; 'prints' is empty"
    assert asked(filled) == asked(emptied) == ["prints"]


def test_a_folder_elsewhere_that_was_registered_is_watched_too(house):
    house.register("far", put(house.root / "elsewhere", {"a.txt": "a"}))
    house.tick()

    put(house.root / "elsewhere", {"b.txt": "b"})

    assert asked(house.tick()) == ["far"]


def test_nothing_new_says_what_was_looked_at(house):
    for name in ("one", "two"):
        put(house.root / "inbox" / name, {"a.txt": name})
    house.tick()

    tick = house.tick()

    assert asked(tick) == []
    assert tick.skip_message == "looked at 2 files of 2 datasets: nothing new"


def test_a_folder_that_still_changes_is_named(house):
    put(house.root / "inbox" / "busy", {"a.txt": "a"})

    assert house.look().skip_message.endswith("nothing new; 'busy' is still changing")


def test_only_the_dataset_that_changed_is_run(house):
    for name in ("one", "two", "three"):
        put(house.root / "inbox" / name, {"a.txt": name})
    house.tick()

    put(house.root / "inbox" / "two", {"b.txt": "new"})
    (house.root / "inbox" / "three" / "a.txt").unlink()

    assert sorted(asked(house.tick())) == ["three", "two"]


def test_no_inbox_and_no_datasets_is_nothing_new(house):
    assert house.tick().skip_message == "looked at 0 files of 0 datasets: nothing new"


def test_a_vanished_folder_is_reported_and_holds_up_no_other(house):
    folder = put(house.root / "mount" / "far", {"a.txt": "a"})
    house.register("far", folder)
    house.tick()
    folder.rename(house.root / "mount" / "away")

    idle = house.tick()
    put(house.root / "inbox" / "near", {"a.txt": "a"})
    busy = house.tick()

    assert asked(idle) == []
    assert "nothing new; 'far' cannot be read" in idle.skip_message
    assert asked(busy) == ["near"]


def test_a_folder_that_comes_back_unchanged_is_no_news_and_one_that_changed_is(house):
    folder = put(house.root / "mount" / "far", {"a.txt": "a"})
    put(house.root / "inbox" / "near", {"a.txt": "a"})
    house.register("far", folder)
    house.tick()
    away = folder.rename(house.root / "mount" / "away")
    put(house.root / "inbox" / "near", {"b.txt": "b"})
    house.tick()

    assert "far" in json.loads(house.cursor)
    away.rename(folder)
    assert asked(house.tick()) == []
    put(folder, {"b.txt": "b"})
    assert asked(house.tick()) == ["far"]


def test_a_folder_that_returns_to_what_it_was_is_run_again(house):
    folder = put(house.root / "inbox" / "prints", {"a.txt": "a", "b.txt": "b"})
    first = house.tick()
    (folder / "b.txt").rename(house.root / "b.txt")
    second = house.tick()
    (house.root / "b.txt").rename(folder / "b.txt")

    third = house.tick()

    assert asked(first) == asked(second) == asked(third) == ["prints"]
    keys = [tick.run_requests[0].run_key for tick in (first, second, third)]
    assert keys == [None] * 3  # Dagster launches each run key once, ever


def test_a_retired_dataset_is_passed_over(house):
    put(house.root / "inbox" / "prints", {"a.txt": "a"})
    house.registry.retire("prints", at=now())

    assert house.tick().skip_message == "looked at 0 files of 0 datasets: nothing new"


def test_an_inbox_that_cannot_be_listed_is_reported_and_holds_up_no_other(house):
    house.register("far", put(house.root / "elsewhere", {"a.txt": "a"}))
    put(house.root, {"inbox": "a file where the inbox should be"})

    first, second = house.look(), house.look()

    assert "; 'inbox/' cannot be read: " in first.skip_message
    assert asked(second) == ["far"]
