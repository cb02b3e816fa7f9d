"""One-to-one correspondence of the topics of two datasets, with what chance would give."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.stats import false_discovery_control

from saetm.alignment.chance import axes, chance_levels
from saetm.alignment.directions import Directions
from saetm.errors import ContractError

FALSE_DISCOVERIES = 0.05  # expected share among the pairs that are said to correspond


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """How the T topics of one dataset lie to the S topics of another."""

    cosines: NDArray[np.float64]
    """(T, S) of their directions."""
    partner: NDArray[np.int64]
    """(T,) the topic of the other dataset that is assigned, -1 where there is none left."""
    p_values: NDArray[np.float64]
    """(T, S) how often chance gives either topic a counterpart as good."""
    q_values: NDArray[np.float64]
    """(T,) the same of each topic and its partner, with false discoveries controlled over all
    pairs (Benjamini-Hochberg); 1 where there is none."""

    @property
    def corresponds(self) -> NDArray[np.bool_]:
        """(T,) whether a topic and its partner are more alike than chance makes them."""
        return (self.partner >= 0) & (self.q_values <= FALSE_DISCOVERIES)


def align(mine: Directions, theirs: Directions, *, seed: int = 0) -> Alignment:
    """Assign topics so that the sum of cosines beyond chance is largest, and judge each pair.

    A pair corresponds where chance seldom gives either topic a best counterpart as good, see
    `saetm.alignment.chance`; its p-value is the larger of the two.

    Args:
        mine: the topics of one dataset.
        theirs: those of the other, in the same space.
        seed: of the draws that chance is judged by.

    Raises:
        ContractError: the spaces differ in D.
    """
    if mine.topics.shape[1] != theirs.topics.shape[1]:
        raise ContractError(
            f"topics of {mine.topics.shape[1]} and {theirs.topics.shape[1]} components"
        )
    basis = axes(mine.scatter, theirs.scatter)
    ours, others = mine.topics @ basis, theirs.topics @ basis
    cosines = ours @ others.T
    p_values = chance_levels(ours, others, cosines, seed=seed)
    is_likely = p_values <= FALSE_DISCOVERIES  # others would only keep topics from their own
    rows, columns = linear_sum_assignment(np.where(is_likely, cosines, 0.0), maximize=True)
    partner = np.full(len(ours), -1, dtype=np.int64)
    partner[rows] = columns
    q_values = np.ones(len(ours))
    if len(rows):
        q_values[rows] = false_discovery_control(p_values[rows, columns])
    return Alignment(cosines, partner, p_values, q_values)


def feature_overlap(mine: dict[int, float], theirs: dict[int, float]) -> float:
    """Return how much of two topics lies on the same features, where both have one autoencoder.

    Args:
        mine: weight of each feature of a topic in its dataset.
        theirs: those of the other topic in its own.

    Returns:
        The sum over features of the smaller of the two shares in the topics, 0 to 1.

    Example:
        >>> feature_overlap({1: 3.0, 2: 1.0}, {2: 2.0, 3: 2.0})
        0.25
    """
    total, other_total = sum(mine.values()), sum(theirs.values())
    if not (total > 0 and other_total > 0):
        return 0.0
    shared = mine.keys() & theirs.keys()
    return sum(min(mine[each] / total, theirs[each] / other_total) for each in sorted(shared))
