"""Many files in one folder, many datasets in one home: what is counted are looks, not seconds."""

import json
import sys
import time
import warnings
from contextlib import contextmanager

import dagster as dg
import polars as pl
import pytest

from resources import delta, lake
from saetm.tables import TABLES
from tests.automation.house import House
from tests.line.homes import ROW_TABLES, Home, way_to
from tests.line.themed import FEW, themed_rows, write_rows
from tests.resources.inbox_folders import put

pytestmark = pytest.mark.slow

FILES, DATASETS = 10_000, 200
NAME = "posts"
ROW_WORK = way_to("bags", "activations")


@contextmanager
def figure(what):
    began = time.monotonic()
    yield
    sys.stdout.write(f"{what}: {time.monotonic() - began:.1f} s\n")


def deliver(folder, numbers):
    """Write a small text file for each number, and the vectors of all beside them."""
    rows = themed_rows(numbers)
    put(
        folder, {f"{n:05d}.txt": f"{row['text']} {n}" for n, row in zip(numbers, rows, strict=True)}
    )
    lines = [
        json.dumps({"file_name": f"{n:05d}.txt", "embedding": row["embedding"]})
        for n, row in zip(numbers, rows, strict=True)
    ]
    with (folder / "metadata.jsonl").open("a") as file:
        file.write("\n".join(lines) + "\n")


@pytest.mark.timeout(600)
def test_ten_thousand_files_in_one_folder_are_taken_and_then_only_what_is_new(tmp_path):
    home, folder = Home(tmp_path / "home"), tmp_path / NAME
    deliver(folder, range(FILES))
    home.add(NAME, folder, *FEW)
    with figure(f"{FILES:,} files, row work"):
        home.run(NAME, *ROW_WORK)
    for table in ROW_TABLES:
        rows = home.table(table, NAME)
        assert rows.height == rows["item_id"].n_unique() == FILES, table

    with figure("nothing new"):
        assert home.run(NAME, *ROW_WORK).is_nothing_new
    deliver(folder, [FILES])
    with figure("one more file"):
        written = home.run(NAME, *ROW_WORK).written
    assert written == dict.fromkeys(ROW_WORK, 0) | dict.fromkeys(ROW_TABLES, 1)


@pytest.fixture
def opened(monkeypatch):
    """The tables that were opened, as the lake opens them for reading."""
    seen = []

    class Watched(delta.Files):
        def __init__(self, uri, *arguments, **options):
            seen.append(uri)
            super().__init__(uri, *arguments, **options)

    monkeypatch.setattr(lake, "Files", Watched)
    return seen


def multiply(home, dataset, names):
    """Write what a dataset holds for other datasets too."""
    for name, table in TABLES.items():
        if "dataset" in table.schema:
            rows = home.table(name, dataset).drop("dataset")
            others = pl.DataFrame({"dataset": names}).join(rows, how="cross")
            home.lake.append(table, others, note={})


def looks(house, opened):
    """Look once with every sensor and with `saetm status`; return how many tables each opens."""
    counts = {}
    for what, look in {
        "new_items": lambda: house.look("new_items"),
        "owed_stages": lambda: house.look("owed_stages"),
        "grown_datasets": lambda: house.look("grown_datasets"),
        "conditions": house.conditions,
        "status": lambda: house.home.cli("status", "--json"),
    }.items():
        opened.clear()
        with figure(f"{what}, {len(house.home.registry.names())} datasets"):
            look()
        counts[what] = len(opened)
    return counts


@pytest.mark.timeout(600)
def test_a_look_at_two_hundred_datasets_opens_no_more_tables_than_one_at_two(tmp_path, opened):
    home = Home(tmp_path / "home")
    home.add("a", write_rows(tmp_path / "a", "a.jsonl", themed_rows(range(20))), *FEW)
    home.run("a")
    multiply(home, "a", ["b"])
    with dg.DagsterInstance.ephemeral() as instance, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what Dagster calls beta and preview
        house = House(home, instance)
        instance.add_dynamic_partitions("datasets", ["a", "b"])
        few = looks(house, opened)
        more = [f"set {number}" for number in range(DATASETS - 2)]
        multiply(home, "a", more)
        instance.add_dynamic_partitions("datasets", more)
        many = looks(house, opened)
        status = json.loads(home.cli("status", "--json").stdout)

    assert few["status"] > len(TABLES) - 1
    assert many == few
    assert len(status) == DATASETS
    assert all(not any(each["owed"].values()) for each in status)
