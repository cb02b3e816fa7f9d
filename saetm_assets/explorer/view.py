"""A view: what a page shows, the frame behind it, and the query that gives this frame."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class View:
    """One state of one page."""

    template: str  # below templates/explorer
    title: str
    query: str  # Polars code, ready to copy; its last line is an expression of the frame
    frame: Callable[[], pl.DataFrame]  # what a download holds
    context: Mapping[str, object]  # what the template reads
    dataset: str = ""  # empty where it is about all of them
    tab: str = ""  # of the dataset's pages, which this one belongs to
