"""What the last refit did to topics."""

from dataclasses import dataclass

import polars as pl

from saetm_assets.explorer.dataset import Dataset


@dataclass(frozen=True, slots=True)
class Change:
    """What the last refit did to a topic."""

    kinds: tuple[str, ...]  # born, split, merged, moved_words
    moved: float  # mean share after less that before
    gained: tuple[str, ...]  # words
    lost: tuple[str, ...]


def last_changes(dataset: Dataset) -> dict[str, Change]:
    """Return the changes of the newest refit that has noted any, by topic; of all stored cuts."""
    newest = dataset.changes.filter(pl.col("created_at") == pl.col("created_at").max())
    found: dict[str, Change] = {}
    for row in newest.iter_rows(named=True):
        known = found.get(row["topic_id"])
        kinds = known.kinds if known else ()
        found[row["topic_id"]] = Change(
            kinds=tuple(dict.fromkeys([*kinds, row["change"]])),
            moved=row["weight_after"] - row["weight_before"],
            gained=tuple(row["words_gained"]) or (known.gained if known else ()),
            lost=tuple(row["words_lost"]) or (known.lost if known else ()),
        )
    return found
