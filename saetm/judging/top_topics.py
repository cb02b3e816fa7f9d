"""Which topics speak for an item: the fewest that make up most of it, and never many."""

from collections.abc import Sequence
from itertools import accumulate

from saetm.errors import ContractError

MASS = 0.75  # share of an item that its top topics reach; ours, the paper's is not known
MOST = 2  # topics that a judge is shown of a model
_ROUNDING = 1e-6  # of shares, which are stored in 32 bits


def top_topics(
    topics: Sequence[str], shares: Sequence[float], *, mass: float = MASS, most: int = MOST
) -> list[tuple[str, float]]:
    """Return the fewest topics whose shares reach `mass`, and at most `most`.

    Args:
        topics: of an item, largest first.
        shares: their shares.
        mass: share of the item that is enough, above 0 and at most 1.
        most: topics that are enough, 1 or more.

    Returns:
        Topics with their shares, largest first; none where the model says nothing of the item.

    Raises:
        ContractError: `mass` or `most` is out of bounds.

    Example:
        >>> top_topics(["a", "b", "c"], [0.5, 0.3, 0.2])
        [('a', 0.5), ('b', 0.3)]
    """
    if not 0 < mass <= 1 or most < 1:
        raise ContractError(f"mass={mass} is not within 0 to 1, or most={most} is not above 0")
    said = [(topic, share) for topic, share in zip(topics, shares, strict=True) if share > 0]
    reached = accumulate(share for _, share in said)
    enough = next((n for n, sum_ in enumerate(reached, 1) if sum_ >= mass - _ROUNDING), len(said))
    return said[: min(enough, most)]
