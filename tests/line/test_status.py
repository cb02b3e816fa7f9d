"""What `saetm status` counts, for datasets in every state."""

import json

import pytest

from saetm.tables import TABLES
from tests.line.homes import Home, theme_files, theme_text
from tests.resources.inbox_folders import image_bytes, put

ROW_WORK = ("captions", "bags", "embeddings", "activations")


@pytest.fixture
def status(tmp_path):
    """The status of a home with a dataset half way, one that grew and one never run."""
    home = Home(tmp_path / "home")
    home.add("half", put(tmp_path / "half", theme_files(5)))
    home.run("half", "items", "captions")
    home.add("grown", put(tmp_path / "grown", theme_files(3)))
    home.run("grown", "items", "captions", "bags")
    put(tmp_path / "grown", {"new.txt": theme_text(9), "newer.txt": theme_text(10)})
    home.run("grown", "items")
    put(home.root / "inbox" / "waiting", theme_files(2))
    picture = {"a.jpg": image_bytes(1), "a.txt": theme_text(1), "mute.jpg": image_bytes(2)}
    home.add("pictures", put(tmp_path / "pictures", picture))
    home.run("pictures", "items", "captions")
    return {entry["dataset"]: entry for entry in json.loads(home.cli("status", "--json").stdout)}


def test_status_counts_rows_and_what_is_owed_of_every_dataset(status):
    owed = {name: [entry["owed"][table] for table in ROW_WORK] for name, entry in status.items()}

    assert owed == {
        "half": [0, 5, 5, 5],
        "grown": [2, 2, 5, 5],
        "pictures": [0, 1, 1, 1],  # the picture without caption was turned away
        "waiting": [0, 0, 0, 0],
    }
    assert {name: entry["rows"]["items"] for name, entry in status.items()} == {
        "half": 5,
        "grown": 5,
        "pictures": 2,
        "waiting": 0,
    }
    assert all(set(entry["rows"]) == set(TABLES) for entry in status.values())
    assert status["half"]["rows"]["materialisations"] == 2
