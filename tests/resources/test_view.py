from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from resources.lake import Lake
from resources.view import DatasetView, ledgers
from saetm.errors import InputError
from saetm.tables import CAPTIONS, MATERIALISATIONS
from tests.strategies import example_rows

NOTE = {"run_id": "r"}
AT = datetime(2024, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def lake(tmp_path):
    return Lake(str(tmp_path / "lake"))


def enter(lake, dataset, asset, producer, *, hours):
    row = example_rows(MATERIALISATIONS, 1, dataset=dataset).with_columns(
        asset=pl.lit(asset),
        producer=pl.lit(producer),
        data_version=pl.lit(f"version of {producer}"),
        created_at=pl.lit(AT + timedelta(hours=hours)),
    )
    lake.append(MATERIALISATIONS, row, note=NOTE)


def caption(lake, dataset, item, producer):
    row = example_rows(CAPTIONS, 1, dataset=dataset).with_columns(
        item_id=pl.lit(item), producer=pl.lit(producer)
    )
    lake.append(CAPTIONS, row, note=NOTE)


def test_a_view_sees_its_own_dataset_alone(lake):
    for dataset in ("a", "a=b", "A"):
        caption(lake, dataset, f"item of {dataset}", "p")
    view = DatasetView(lake, "a")

    assert view.scan(CAPTIONS).collect()["item_id"].to_list() == ["item of a"]
    assert view.count(CAPTIONS) == 1
    assert DatasetView(lake, "nobody").count(CAPTIONS) == 0


def test_the_last_entry_is_the_newest_of_the_asset_in_whatever_order_they_came(lake):
    enter(lake, "a", "captions", "newest", hours=3)
    enter(lake, "a", "captions", "older", hours=1)
    enter(lake, "a", "embeddings", "other asset", hours=9)
    enter(lake, "b", "captions", "other dataset", hours=9)
    entry = DatasetView(lake, "a").last("captions")

    assert entry.producer == "newest"
    assert entry.data_version == "version of newest"


def test_in_service_are_the_rows_of_the_producer_used_last(lake):
    for item, producer in (("1", "old"), ("1", "new"), ("2", "new")):
        caption(lake, "a", item, producer)
    enter(lake, "a", "captions", "old", hours=1)
    enter(lake, "a", "captions", "new", hours=2)
    served = DatasetView(lake, "a").in_service(CAPTIONS).collect()

    assert sorted(served.select("item_id", "producer").rows()) == [("1", "new"), ("2", "new")]


def test_what_was_never_materialised_says_so(lake):
    view = DatasetView(lake, "a")

    assert view.last("captions") is None
    for ask in (lambda: view.ledger("captions"), lambda: view.in_service(CAPTIONS)):
        with pytest.raises(InputError, match="captions of 'a' was never materialised"):
            ask()


def test_a_clock_that_goes_backwards_leaves_the_ledger_in_the_order_of_writing(lake):
    view = DatasetView(lake, "a")
    clock = [AT, AT + timedelta(hours=5), AT - timedelta(days=400), AT, AT + timedelta(hours=5)]
    instants = []
    for number, now in enumerate(clock):
        instants.append(view.next_instant(now))
        enter(lake, "a", "captions", f"entry {number}", hours=(instants[-1] - AT) / HOUR)
        assert view.last("captions").producer == f"entry {number}"

    assert instants[:2] == clock[:2]
    assert instants == sorted(set(instants))
    assert instants[-1] - clock[1] == 3 * timedelta(microseconds=1)
    assert DatasetView(lake, "b").next_instant(AT) == AT


def test_one_scan_shows_the_newest_entries_of_every_dataset(lake):
    for dataset in ("a", "it's b"):
        for asset in ("captions", "embeddings"):
            enter(lake, dataset, asset, "old", hours=1)
            enter(lake, dataset, asset, f"{asset} of {dataset}", hours=2)
    found = ledgers(lake)

    assert set(found) == {"a", "it's b"}
    for dataset, entries in found.items():
        assert entries == DatasetView(lake, dataset).entries()
        assert {asset: entry.producer for asset, entry in entries.items()} == {
            asset: f"{asset} of {dataset}" for asset in ("captions", "embeddings")
        }


def test_an_asset_that_was_taken_back_counts_as_never_materialised(lake):
    enter(lake, "a", "captions", "p", hours=1)
    row = (
        lake.scan(MATERIALISATIONS, "a")
        .collect()
        .with_columns(data_version=pl.lit(""), created_at=pl.lit(AT + 2 * HOUR))
    )
    lake.append(MATERIALISATIONS, row, note=NOTE)

    assert DatasetView(lake, "a").last("captions") is None
    assert ledgers(lake) == {}
