"""A topic as one direction among the states of a language model."""

import numpy as np
from numpy.typing import NDArray

from saetm.errors import ContractError, InputError

LEAST_NORM = 1e-6  # of a sum of unit vectors with weights that sum to one; below it is rounding


def topic_direction(
    weights: NDArray[np.floating], decoder: NDArray[np.floating]
) -> NDArray[np.float32]:
    """Return the unit vector s_k = sum_i beta_ki w_i / || sum_i beta_ki w_i ||.

    Mechanistic topic models (arXiv 2507.23220, section 4.3).

    Args:
        weights: (F,) weights beta_k of a topic's features, of any scale.
        decoder: (F, H) their decoder rows w, in the same order.

    Returns:
        (H,) of length one.

    Raises:
        ContractError: there are not as many weights as rows, or a number is not finite.
        InputError: the rows cancel each other out, so that the topic has no direction.
    """
    if weights.ndim != 1 or decoder.ndim != 2 or len(weights) != len(decoder):
        raise ContractError(f"weights {weights.shape} do not fit decoder rows {decoder.shape}")
    rows = decoder.astype(np.float64)
    total = weights.astype(np.float64) @ rows
    norm = np.linalg.norm(total)
    if not np.isfinite(norm):
        raise ContractError("the weights or the decoder rows of a topic hold a number that is none")
    scale = np.abs(weights) @ np.linalg.norm(rows, axis=1)
    if norm <= LEAST_NORM * scale:
        raise InputError(
            "the topic has no direction to steer along: its features cancel each other out, or it "
            "has none"
        )
    return (total / norm).astype(np.float32)
