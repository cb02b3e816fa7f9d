"""A dataset that outgrows its autoencoder: measured in runs, proposed, never retrained."""

import json

import dagster as dg
import pytest

from resources.growth import proposals
from saetm.growth import LEAST_NEW_ITEMS
from tests.line.homes import Home, way_to
from tests.line.test_checks import evaluations
from tests.line.themed import FEW, themed_rows, write_rows

UP_TO_ACTIVATIONS = way_to("activations")
TRAINED_ON = 60
EARLY = range(TRAINED_ON)
LATER = range(1000, 1000 + LEAST_NEW_ITEMS)


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path / "home")
    write_rows(tmp_path / "d", "a.jsonl", themed_rows(EARLY))
    home.add("d", tmp_path / "d", *FEW)
    home.run("d", *UP_TO_ACTIVATIONS)
    return home


def land(home, tmp_path, rows):
    """Add rows to the dataset and run it."""
    write_rows(tmp_path / "d", "b.jsonl", rows)
    return home.run("d", *UP_TO_ACTIVATIONS)


def proposed(home):
    return proposals(home.lake)["d"]


def check(home, outcome):
    return evaluations(home, outcome.run_id)["autoencoder_still_fits"]


def test_new_items_of_the_same_kind_are_measured_and_proposed_when_they_double_it(home, tmp_path):
    assert home.table("reconstructions", "d").is_empty()  # all were there when it was trained

    outcome = land(home, tmp_path, themed_rows(LATER))

    measured = home.table("reconstructions", "d").row(0, named=True)
    then = home.table("sae_checkpoints", "d").row(0, named=True)
    share = 1 - measured["squared_error"] / measured["squared_deviation"]
    assert measured["item_count"] == LEAST_NEW_ITEMS
    assert measured["sae_id"] == then["sae_id"]
    assert measured["run_id"] == outcome.run_id
    assert share == pytest.approx(then["variance_explained"], abs=0.1)
    assert proposed(home) is None
    assert check(home, outcome).passed

    land(home, tmp_path, themed_rows(range(1000, 1000 + TRAINED_ON)))

    assert proposed(home).reason == "doubled"
    assert "it has 120 items, and its autoencoder was made from 60" in proposed(home).why


@pytest.mark.slow
def test_items_from_other_directions_are_proposed_and_retraining_settles_it(home, tmp_path):
    before = home.table("sae_checkpoints", "d")

    outcome = land(home, tmp_path, themed_rows(LATER, space=5))

    found = check(home, outcome)
    assert proposed(home).reason == "drifted"
    assert not found.passed
    assert found.severity == dg.AssetCheckSeverity.WARN
    assert home.table("sae_checkpoints", "d").equals(before)  # never by itself
    assert "proposal: dataset 'd' has outgrown" in home.cli("status").stdout

    retrained = home.cli("run", "d", "--retrain", "--json")
    assert retrained.exit_code == 0, retrained.output
    assert proposed(home) is None
    (status,) = json.loads(home.cli("status", "--json").stdout)
    assert status["proposal"] is None


@pytest.mark.slow
def test_retraining_to_equal_weights_changes_no_data_version(home):
    home.run("d")
    before = home.versions("d")

    assert home.cli("run", "d", "--retrain", "--json").exit_code == 0

    assert home.versions("d") == before
