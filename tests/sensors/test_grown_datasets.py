"""What the sensor proposes on a real instance, and how often."""

import json

import dagster as dg
import pytest

from resources.lake import Lake
from resources.settings import now
from saetm.tables import ITEMS, RECONSTRUCTIONS, SAE_CHECKPOINTS
from sensors.grown_datasets import grown_datasets_sensor
from tests.strategies import example_rows

NOTE = {"run_id": "a test"}
AUTOENCODERS = dg.AssetKey("sae_checkpoints")


class House:
    """A lake with datasets of known size, and a Dagster instance that lives in memory."""

    def __init__(self, root, instance):
        self.lake = Lake(str(root / "lake"))
        self.instance = instance
        self.cursor = None

    def bind(self, name, made_from, *, sae_id="5ae"):
        row = example_rows(SAE_CHECKPOINTS, 1, dataset=name).to_dicts()[0]
        row |= {"sae_id": sae_id, "training_item_count": made_from, "heldout_item_count": 0}
        row |= {"variance_explained": 0.5, "encoder": "e", "created_at": now()}
        self.put(SAE_CHECKPOINTS, name, row)

    def fill(self, name, items):
        self.lake.replace(ITEMS, name, example_rows(ITEMS, items, dataset=name), note=NOTE)

    def measure(self, name, items, share, *, sae_id="5ae"):
        row = example_rows(RECONSTRUCTIONS, 1, dataset=name).to_dicts()[0]
        row |= {"sae_id": sae_id, "encoder": "e", "created_at": now(), "item_count": items}
        row |= {"squared_error": (1 - share) * items, "squared_deviation": float(items)}
        self.put(RECONSTRUCTIONS, name, row)

    def put(self, table, name, row):
        import polars as pl

        self.lake.replace(table, name, pl.DataFrame([row], schema=table.schema), note=NOTE)

    def tick(self):
        """Evaluate the sensor once, and enter its events as the daemon does."""
        context = dg.build_sensor_context(
            instance=self.instance, cursor=self.cursor, resources={"lake": self.lake}
        )
        result = grown_datasets_sensor(30)(context)
        for event in result.asset_events:
            self.instance.report_runless_asset_event(event)
        self.cursor = result.cursor
        assert not result.run_requests
        return result

    def observations(self):
        """Return what the UI shows at the asset, the newest first."""
        found = self.instance.fetch_observations(AUTOENCODERS, limit=10).records
        return [record.asset_observation for record in found]


@pytest.fixture
def house(tmp_path):
    with dg.DagsterInstance.ephemeral() as instance:
        yield House(tmp_path, instance)


def test_a_doubled_dataset_is_proposed_once_and_stands_out(house):
    house.bind("it's", 100)
    house.fill("it's", 100)
    assert house.tick().skip_reason.skip_message == "looked at 1 autoencoders: none is outgrown"
    house.fill("it's", 200)

    first, second = house.tick(), house.tick()

    assert len(first.asset_events) == 1
    assert second.asset_events == []
    (shown,) = house.observations()
    assert shown.partition == "it's"
    assert "it has 200 items" in shown.description
    assert shown.metadata["reason"].value == "doubled"
    assert "--retrain" in second.skip_reason.skip_message


def test_new_items_of_another_kind_are_proposed_and_those_of_the_same_are_not(house):
    for name, share in (("same", 0.48), ("other", 0.1)):
        house.bind(name, 1000)
        house.fill(name, 5)
        house.measure(name, 60, share)

    tick = house.tick()

    assert [event.partition for event in tick.asset_events] == ["other"]


def test_a_retrained_dataset_is_told_of_again_when_it_outgrows_the_new_one(house):
    house.bind("d", 100)
    house.fill("d", 200)
    house.tick()
    house.bind("d", 200, sae_id="new")
    quiet = house.tick()
    house.fill("d", 400)

    again = house.tick()

    assert quiet.asset_events == []
    assert json.loads(quiet.cursor) == {}
    assert [event.metadata["sae_id"].value for event in again.asset_events] == ["new"]


def test_what_was_measured_of_an_earlier_autoencoder_says_nothing_of_this_one(house):
    house.measure("d", 500, 0.0, sae_id="old")
    house.bind("d", 1000)
    house.fill("d", 5)
    assert house.tick().asset_events == []

    house.measure("d", 500, 0.0)
    house.bind("d", 1000)  # trained anew, to the same weights

    assert house.tick().asset_events == []


def test_an_empty_lake_is_nothing_to_propose(house):
    assert house.tick().skip_reason.skip_message == "looked at 0 autoencoders: none is outgrown"


def test_the_line_of_a_tick_stays_short_and_every_proposal_is_made(house):
    for number in range(7):
        house.bind(f"d{number}", 50)
        house.fill(f"d{number}", 100)

    tick = house.tick()

    assert len(tick.asset_events) == 7
    assert tick.skip_reason.skip_message.count("has outgrown") == 5
    assert tick.skip_reason.skip_message.endswith("; and 2 more")
