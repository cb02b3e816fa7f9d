"""Row work on a Ray cluster of two workers, against the same work in one process.

pip install -c constraints.txt -e .[ray]
python -m pytest -m slow --timeout 1800 tests/engines/test_ray.py
"""

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from itertools import islice

import numpy as np
import polars as pl
import pytest

from resources.lake import Lake
from saetm.bridge import series_to_vectors
from saetm.tables import ACTIVATIONS, EMBEDDINGS, ITEMS
from tests.engines.cluster import kill_one, running_cluster
from tests.line.homes import ROOT, way_to
from tests.resources.object_server import make_bucket, point_at, running_store

pytestmark = pytest.mark.slow

NAME = "news"
ITEM_COUNT = 240
PORTION = 10
WORK = ("embeddings", "activations")
BEFORE = way_to("activations")


@dataclass(frozen=True)
class Place:
    """A home whose lake lies anywhere."""

    home: str
    lake_uri: str
    address: str  # of the Ray cluster

    @property
    def lake(self):
        return Lake(self.lake_uri)

    def start(self, *stages, engine):
        """Start the process of a run."""
        command = [sys.executable, "-W", "ignore", "-m", "tests.engines.small_portions"]
        settings = {
            "SAETM_HOME": self.home,
            "SAETM_LAKE": self.lake_uri,
            "SAETM_ENGINE": engine,
            "SAETM_RAY_ADDRESS": self.address,
        }
        return subprocess.Popen(
            [*command, NAME, str(PORTION), *stages],
            cwd=ROOT,
            env={**os.environ, **settings},  # noqa: TID251  handed on as it is
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *stages, engine):
        with self.start(*stages, engine=engine) as process:
            _, said = process.communicate()
        assert process.returncode == 0, said

    def rows(self, table):
        return self.lake.scan(table, NAME).collect().sort("item_id")

    def forget(self):
        """Take the rows of the work away, and nothing else."""
        for table in (EMBEDDINGS, ACTIVATIONS):
            self.lake.remove(table, NAME, note={"run_id": "none"})


@pytest.fixture(scope="module")
def texts(shared_data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("files") / NAME
    folder.mkdir()
    with gzip.open(shared_data / "newsgroups.jsonl.gz", "rt") as lines:
        rows = [{"text": json.loads(line)["text"][:600]} for line in islice(lines, ITEM_COUNT)]
    (folder / "posts.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return folder


@pytest.fixture(scope="module")
def environment():
    """A store and a cluster that knows it, in which every process of this file lives."""
    pytest.importorskip("ray", reason="pip install saetm[ray] brings Ray")
    with pytest.MonkeyPatch.context() as patch, running_store() as store:
        point_at(store, patch)
        with running_cluster() as (cluster, address):
            yield store, cluster, address


@pytest.fixture(scope="module", params=["folder", "bucket"])
def finished(request, environment, texts, tmp_path_factory):
    """A dataset that one process took through the line; its place, and what it wrote."""
    from saetm_assets.cli.add import add_dataset

    store, _, address = environment
    root = tmp_path_factory.mktemp(request.param)
    bucket = request.param == "bucket" and make_bucket(store, request)
    place = Place(str(root), f"s3://{bucket}/lake" if bucket else str(root / "lake"), address)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SAETM_HOME", place.home)
        patch.setenv("SAETM_LAKE", place.lake_uri)
        add_dataset(NAME, str(texts), ["sae.epochs=20"])
    place.run(*BEFORE, engine="local")
    return place, place.rows(EMBEDDINGS), place.rows(ACTIVATIONS)


@pytest.fixture
def emptied(finished):
    """The same place, with all of the work owed again."""
    place, vectors, codes = finished
    place.forget()
    return place, vectors, codes


def assert_same(place, vectors, codes):
    """Assert that the rows are those of one process: no item lost, none doubled."""
    ours, keys = place.rows(EMBEDDINGS), ["item_id", "producer", "input_hash", "dim"]
    assert ours.select(keys).equals(vectors.select(keys))
    apart = series_to_vectors(ours["vector"]) - series_to_vectors(vectors["vector"])
    assert np.abs(apart).max() <= 1e-5

    ours, keys = place.rows(ACTIVATIONS), ["item_id", "producer", "input_hash", "features"]
    assert ours.select(keys).equals(codes.select(keys))
    apart = ours["activations"].explode() - codes["activations"].explode()
    assert apart.abs().max() <= 1e-4


def wait_until_some(place, table, process):
    """Wait until a part of the rows is there, and return how many."""
    while not (count := place.rows(table).height):
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.05)
    return count


def test_a_cluster_writes_the_rows_of_one_process(emptied):
    place, vectors, codes = emptied
    place.run(*WORK, engine="ray")

    assert vectors.height == place.rows(ITEMS).height > 0.9 * ITEM_COUNT
    assert_same(place, vectors, codes)


def test_a_killed_worker_costs_nothing(emptied, environment):
    place, vectors, codes = emptied
    with place.start(*WORK, engine="ray") as process:
        before = wait_until_some(place, EMBEDDINGS, process)
        kill_one(environment[1])
        _, said = process.communicate()

    assert before < vectors.height
    if process.returncode:
        assert said.splitlines()[-1].startswith("saetm: ")  # Ray itself may have said more
        assert "Traceback" not in said
        place.run(*WORK, engine="ray")
    assert_same(place, vectors, codes)


def test_after_a_killed_run_the_next_one_does_what_is_owed_and_no_more(emptied):
    place, vectors, codes = emptied
    with place.start(*WORK, engine="ray") as process:
        wait_until_some(place, EMBEDDINGS, process)
        process.send_signal(signal.SIGKILL)
    done = place.rows(EMBEDDINGS)
    place.run(*WORK, engine="ray")

    assert done.height < vectors.height
    kept = place.rows(EMBEDDINGS).filter(pl.col("run_id").is_in(done["run_id"]))
    assert kept.equals(done)
    assert_same(place, vectors, codes)
