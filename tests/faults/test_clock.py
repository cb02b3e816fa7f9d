"""A clock that is set back between two runs: what came last is still the newest."""

import os
from datetime import datetime, timedelta

import pytest

from resources import settings
from resources.view import ledgers
from saetm.owed import owed
from saetm_assets.definitions import STAGES
from saetm_assets.step import stage_of
from tests.faults.same import assert_same
from tests.line.homes import Home
from tests.line.themed import FEW, themed_rows, write_rows

NAME = "posts"


@pytest.fixture
def set_clock(monkeypatch):
    """Set the one clock of the project ahead, or right again."""

    def ahead(by):
        class Clock(datetime):
            @classmethod
            def now(cls, tz):
                return datetime.now(tz) + by  # noqa: TID251  the clock itself

        monkeypatch.setattr(settings, "datetime", Clock)

    return ahead


def history(home, folder, between=lambda: None):
    """Take a dataset through the line, change its files, and take it through again."""
    home.add(NAME, dated(write_rows(folder, "a.jsonl", themed_rows(range(36))), 1000), *FEW)
    home.run(NAME)
    between()
    dated(write_rows(folder, "a.jsonl", themed_rows(range(3, 42))), 2000)
    home.run(NAME)


def dated(folder, instant):
    """Let the file be of the same instant in every history."""
    os.utime(folder / "a.jsonl", (instant, instant))
    return folder


@pytest.mark.slow
def test_a_clock_that_is_set_back_loses_and_repeats_nothing(set_clock, tmp_path):
    undisturbed, home = Home(tmp_path / "undisturbed"), Home(tmp_path / "home")
    history(undisturbed, tmp_path / NAME)
    set_clock(timedelta(days=1))
    history(home, tmp_path / NAME, lambda: set_clock(timedelta()))

    assert_same(home, undisturbed, NAME, but={"reports"})  # a page shows instants
    line = [stage_of(stage) for stage in STAGES]
    options = home.registry.find(NAME).options
    assert owed(line, options, ledgers(home.lake)[NAME]) == {}
    assert home.run(NAME).is_nothing_new
    assert "nothing is owed" in home.cli("status").stdout
