"""Which number of topics suits a dataset, by the curve of their quality."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from saetm.metrics.intervals import Estimate

ROUND_COUNTS = (5, 10, 15, 20, 30, 40, 50, 75, 100, 150, 200, 300)
RULE = (
    "the largest number of topics whose interval of quality, coherence (NPMI) times share of "
    "unique words, still holds the best quality"
)


@dataclass(frozen=True, slots=True)
class Choice:
    """A recommended number of topics."""

    topic_count: int
    reason: str  # one sentence


def ladder(most: int, asked: Sequence[int] = ()) -> list[int]:
    """Return numbers of topics to compare, ascending.

    Args:
        most: topics that the tree can be cut into.
        asked: further numbers, such as those of the stored cuts.

    Example:
        >>> ladder(32, asked=[25])
        [5, 10, 15, 20, 25, 30]
        >>> ladder(3)
        [3]
    """
    possible = {count for count in (*ROUND_COUNTS, *asked) if 1 < count <= most}
    return sorted(possible or {most})


def choose(qualities: Mapping[int, Estimate]) -> Choice | None:
    """Recommend a number of topics.

    Quality falls where topics share words or hold words that do not meet, and hardly changes
    before: of numbers that chance could have put in another order, the largest tells most. On
    prints with 27 planted motifs it is 25, on posts to 20 newsgroups 30.

    Args:
        qualities: topic quality by number of topics.

    Returns:
        The choice and why; None where nothing was scored.
    """
    if not qualities:
        return None
    best = max(qualities, key=lambda count: (qualities[count].value, count))
    highest = qualities[best].value
    chosen = max(count for count, quality in qualities.items() if _reach(quality) >= highest)
    return Choice(chosen, _reason(chosen, best, qualities))


def _reach(quality: Estimate) -> float:
    """Return what the quality may be at most."""
    return quality.value if quality.high is None else max(quality.value, quality.high)


def _reason(chosen: int, best: int, qualities: Mapping[int, Estimate]) -> str:
    quality = qualities[chosen]
    if chosen == best:
        return f"{chosen} topics: their quality of {quality.value:.3f} is the best; more are worse"
    return (
        f"{chosen} topics: their quality of {quality.value:.3f} may be {_reach(quality):.3f}, and "
        f"the best is {qualities[best].value:.3f} at {best}; more topics are worse"
    )
