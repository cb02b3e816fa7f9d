"""A topic over features of tokens as it lies in the lake, with all that steering needs of it."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from resources.view import DatasetView
from saetm.errors import InputError
from saetm.tables import TOPIC_SUMMARIES, TOPICS
from saetm_assets.matrices import shown_count

WORDS = 10  # that say what a topic is about


@dataclass(frozen=True, slots=True, eq=False)
class SteeredTopic:
    """A topic among those of its cut."""

    topic_id: str
    about: str  # its label and description; empty where nobody named it
    words: tuple[str, ...]  # top words, best first
    weights: NDArray[np.float64]  # (T, F) of the features of all topics of the cut
    shares: NDArray[np.float64]  # (T,) how common each topic is
    row: int  # of the topic in both

    @property
    def subject(self) -> str:
        """What the topic is about, as a text to embed."""
        return ", ".join(self.words) or self.about


def read_topic(view: DatasetView, topic_id: str, topic_count: int, n_features: int) -> SteeredTopic:
    """Read a topic, of the shown cut if it is one of it.

    Args:
        view: a dataset whose topics are distributions over features of tokens.
        topic_id: of the topic; empty for the largest one.
        topic_count: cut that the dataset shows.
        n_features: F of its autoencoder of token states.

    Raises:
        InputError: there is no such topic, or topics have no weights on features.
    """
    shown = shown_count(view, topic_count)
    every = view.scan(TOPICS).sort("topic_count", "rank").collect()
    wanted = every.filter(pl.col("topic_id") == topic_id) if topic_id else every
    if wanted.is_empty():
        raise InputError(
            f"{view.dataset!r} has no topic {topic_id!r}: `saetm topics {view.dataset}` lists them"
        )
    counts = wanted["topic_count"].to_list()
    cut = every.filter(pl.col("topic_count") == (shown if shown in counts else counts[0]))
    if cut["feature_weights"].null_count():
        raise InputError(
            f"the topics of {view.dataset!r} are no distributions over features of tokens, so "
            f"they cannot steer: `saetm mechanistic {view.dataset}` makes some that can"
        )
    row = cut["topic_id"].to_list().index(topic_id) if topic_id else 0
    chosen = cut.row(row, named=True)
    return SteeredTopic(
        topic_id=chosen["topic_id"],
        about=_about(view, chosen["topic_id"]),
        words=tuple(chosen["words"][:WORDS]),
        weights=_weights(cut, n_features),
        shares=cut["weight"].to_numpy(),
        row=row,
    )


def _about(view: DatasetView, topic_id: str) -> str:
    summaries = view.scan(TOPIC_SUMMARIES).filter(pl.col("topic_id") == topic_id)
    rows = summaries.select("label", "description").collect().rows()
    return ": ".join(each for each in rows[0] if each) if rows else ""


def _weights(cut: pl.DataFrame, n_features: int) -> NDArray[np.float64]:
    weights = np.zeros((cut.height, n_features))
    for row, (features, values) in enumerate(cut.select("features", "feature_weights").iter_rows()):
        weights[row, features] = values
    return weights
