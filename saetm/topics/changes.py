"""What a refit did to the topics of a cut: born, died, split, merged, moved words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saetm.topics.identity import jaccard

TOP_WORDS = 10  # words by which people know a topic
STAYING_WORDS = 0.8  # share of them that stays while a topic has the same words
PART = 0.5  # share of a topic's mass from which it is a part of another


@dataclass(frozen=True, slots=True)
class Shown:
    """A topic as it stands in a cut."""

    topic_id: str
    features: Sequence[int]
    words: Sequence[str]  # best first
    weight: float  # mean share over all items


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to one topic between two fits."""

    change: str  # born, died, split, merged or moved_words
    topic_id: str
    relatives: list[str]  # topics it came from, or went into, closest first
    overlap: float  # likeness to the closest relative, or of its words to those before
    words_gained: list[str]
    words_lost: list[str]
    weight_before: float
    weight_after: float


def top(words: Sequence[str]) -> list[str]:
    """Return the words by which people know a topic."""
    return list(words[:TOP_WORDS])


def has_moved(before: Sequence[str], after: Sequence[str]) -> bool:
    """Tell whether fewer than STAYING_WORDS of a topic's top words have stayed.

    Example:
        >>> has_moved(["sail", "boat", "mast"], ["boat", "sail", "mast"])
        False
    """
    return _staying(before, after) < STAYING_WORDS


def changes(
    old: Sequence[Shown], new: Sequence[Shown], weights: NDArray[np.floating] | None
) -> Iterator[Change]:
    """Compare two cuts at the same number of topics.

    A topic that is there no more has merged where at least PART of its mass now lies in one
    topic, and has died otherwise; one that was not there has split off where at least PART of
    its mass lay in one topic, and is born otherwise. A topic that is still there, with the
    same top words, is not mentioned.

    Args:
        old: the topics before.
        new: the topics now.
        weights: (K,) of the features; None where old and new features are not the same ones,
            so that relatives are found by words alone.
    """
    before = {topic.topic_id: topic for topic in old}
    after = {topic.topic_id: topic for topic in new}
    for topic in new:
        if topic.topic_id not in before:
            yield _arrived(topic, old, weights)
        elif has_moved(before[topic.topic_id].words, topic.words):
            yield _moved(before[topic.topic_id], topic)
    for topic in old:
        if topic.topic_id not in after:
            yield _gone(topic, new, weights)


def _arrived(topic: Shown, old: Sequence[Shown], weights: NDArray[np.floating] | None) -> Change:
    relatives, part, overlap = _relatives(topic, old, weights)
    kind = "split" if part >= PART else "born"
    gained = top(topic.words)
    return Change(kind, topic.topic_id, relatives, overlap, gained, [], 0.0, topic.weight)


def _gone(topic: Shown, new: Sequence[Shown], weights: NDArray[np.floating] | None) -> Change:
    relatives, part, overlap = _relatives(topic, new, weights)
    kind = "merged" if part >= PART else "died"
    lost = top(topic.words)
    return Change(kind, topic.topic_id, relatives, overlap, [], lost, topic.weight, 0.0)


def _moved(before: Shown, after: Shown) -> Change:
    gained = [word for word in top(after.words) if word not in top(before.words)]
    lost = [word for word in top(before.words) if word not in top(after.words)]
    overlap = _staying(before.words, after.words)
    weights = before.weight, after.weight
    return Change("moved_words", after.topic_id, [], overlap, gained, lost, *weights)


def _staying(before: Sequence[str], after: Sequence[str]) -> float:
    most = max(len(top(before)), len(top(after)))
    return len(set(top(before)) & set(top(after))) / most if most else 1.0


def _relatives(
    topic: Shown, others: Sequence[Shown], weights: NDArray[np.floating] | None
) -> tuple[list[str], float, float]:
    """Return topics that share mass, closest first, the largest part, and the likeness to it."""
    if weights is None:
        likeness = [jaccard(top(topic.words), top(other.words)) for other in others]
        parts = np.zeros(len(others))
        closeness = np.array(likeness)
    else:
        mine = weights[list(topic.features)].sum()
        shared = np.array(
            [weights[np.intersect1d(topic.features, other.features)].sum() for other in others]
        )
        either = np.array([weights[list(other.features)].sum() for other in others])
        either += mine - shared
        parts = np.divide(shared, mine, out=np.zeros(len(others)), where=mine > 0)
        closeness = np.divide(shared, either, out=np.zeros(len(others)), where=either > 0)
    order = np.lexsort((-closeness, -parts))
    related = [others[place].topic_id for place in order if closeness[place] > 0]
    if not related:
        return [], 0.0, 0.0
    return related, float(parts[order[0]]), float(closeness[order[0]])
