"""How HTML is written: escaped by default, and strict about what a template is not given."""

from functools import cache
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined


@cache
def templates() -> Environment:
    """Return the templates of the explorer and the report."""
    made = Environment(
        loader=PackageLoader("saetm_assets"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["segment"] = segment
    made.filters["excerpt"] = excerpt
    return made


def segment(text: str) -> str:
    """Quote a text, such as a dataset's name, as one segment of a path."""
    return quote(text, safe="")


def excerpt(text: str, characters: int = 240) -> str:
    r"""Return the beginning of a text in one line.

    Example:
        >>> excerpt("a  long\nstory", 6)
        'a long…'
    """
    line = " ".join(text.split())
    return line if len(line) <= characters else f"{line[:characters].rstrip()}…"
