"""The scripts that draw a report's charts: they stand in the file, and no others may run."""

import base64
import hashlib
from functools import cache
from importlib.resources import files

NAMES = (
    "vendor/vega.min.js",
    "vendor/vega-lite.min.js",
    "vendor/vega-embed.min.js",
    "explorer.js",
)  # in this order


@cache
def scripts() -> tuple[str, ...]:
    """Return the scripts of the explorer that a report needs.

    Raises:
        ValueError: one of them would end the element that it stands in.
    """
    static = files("saetm_assets") / "explorer" / "static"
    found = tuple((static / name).read_text(encoding="utf-8") for name in NAMES)
    if any("</script" in script or "<!--" in script for script in found):
        raise ValueError("a script of the explorer cannot stand in a page")
    return found


@cache
def policy() -> str:
    """Return the content security policy of a report: these scripts, by their hashes."""
    hashes = " ".join(f"'sha256-{_hash(script)}'" for script in scripts())
    return (
        f"default-src 'none'; img-src data: blob:; style-src 'unsafe-inline'; script-src {hashes}"
    )


def _hash(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
