"""Which number of topics suits a dataset, by the curve of their quality."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from saetm.metrics.intervals import COVERAGE, Estimate

ROUND_COUNTS = (5, 10, 15, 20, 30, 40, 50, 75, 100, 150, 200, 300)
RULE = (
    "the largest number of topics whose quality, coherence (NPMI) times share of unique words, is "
    "within one standard error of the best"
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
    before: of numbers that chance could have put in another order, the largest tells most.

    Args:
        qualities: topic quality by number of topics.

    Returns:
        The choice and why; None where nothing was scored.
    """
    if not qualities:
        return None
    best = max(qualities, key=lambda count: (qualities[count].value, count))
    floor = qualities[best].value - _standard_error(qualities[best])
    chosen = max(count for count, quality in qualities.items() if quality.value >= floor)
    return Choice(chosen, _reason(chosen, best, qualities))


def _standard_error(estimate: Estimate) -> float:
    """Return the width of an interval in standard errors; 0 where there is no interval."""
    if estimate.low is None or estimate.high is None:
        return 0.0
    return (estimate.high - estimate.low) / (2 * NormalDist().inv_cdf((1 + COVERAGE) / 2))


def _reason(chosen: int, best: int, qualities: Mapping[int, Estimate]) -> str:
    value = f"{qualities[chosen].value:.3f}"
    if chosen == best:
        return f"{chosen} topics: their quality of {value} is the best, and it falls from there on"
    return (
        f"{chosen} topics: their quality of {value} is within one standard error of the best, "
        f"{qualities[best].value:.3f} at {best}"
    )
