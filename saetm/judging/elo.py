"""Strengths on the scale of chess: 400 points more are ten wins to one."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

MEAN: Final = 1500.0
TENFOLD: Final = 400.0  # points between two models of which one wins ten times as often


def elo(strengths: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return 400 (log10 p_i - mean log10 p) + 1500, (..., M) as the strengths.

    Args:
        strengths: (..., M) above 0, on any scale: a common factor falls out.

    Example:
        >>> elo(np.array([10.0, 1.0])).round(6).tolist()
        [1700.0, 1300.0]
    """
    logs = np.log10(strengths)
    return MEAN + TENFOLD * (logs - logs.mean(axis=-1, keepdims=True))
