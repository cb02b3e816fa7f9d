"""Rows that sum to one."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse


def shares(rows: NDArray[np.floating]) -> NDArray[np.float64]:
    """Divide each row by its sum; a row of zeros stays one."""
    wide = np.asarray(rows, dtype=np.float64)
    totals = wide.sum(axis=1, keepdims=True)
    return np.divide(wide, totals, out=np.zeros_like(wide), where=totals > 0)


def distributions(
    rows: NDArray[np.floating], counts: "sparse.csr_array[np.float64]"
) -> NDArray[np.float64]:
    """Divide each topic's words by their sum; a topic without words gets those of the corpus."""
    normal = shares(rows)
    normal[normal.sum(axis=1) == 0] = counts.sum(axis=0) / counts.sum()
    return normal
