"""Write the report of a dataset into a file."""

from pathlib import Path

from resources.lake import Lake
from resources.settings import load_settings
from saetm.errors import InputError
from saetm.tables import REPORTS
from saetm_assets.home import open_registry


def write_report(name: str, file: Path) -> str:
    """Write the page that the asset `report` published last, and say so in one line.

    Raises:
        InputError: there is no such dataset, it has no report yet, or the file cannot be written.
    """
    settings = load_settings()
    open_registry(settings).find(name)
    pages = Lake(settings.lake_uri).scan(REPORTS, name).select("page", "created_at").collect()
    if pages.is_empty():
        raise InputError(f"{name!r} has no report yet: run `saetm run` first")
    page, at = pages.row(0)
    file.write_text(page, encoding="utf-8")
    return f"{file}: the report of {at:%d %B %Y, %H:%M} UTC, {len(page.encode()) / 1e6:.1f} MB"
