"""Maintain the lake now, beside the nightly schedule."""

import click

from resources.lake import Lake
from resources.settings import load_settings
from resources.thumbnails import Thumbnails
from resources.upkeep import Maintenance
from saetm.tables import TABLES


def maintain_lake() -> None:
    """Compact, vacuum and checkpoint every table, and print what was done to it.

    Raises:
        SaetmError: a table cannot be read or written.
    """
    settings = load_settings()
    thumbnails = Thumbnails(settings.root / "thumbnails")
    maintenance = Maintenance(Lake(settings.lake_uri), settings.keep_days, thumbnails)
    for table in TABLES.values():
        if upkeep := maintenance.of(table):
            busy = "  being written" * bool(upkeep.busy)
            click.echo(
                f"  {table.name:<17}{upkeep.files_before:>7,} files -> {upkeep.files_after:>6,}"
                f"{upkeep.bytes_after:>16,} bytes{upkeep.vacuumed:>7,} old files deleted{busy}"
            )
    if forgotten := maintenance.forget_thumbnails():
        click.echo(f"{forgotten:,} thumbnails of images that are no items any more deleted")
    click.echo(f"what was replaced in the last {settings.keep_days} days can be gone back to")
