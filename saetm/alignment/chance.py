"""How alike two topics get by chance, in a space that has few directions that matter."""

import numpy as np
from numpy.typing import NDArray

DRAWS = 999  # no p-value is below one in a thousand
BLOCK = 4  # neighbouring principal axes, of like variance


def axes(scatter: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the (D, D) principal axes, as columns, of the items of two datasets together."""
    return np.linalg.eigh(_scaled(scatter) + _scaled(other))[1][:, ::-1]


def chance_levels(
    topics: NDArray[np.float64],
    others: NDArray[np.float64],
    cosines: NDArray[np.float64],
    *,
    seed: int,
) -> NDArray[np.float64]:
    """Count how often chance gives a topic a best counterpart as good as a given one.

    Chance is this: one dataset's topics, all together, are turned at random within each
    block of neighbouring principal axes. How alike they are among themselves stays, and so does
    how much each block matters: two datasets that merely vary along the same axes, as all do
    that one encoder has read, are not taken to correspond.

    Args:
        topics: (T, D) directions of length one, in coordinates of the principal axes.
        others: (S, D) those of the other dataset.
        cosines: (T, S) to be judged.
        seed: of the draws.

    Returns:
        (T, S) p-values, of the best counterpart of either topic the larger one.
    """
    rng = np.random.default_rng(seed)
    mine = _in_blocks(topics)
    theirs = _in_blocks(others).reshape(len(others), -1)
    by_row, by_column = np.ones(cosines.shape), np.ones(cosines.shape)
    for _ in range(DRAWS):
        turned = np.einsum("tbi,bij->tbj", mine, _rotations(rng, mine.shape[1]))
        drawn = turned.reshape(len(topics), -1) @ theirs.T
        by_row += drawn.max(axis=1)[:, None] >= cosines
        by_column += drawn.max(axis=0)[None] >= cosines
    return np.maximum(by_row, by_column) / (DRAWS + 1)


def _in_blocks(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (T, B, BLOCK) coordinates by block, zeros after the last axis."""
    missing = -rows.shape[1] % BLOCK
    return np.pad(rows, ((0, 0), (0, missing))).reshape(len(rows), -1, BLOCK)


def _rotations(rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    """Draw (count, BLOCK, BLOCK) orthogonal matrices, evenly (Mezzadri, 2007)."""
    q, r = np.linalg.qr(rng.standard_normal((count, BLOCK, BLOCK)))
    return q * np.sign(np.einsum("bii->bi", r))[:, None]


def _scaled(scatter: NDArray[np.float64]) -> NDArray[np.float64]:
    """Let both datasets count the same, however far their items lie apart."""
    trace = np.trace(scatter)
    return scatter / trace if trace > 0 else scatter
