"""Links that leave the explorer."""

from urllib.parse import quote, urlsplit

from starlette.requests import Request

from saetm_assets.explorer.house import house_of


def run_link(request: Request, run_id: str) -> str:
    """Return the address of a run in the Dagster UI."""
    base = house_of(request).settings.dagster_url.rstrip("/")
    return f"{base}/runs/{quote(run_id, safe='')}"


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
