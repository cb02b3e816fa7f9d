"""Places in series that ascend."""

from collections.abc import Sequence

import polars as pl


def position(ids: pl.Series, wanted: str) -> int | None:
    """Return where a text stands in an ascending series of texts; None where it is not there."""
    return positions(ids, [wanted])[0]


def positions(ids: pl.Series, wanted: Sequence[str]) -> list[int | None]:
    """Return where texts stand in an ascending series of texts, as `position` does."""
    if not len(wanted):
        return []
    places = ids.search_sorted(pl.Series(wanted, dtype=pl.String)).to_list()
    return [
        place if place < len(ids) and ids[place] == text else None
        for place, text in zip(places, wanted, strict=True)
    ]
