"""Links that leave the explorer."""

from urllib.parse import urlsplit

from starlette.requests import Request

from saetm_assets.explorer.house import house_of
from saetm_assets.links import Links


def run_link(request: Request, run_id: str) -> str:
    """Return the address of a run in the Dagster UI."""
    settings = house_of(request).settings
    return Links(settings.explorer_url, settings.dagster_url).run(run_id)


def web_link(address: object) -> str | None:
    """Return an address that came with an item, if it is one of the web; others may be scripts.

    Example:
        >>> web_link("https://example.org/a"), web_link("javascript:alert(1)")
        ('https://example.org/a', None)
    """
    try:
        scheme = urlsplit(str(address)).scheme
    except ValueError:
        return None
    return str(address) if scheme in {"http", "https"} else None
