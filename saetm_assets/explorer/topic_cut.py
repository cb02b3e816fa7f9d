"""Topics as the explorer shows them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Summary:
    """How a topic is called."""

    label: str
    description: str
    category: str | None  # None where nobody has said so
    producer: str  # empty where the rules have just named it


@dataclass(frozen=True, slots=True, eq=False)
class Topic:
    """A topic, the same in every cut that holds it."""

    topic_id: str
    node: int  # of the tree; -1 for a topic that is none
    weight: float  # mean share over all items
    item_count: int  # items in which it is present
    words: tuple[str, ...]  # best first
    probabilities: tuple[float, ...]
    specificities: tuple[float, ...]
    best: NDArray[np.int64]  # rows of theta of its most representative items, best first
    summary: Summary

    @property
    def label(self) -> str:
        """A few words."""
        return self.summary.label


@dataclass(frozen=True)
class TopicCut:
    """The topics at one number, heaviest first."""

    count: int  # T, how many there are
    labels: NDArray[np.int32]  # (K,) topic of each feature, -1 for none
    topics: tuple[Topic, ...]
    members: tuple[NDArray[np.int64], ...] = ()  # features of each topic; of the tree, by labels
    weights: tuple[list[float] | None, ...] = ()  # of these features, where topics weigh them

    @cached_property
    def rank_of(self) -> dict[str, int]:
        """Position of each topic, by its id."""
        return {topic.topic_id: rank for rank, topic in enumerate(self.topics)}
