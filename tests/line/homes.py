"""A home folder of its own for tests, and datasets whose themes are planted."""

import json
import os
import random
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from resources.lake import Lake
from resources.registry import Registry
from resources.view import DatasetView
from saetm.tables import MATERIALISATIONS, TABLES
from saetm_assets.cli.add import add_dataset
from saetm_assets.cli.main import main
from saetm_assets.cli.run import run_dataset
from saetm_assets.definitions import STAGES

ROOT = Path(__file__).resolve().parents[2]
THEMES = {
    "kitchen": "butter flour oven bread sugar dough recipe spoon kitchen cake onion garlic soup",
    "space": "planet orbit rocket moon star telescope galaxy astronaut comet gravity launch mars",
    "football": "goal referee striker match ball stadium league coach penalty team midfield keeper",
}
ROW_TABLES = ("items", "captions", "bags", "embeddings", "activations")


def way_to(*assets):
    """Return these assets and all that they depend on: a run of them is shorter than the line."""
    names = {stage.key: stage.key.to_user_string() for stage in STAGES}
    wanted = set(assets)
    for stage in reversed(STAGES):
        if names[stage.key] in wanted:
            wanted |= {names[key] for key in stage.asset_deps[stage.key] if key in names}
    return [name for name in names.values() if name in wanted]


def theme_text(number, *, length=12):
    """Write a text of theme `number` modulo 3."""
    draw = random.Random(number)
    theme = list(THEMES.values())[number % len(THEMES)].split()
    return f"The {' and the '.join(draw.choices(theme, k=length))}."


def theme_of(path):
    return list(THEMES)[int(Path(path).stem) % len(THEMES)]


def theme_files(count):
    return {f"{number:03d}.txt": theme_text(number) for number in range(count)}


@dataclass(frozen=True)
class Home:
    """One SAETM_HOME; nothing of the environment outlives a call."""

    root: Path

    @contextmanager
    def entered(self):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SAETM_HOME", str(self.root))
            yield

    @property
    def lake(self):
        return Lake(str(self.root / "lake"))

    @property
    def registry(self):
        return Registry(self.lake, self.root / "inbox")

    def view(self, dataset):
        return DatasetView(self.lake, dataset)

    def add(self, dataset, folder, *options):
        with self.entered():
            add_dataset(dataset, folder, list(options))

    def run(self, dataset, *select):
        with self.entered():
            return run_dataset(dataset, list(select), quiet=True)

    def cli(self, *arguments):
        with self.entered():
            return CliRunner().invoke(main, list(arguments))

    def topics(self, dataset, count):
        return json.loads(self.cli("topics", dataset, "--k", str(count), "--json").stdout)

    def table(self, table, dataset):
        return self.lake.scan(TABLES[table], dataset).collect()

    def versions(self, dataset):
        """Return the newest data version of each asset."""
        entries = self.lake.scan(MATERIALISATIONS, dataset).collect().sort("created_at")
        return dict(entries.select("asset", "data_version").iter_rows())

    def process(self, *command, **options):
        """Start a Python process in this home."""
        environment = {
            **os.environ,  # noqa: TID251  handed on as it is
            "SAETM_HOME": str(self.root),
            "PYTHONWARNINGS": "ignore",
        }
        return subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )


def ids_by_path(home, dataset):
    return dict(home.table("items", dataset).select("path", "item_id").iter_rows())


def snapshot(home, dataset):
    """Return every table of a dataset with a row per item, sorted by item."""
    return {name: home.table(name, dataset).sort("item_id") for name in ROW_TABLES}


def runs_of(frame, item_ids):
    """Return the runs that wrote the rows of these items."""
    return set(frame.filter(pl.col("item_id").is_in(item_ids))["run_id"])


def refusal(result):
    """Return the one sentence of a refused command."""
    assert result.exit_code == 1, result.output
    assert isinstance(result.exception, SystemExit)
    assert result.stderr.startswith("saetm: ")
    assert result.stderr.count("\n") == 1, result.stderr
    assert "Traceback" not in result.output
    return result.stderr.removeprefix("saetm: ").strip()
