"""The demo: two datasets made on the spot, taken through the line, their topics printed."""

from pathlib import Path

import click
import polars as pl

from resources.lake import Lake
from resources.progress import TerminalProgress
from resources.settings import load_settings
from resources.view import DatasetView
from saetm_assets.cli.add import add_dataset
from saetm_assets.cli.recovery import recovery
from saetm_assets.cli.run import error_stream, run_dataset, show_run
from saetm_assets.cli.show import show_topics
from saetm_assets.demo.docs import collect_docs
from saetm_assets.demo.prints import paint_prints

PRINTS, DOCS = 1200, 2000
TOPIC_COUNTS = {"prints": 40, "docs": 25}


def run_demo() -> None:
    """Make the data, run both datasets, print what came out and how to look further."""
    settings = load_settings()
    folder = settings.root / "demo"
    make_data(folder)
    for name, count in TOPIC_COUNTS.items():
        click.secho(f"\n{name}", bold=True)
        add_dataset(name, folder / name, [f"topic_count={count}"])
        show_run(run_dataset(name, []), as_json=False)
        show_topics(name, None, as_json=False)
    planted = pl.read_parquet(folder / "prints.planted.parquet")
    view = DatasetView(Lake(settings.lake_uri), "prints")
    recovered = recovery(view, planted, TOPIC_COUNTS["prints"])
    click.echo(f"\nprints: {recovered}")
    click.echo(
        "\nLook at them in a browser: `make ui` (or .venv/bin/saetm ui) serves the Dagster UI at "
        f"http://localhost:3000 and the explorer at {settings.explorer_url}; reports lie in "
        f"{settings.root / 'reports'}"
    )


def make_data(folder: Path) -> None:
    """Paint the prints and collect the docstrings, unless they are there."""
    progress = TerminalProgress(error_stream())
    with progress.bar("painting prints", PRINTS) as advance:
        paint_prints(folder / "prints", count=PRINTS, on_step=advance)
    with progress.bar("collecting docs", 1) as advance:
        collect_docs(folder / "docs", count=DOCS)
        advance(1)
