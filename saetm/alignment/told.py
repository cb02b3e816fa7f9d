"""An alignment as rows: one per topic of either dataset."""

from collections.abc import Callable

import numpy as np
import polars as pl

from saetm.alignment.align import Alignment
from saetm.tables.alignments import ALONE, SAME

Overlap = Callable[[int, int], float | None]  # of a topic and one of the other dataset


def aligned_rows(
    found: Alignment, mine: pl.DataFrame, theirs: pl.DataFrame, overlap: Overlap
) -> pl.DataFrame:
    """Describe each topic of both datasets by its partner, or of one alone by the nearest.

    Args:
        found: the alignment of T topics with S.
        mine: owner, topic_id and share of the T topics, in its order; at least one.
        theirs: the same of the S topics; at least one.
        overlap: how much of two topics lies on the same features; None where that means nothing.

    Returns:
        owner, topic_id, share, other_topic_id, other_share, status, cosine, p_value, q_value and
        feature_overlap.
    """
    pairs = np.flatnonzero(found.corresponds)
    here, there = found.cosines.argmax(axis=0), found.cosines.argmax(axis=1)
    there[pairs], here[found.partner[pairs]] = found.partner[pairs], pairs
    is_pair = np.zeros(len(theirs), dtype=np.bool_)
    is_pair[found.partner[pairs]] = True
    first = np.concatenate([np.arange(len(mine)), here])
    second = np.concatenate([there, np.arange(len(theirs))])
    columns = ["other_topic_id", "other_share"]
    near = pl.concat([_named(theirs[there], columns), _named(mine[here], columns)])
    is_assigned = found.partner[first] == second
    return pl.concat([mine, theirs]).with_columns(
        *near,
        pl.Series("status", np.where([*found.corresponds, *is_pair], SAME, ALONE)),
        pl.Series("cosine", found.cosines[first, second]),
        pl.Series("p_value", found.p_values[first, second]),
        pl.Series("q_value", np.where(is_assigned, found.q_values[first], 1.0)),
        pl.Series(
            "feature_overlap",
            [overlap(int(one), int(two)) for one, two in zip(first, second, strict=True)],
            dtype=pl.Float64,
        ),
    )


def _named(topics: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    return topics.select("topic_id", "share").rename(
        dict(zip(("topic_id", "share"), names, strict=True))
    )
