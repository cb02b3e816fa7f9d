"""What sensors and conditions make of a dataset that was taken back, retired or added again."""

import warnings

import pytest

from resources.settings import load_settings, now
from saetm_assets.definitions import STAGES
from saetm_assets.home import open_instance
from tests.automation.house import House, rows_of
from tests.line.homes import ROW_TABLES, Home, snapshot
from tests.resources.inbox_folders import put

EVERY = {stage.key.to_user_string() for stage in STAGES}
OPTIONS = "topic_count = 3\ntopic_counts = [2]\n"

pytestmark = pytest.mark.slow


@pytest.fixture
def house(tmp_path):
    """A house on the instance that the command line uses too."""
    home = Home(tmp_path / "home")
    with home.entered(), open_instance(load_settings()) as instance, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        house = House(home, instance)
        house.conditions()
        yield house


def test_a_dataset_that_was_taken_back_stays_so_until_files_land(house):
    folder = put(
        house.home.root / "inbox" / "posts",
        {"a.jsonl": rows_of(range(30)), "dataset.toml": OPTIONS},
    )
    house.settle()
    before, moment = snapshot(house.home, "posts"), now()
    put(folder, {"b.jsonl": rows_of(range(30, 33))})
    house.settle()

    restored = house.home.cli("restore", "posts", "--to", moment.isoformat())
    house.settle()
    after = snapshot(house.home, "posts")
    put(folder, {"c.jsonl": rows_of(range(33, 35))})
    house.settle()

    assert restored.exit_code == 0, restored.output
    assert all(after[name].equals(before[name]) for name in ROW_TABLES)
    assert {house.home.table(name, "posts").height for name in ROW_TABLES} == {35}
    assert house.settle() == []


def test_a_retired_dataset_rests_and_one_that_is_added_again_is_taken_through(house):
    folder = put(
        house.home.root / "inbox" / "posts",
        {"a.jsonl": rows_of(range(30)), "dataset.toml": OPTIONS},
    )
    house.settle()

    removed = house.home.cli("remove", "posts", "--yes")
    assert removed.exit_code == 0, removed.output
    assert house.settle() == []
    house.home.add("posts", folder)
    house.settle()

    assert set(house.home.versions("posts")) == EVERY
    assert {house.home.table(name, "posts").height for name in ROW_TABLES} == {30}
