from dataclasses import replace
from datetime import UTC, datetime

import pytest

from resources.lake import Lake
from resources.registry import Registration, Registry
from saetm.errors import InputError
from saetm.options import DatasetOptions, build_options
from saetm.tables import DATASETS, RETIREMENTS
from tests.strategies import ABSURD_NAMES

AT = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)


@pytest.fixture
def lake(tmp_path):
    return Lake(str(tmp_path / "lake"))


@pytest.fixture
def registry(lake, tmp_path):
    return Registry(lake, tmp_path / "inbox")


def registration(dataset, **overrides):
    return Registration(dataset, f"/files/{dataset}", overrides, build_options(overrides))


def test_what_was_saved_is_found(registry):
    lawful = [name for name in ABSURD_NAMES if name not in {"..", "back\\slash"}]
    for name in lawful:
        registry.save(registration(name, chat=name, sae={"seed": 3}), at=AT)

    assert registry.names() == sorted(lawful)
    for name in lawful:
        assert registry.find(name) == registration(name, chat=name, sae={"seed": 3})


def test_saving_the_same_again_writes_nothing_and_a_change_replaces(registry, lake):
    first = registration("d", chat="a")
    registry.save(first, at=AT)
    version = lake.version(DATASETS)
    registry.save(first, at=AT.replace(year=2025))
    assert lake.version(DATASETS) == version

    registry.save(replace(first, folder="/elsewhere"), at=AT.replace(year=2026))
    assert registry.find("d").folder == "/elsewhere"
    assert lake.scan(DATASETS).collect()["registered_at"].dt.year().to_list() == [2026]


def test_options_keep_their_defaults_when_they_were_not_given(registry, lake):
    registry.save(registration("d", topic_count=7), at=AT)

    assert lake.scan(DATASETS).collect()["options"].to_list() == ['{"topic_count":7}']
    assert registry.find("d").options == DatasetOptions(topic_count=7)


def test_a_folder_of_the_inbox_registers_itself(registry, tmp_path):
    (tmp_path / "inbox" / "sea views").mkdir(parents=True)
    found = registry.find("sea views")

    assert found.folder == str(tmp_path / "inbox" / "sea views")
    assert found.options == DatasetOptions()
    assert registry.names() == []


def test_a_registered_dataset_wins_over_a_folder_of_its_name(registry, tmp_path):
    (tmp_path / "inbox" / "d").mkdir(parents=True)
    registry.save(registration("d"), at=AT)

    assert registry.find("d").folder == "/files/d"


def test_an_unknown_dataset_is_one_sentence_that_says_what_to_do(registry, tmp_path):
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "file").write_text("no folder")
    for name in ("nobody", "file"):
        with pytest.raises(InputError, match=f"no dataset is called '{name}': add it"):
            registry.find(name)


@pytest.mark.parametrize("name", ["..", ".", "", "a/b", "../inbox", "/etc"])
def test_a_name_cannot_lead_out_of_the_inbox(registry, tmp_path, name):
    (tmp_path / "inbox").mkdir()

    with pytest.raises(InputError, match="cannot name a dataset"):
        registry.find(name)
    with pytest.raises(InputError, match="cannot name a dataset"):
        registry.save(registration(name), at=AT)


def test_a_retired_dataset_is_passed_over_until_it_is_readmitted(registry, lake, tmp_path):
    (tmp_path / "inbox" / "it's d").mkdir(parents=True)
    registry.save(registration("e"), at=AT)
    registry.retire("it's d", at=AT)
    registry.retire("it's d", at=AT)

    assert registry.retired() == {"it's d"}
    assert registry.watched(["it's d", "f"]) == ["e", "f"]
    with pytest.raises(InputError, match="was retired: `saetm add` registers it anew"):
        registry.find("it's d")
    registry.readmit("it's d")
    version = lake.version(RETIREMENTS)
    registry.readmit("it's d")
    assert registry.watched(["it's d"]) == ["e", "it's d"]
    assert registry.find("it's d").dataset == "it's d"
    assert lake.version(RETIREMENTS) == version
