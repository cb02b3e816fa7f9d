"""How much of a text's features a topic accounts for: relevance as the model itself sees it."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from saetm.errors import ContractError


def feature_share(
    counts: "sparse.csr_array[np.float64]",
    weights: NDArray[np.float64],
    shares: NDArray[np.float64],
    topic: int,
) -> NDArray[np.float64]:
    """Return the share of each text's feature counts that one topic accounts for.

    A count of feature i is of topic k with probability p(k | i) = pi_k beta_ki / sum_j pi_j beta_ji
    (Bayes' rule); the share is the mean of p(k | i) over all counts of a text. No language model
    judges it, and no text is compared with another.

    Args:
        counts: (n, F) how often each feature fires in each text.
        weights: (T, F) beta, non-negative, rows sum to one or to zero.
        shares: (T,) pi, how common each topic is in its dataset, non-negative.
        topic: row of the topic.

    Returns:
        (n,) from 0 to 1; 0 where none of a topic's features fires.

    Raises:
        ContractError: shapes that do not belong together.
    """
    if weights.shape != (len(shares), counts.shape[1]) or not 0 <= topic < len(shares):
        raise ContractError(f"weights {weights.shape} fit no {len(shares)} x {counts.shape[1]}")
    joint = weights * shares[:, None]
    total = joint.sum(axis=0)
    of_topic = np.divide(joint[topic], total, out=np.zeros_like(total), where=total > 0)
    explained = (total > 0).astype(np.float64)  # features of no topic tell nothing
    fired = np.asarray(counts @ explained, dtype=np.float64)
    held = np.asarray(counts @ of_topic, dtype=np.float64)
    return np.divide(held, fired, out=np.zeros_like(fired), where=fired > 0)
