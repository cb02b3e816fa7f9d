"""What became of the topics of a dataset since some instant."""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from resources.view import DatasetView
from saetm.tables import REPLIES, TOPIC_CHANGES, TOPICS


@dataclass(frozen=True)
class TopicStory:
    """What became of the topics of one cut, and of the names of all cuts."""

    count: int  # of topics now
    kept: int  # of these under an id that the cut had then
    kept_mass: float  # share of all topics' mass that lies in them
    changes: dict[str, int]  # noted since then, by kind; several fits may note the same topic
    asked_first: int  # names that were asked for until then, for any cut
    asked_later: int


def tell_topics(
    view: DatasetView, before: pl.DataFrame, *, since: datetime, topic_count: int
) -> TopicStory:
    """Compare the topics of a cut with those that it had.

    Args:
        view: the dataset.
        before: rows of the topics table then.
        since: the instant then.
        topic_count: the cut, or that of fewer topics where there are not so many.
    """
    counts = before["topic_count"]
    is_cut = pl.col("topic_count") == counts.filter(counts <= topic_count).max()
    now = view.scan(TOPICS).filter(is_cut).collect()
    kept = now.join(before.filter(is_cut), on="topic_id", how="semi")
    changes = view.scan(TOPIC_CHANGES).filter(is_cut, pl.col("created_at") > since)
    noted = changes.group_by("change").len().sort("change").collect()
    asked_at = view.scan(REPLIES).select("created_at").collect()["created_at"]
    return TopicStory(
        count=now.height,
        kept=kept.height,
        kept_mass=float(kept["weight"].to_numpy().sum() / now["weight"].to_numpy().sum()),
        changes=dict(noted.iter_rows()),
        asked_first=int((asked_at <= since).sum()),
        asked_later=int((asked_at > since).sum()),
    )
