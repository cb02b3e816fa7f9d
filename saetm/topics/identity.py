"""Which topic of a refit is which topic of the fit before: pairs, one to one, and new ids."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from saetm.topics.cut import topic_id
from saetm.topics.spans import Spans, overlaps

SAME = 0.5  # weighted Jaccard likeness of features from which two groups can be one topic
SAME_WORDS = 0.4  # Jaccard likeness of top words from which they can, features apart
TIE = 9  # decimals of a likeness that count, so that rounding decides nothing


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """G groups of features of one fit, such as the nodes of its tree or the topics of a cut."""

    spans: Spans
    contents: list[str]
    """(G,) ids by content: the same features, the same id."""
    ids: list[str]
    """(G,) ids by which they are known; of a fit that has none yet, those by content."""


class Pair(NamedTuple):
    """A former topic and a new one that can be the same; pairs sort best first."""

    tier: int
    """0 for equal features, then what `pairs_by_features` and `pairs_by_words` were given."""
    unlikeness: float
    """One minus the likeness, rounded to TIE decimals."""
    old: str
    """Id of the former topic."""
    new: str
    """Id by content of the new one."""


def pairs_by_features(
    old: Groups, new: Groups, weights: NDArray[np.floating], *, tier: int
) -> Iterator[Pair]:
    """Pair groups of equal features, and of the others those that are SAME at least.

    Args:
        old: groups of the former fit.
        new: groups of the new one, over the same K features.
        weights: (K,) non-negative; a feature of a group has weight.
        tier: what these pairs come after: all of a smaller one, and all of equal features.
    """
    known = dict(zip(old.contents, old.ids, strict=True))
    yield from (Pair(0, 0.0, known[each], each) for each in new.contents if each in known)
    fresh = set(new.contents)
    rows = np.flatnonzero([content not in fresh for content in old.contents])
    columns = np.flatnonzero([content not in known for content in new.contents])
    found = overlaps(old.spans.only(rows), new.spans.only(columns), weights, least=SAME)
    places = zip(rows[found.old], columns[found.new], found.likeness, strict=True)
    for row, column, likeness in places:
        yield Pair(tier, _unlikeness(likeness), old.ids[row], new.contents[column])


def pairs_by_words(
    old: dict[str, Sequence[str]], new: dict[str, Sequence[str]], *, tier: int
) -> Iterator[Pair]:
    """Pair topics whose top words are SAME_WORDS at least, by id and id by content."""
    for former, before in old.items():
        for content, after in new.items():
            likeness = jaccard(before, after)
            if likeness >= SAME_WORDS:
                yield Pair(tier, _unlikeness(likeness), former, content)


def one_to_one(pairs: Iterable[Pair]) -> dict[str, str]:
    """Take the best pair whose two sides are both free, again and again.

    Returns:
        The former id of each new topic that has one, by its id by content.
    """
    kept: dict[str, str] = {}
    given: set[str] = set()
    for pair in sorted(pairs):
        if pair.new not in kept and pair.old not in given:
            kept[pair.new] = pair.old
            given.add(pair.old)
    return kept


def named(contents: Iterable[str], kept: dict[str, str], *, taken: Iterable[str]) -> dict[str, str]:
    """Give every new topic an id: the former one, or else that by its content.

    Args:
        contents: ids by content, some perhaps more than once.
        kept: of `one_to_one`.
        taken: ids of the former fit. A topic that is none of them gets none of their ids, even
            where one of them was made from just its features in an earlier fit.

    Returns:
        Ids, all distinct, by ids by content.
    """
    used = {*taken, *kept.values()}
    names = dict(kept)
    for content in sorted(set(contents) - set(kept)):
        name, attempt = content, 0
        while name in used:
            attempt += 1
            name = topic_id(np.array([attempt]), salt=content)
        names[content] = name
        used.add(name)
    return names


def jaccard(one: Iterable[str], other: Iterable[str]) -> float:
    """Return the share of words in both among the words in either; 0 without any."""
    first, second = set(one), set(other)
    return len(first & second) / max(len(first | second), 1)


def _unlikeness(likeness: float) -> float:
    return round(1.0 - float(likeness), TIE)
