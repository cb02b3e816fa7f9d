"""kill -9 before every commit of every stage, then the same run again.

The line is taken through stage by stage, and its home is copied before each. From each copy a
process runs the stage and is killed before one commit of it, then the stage is run once more: the
tables must be those of a run that nobody disturbed. What comes after a stage reads only tables.
"""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from saetm.tables import TABLES
from saetm_assets.definitions import STAGES
from tests.faults.same import assert_same
from tests.faults.strike import BATCH, shrink_batches
from tests.line.homes import ROOT, ROW_TABLES, Home
from tests.line.themed import FEW, themed_rows, write_rows

NAME = "posts"
LINE = [stage.key.to_user_string() for stage in STAGES]
KILLED, DONE = -9, 0
MOST_COMMITS = 12  # of one stage
TALLIES = {"reconstructions"}  # sums over what one run has encoded: a killed one enters none
QUICK = {"items"}


@dataclass
class Tape:
    """The homes of one history: before each stage, and at the end."""

    posts: Path  # the dataset's folder
    files: dict  # what lies in it: rows of each file, and its instant
    folder: Path
    homes: list = field(default_factory=list)  # homes[i] is before stage i

    def upto(self, number):
        """Return the home before a stage, taking the line as far as that."""
        self.lay()
        while len(self.homes) <= number:
            home = Home(self.folder / f"{len(self.homes)}")
            shutil.copytree(self.homes[-1].root, home.root)
            home.run(NAME, LINE[len(self.homes) - 1])
            self.homes.append(home)
        return self.homes[number]

    def lay(self):
        """Let the folder hold the files of this history."""
        shutil.rmtree(self.posts, ignore_errors=True)
        for name, (instant, rows) in self.files.items():
            write_rows(self.posts, name, rows)
            os.utime(self.posts / name, (instant, instant))


@pytest.fixture(scope="module", autouse=True)
def small_batches():
    with pytest.MonkeyPatch.context() as patch:
        shrink_batches(patch.setattr)
        yield


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """The first run of a dataset."""
    folder = tmp_path_factory.mktemp("first")
    tape = Tape(folder / NAME, {"a.jsonl": (1000, themed_rows(range(36)))}, folder)
    tape.lay()
    home = Home(folder / "0")
    home.add(NAME, tape.posts, *FEW)
    tape.homes.append(home)
    return tape


@pytest.fixture(scope="module")
def later(first, tmp_path_factory):
    """The run after two texts were removed, others were added and one has other vectors."""
    folder = tmp_path_factory.mktemp("later")
    home = Home(folder / "0")
    shutil.copytree(first.upto(len(LINE)).root, home.root)
    files = {
        "a.jsonl": (2000, themed_rows(range(3, 36)) + themed_rows([2], seed=1)),
        "b.jsonl": (2000, themed_rows(range(36, 60))),
    }
    return Tape(first.posts, files, folder, [home])


@pytest.fixture(scope="module")
def strike():
    """Run a stage in a process that is killed before its commit of a number; tell how it ended."""
    pipe = subprocess.PIPE
    command = [sys.executable, "-m", "tests.faults.strike"]
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:

        def struck(home, stage, commit):
            process.stdin.write(json.dumps([str(home.root), NAME, stage, commit]) + "\n")
            process.stdin.flush()
            return int(process.stdout.readline())

        yield struck
        process.stdin.close()


def made_since(before, home, stage):
    """Return which items of a row stage have rows of another run than before, and of which."""
    if stage not in ROW_TABLES:
        return TABLES["items"].empty().select("item_id", "run_id")
    now, then = (each.table(stage, NAME).select("item_id", "run_id") for each in (home, before))
    return now.join(then, on=now.columns, how="anti")


def strike_at_every_commit(stage, tape, strike, folder):
    """Kill the stage before each of its commits in turn; return how many it has."""
    before, after = (tape.upto(LINE.index(stage) + more) for more in (0, 1))
    for commit in range(MOST_COMMITS):
        home = Home(folder / f"{commit}")
        shutil.copytree(before.root, home.root)
        if (end := strike(home, stage, commit)) == DONE:
            return commit
        assert end == KILLED
        saved = made_since(before, home, stage)
        home.run(NAME, stage)
        when = f"killed before commit {commit} of {stage}"
        assert_same(home, after, NAME, when, but=TALLIES)
        kept = made_since(before, home, stage)
        assert saved.join(kept, on=saved.columns, how="anti").height <= BATCH, when
        shutil.rmtree(home.root)
    pytest.fail(f"{stage} has more than {MOST_COMMITS} commits")


@pytest.mark.parametrize(
    "stage",
    [pytest.param(stage, marks=() if stage in QUICK else pytest.mark.slow) for stage in LINE],
)
def test_a_first_run_that_is_killed_before_any_commit_is_completed_by_the_next(
    first, strike, tmp_path, stage
):
    assert strike_at_every_commit(stage, first, strike, tmp_path) >= 2


@pytest.mark.slow
@pytest.mark.parametrize("stage", LINE)
def test_an_update_that_is_killed_before_any_commit_is_completed_by_the_next(
    later, strike, tmp_path, stage
):
    assert strike_at_every_commit(stage, later, strike, tmp_path) >= 1
