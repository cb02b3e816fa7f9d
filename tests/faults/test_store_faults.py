"""Disks that fill up, lakes that may only be read, stores that go away: amid the line, for real."""

import re
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest

from resources.lake import Lake
from resources.settings import load_settings
from saetm.errors import SaetmError
from saetm_assets.definitions import STAGES
from tests.faults.same import assert_same
from tests.line.homes import ROOT, Home
from tests.line.themed import FEW, themed_rows, write_rows
from tests.resources.object_server import (
    free_port,
    make_bucket,
    point_at,
    running_store,
    wait_for,
)

pytestmark = pytest.mark.slow

NAME = "posts"
LINE = [stage.key.to_user_string() for stage in STAGES]
PAGES = {"reports"}  # a page names the runs that made it
SENTENCES = re.compile("cannot be written: No space left|records are out of reach")
HALF = LINE[: LINE.index("embeddings")]


@pytest.fixture(scope="module")
def posts(tmp_path_factory):
    return write_rows(tmp_path_factory.mktemp("files") / NAME, "a.jsonl", themed_rows(range(60)))


@pytest.fixture(scope="module")
def undisturbed(posts, tmp_path_factory):
    home = Home(tmp_path_factory.mktemp("undisturbed"))
    home.add(NAME, posts, *FEW)
    home.run(NAME)
    return home


@pytest.fixture
def home(posts, tmp_path):
    home = Home(tmp_path / "home")
    home.add(NAME, posts, *FEW)
    return home


def failure(home):
    """Run the line, which fails, and return what a person reads."""
    with pytest.raises(SaetmError) as caught:
        home.run(NAME)
    said = str(caught.value)
    assert "\n" not in said
    assert len(said) < 400
    return said


@contextmanager
def moved_to(disk, home):
    """Let the lake of a home lie on a disk."""
    shutil.move(home.root / "lake", disk / "lake")
    (home.root / "lake").symlink_to(disk / "lake")
    yield


def test_a_disk_that_is_full_amid_a_run_stops_it_and_once_free_it_is_completed(
    home, undisturbed, large_disk
):
    home.run(NAME, *HALF)
    with moved_to(large_disk, home):
        filler = large_disk / "filler"
        filler.write_bytes(bytes(shutil.disk_usage(large_disk).free - 40_000))
        said = failure(home)
        filler.unlink()
        home.run(NAME)

        assert "cannot be written: No space left on device" in said
        assert_same(home, undisturbed, NAME, but=PAGES)


def test_a_lake_that_may_only_be_read_stops_a_run_and_once_it_may_be_written_it_is_completed(
    home, undisturbed, large_disk
):
    home.run(NAME, *HALF)
    with moved_to(large_disk, home):
        mounted(large_disk, "ro")
        said = failure(home)
        status = home.cli("status")
        mounted(large_disk, "rw")
        home.run(NAME)

        assert "cannot be written: Read-only file system" in said
        assert status.exit_code == 0
        assert_same(home, undisturbed, NAME, but=PAGES)


def mounted(disk, mode):
    subprocess.run(["mount", "-o", f"remount,{mode}", str(disk)], check=True)


@pytest.mark.parametrize("kept", [1_500_000, 600_000, 200_000, 50_000])
def test_a_home_on_a_disk_that_fills_up_is_one_sentence_and_loses_nothing(
    posts, undisturbed, large_disk, kept
):
    """Dagster's own databases lie on the same disk."""
    home = Home(large_disk / "home")
    home.add(NAME, posts, *FEW)
    home.run(NAME, *HALF)
    filler = large_disk / "filler"
    filler.write_bytes(bytes(max(0, shutil.disk_usage(large_disk).free - kept)))
    refused = home.cli("run", NAME, "--json")
    filler.unlink()
    home.run(NAME)

    if refused.exit_code:  # above it may stand what Dagster says of its own databases
        assert refused.stderr.splitlines()[-1].startswith("saetm: ")
        assert SENTENCES.search(refused.stderr.splitlines()[-1]), refused.stderr
    assert "Traceback" not in refused.stderr
    assert_same(home, undisturbed, NAME, but=PAGES)


class Remote(Home):
    """A home whose lake lies in a bucket."""

    @property
    def lake(self):
        with self.entered():
            return Lake(load_settings().lake_uri)


@contextmanager
def relay(port, target):
    command = [sys.executable, "-m", "tests.faults.relay", str(port), str(target)]
    with subprocess.Popen(command, cwd=ROOT) as process:
        wait_for(port)
        try:
            yield process
        finally:
            process.send_signal(signal.SIGKILL)


def test_a_store_that_goes_away_amid_a_run_stops_it_and_once_back_it_is_completed(
    posts, undisturbed, tmp_path, monkeypatch, request
):
    with running_store() as address:
        door = free_port()
        bucket = make_bucket(address, request)
        point_at(f"http://127.0.0.1:{door}", monkeypatch)
        monkeypatch.setenv("SAETM_LAKE", f"s3://{bucket}/lake")
        home = Remote(tmp_path / "home")
        with relay(door, int(address.rpartition(":")[2])):
            home.add(NAME, posts, *FEW)
            home.run(NAME, *HALF)
        said = failure(home)
        with relay(door, int(address.rpartition(":")[2])):
            home.run(NAME)
            assert_same(home, undisturbed, NAME, but=PAGES)

    assert "cannot be read" in said or "cannot be written" in said
