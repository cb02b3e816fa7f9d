"""Leading left factors of a large matrix that is given in blocks of rows."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

OVERSAMPLING = 10  # Halko et al., section 1.3
ITERATIONS = 2  # of the power method; more give other topics, not better ones
FILLED_FROM = 0.15  # share of entries from which a dense product is the faster one
NOISE = 1e-5  # of the largest singular value: single precision knows no smaller ones


def left_factors(
    blocks: "Sequence[sparse.csr_array[np.float32]]", size: int, *, seed: int
) -> NDArray[np.float32]:
    """Return the leading left singular vectors times square roots of their singular values.

    The matrix as a whole is never dense. A block with many entries is written out while it is
    multiplied, for dense products are so much faster.

    Args:
        blocks: rows of a matrix with C columns, from the first row to the last.
        size: how many vectors at most.
        seed: seed of the random directions from which the search begins.

    Returns:
        (rows, min(size, C)) factors, those of the largest singular values first. A row of zeros
        stays one, and beyond the rank of the matrix columns are zero.

    References:
        Halko, Martinsson and Tropp (2011), SIAM Review 53, algorithm 4.4 for the row space.
    """
    if not blocks:
        return np.zeros((0, 0), np.float32)
    basis = _row_space(blocks, size + OVERSAMPLING, seed)
    images = np.concatenate([_filled(block) @ basis for block in blocks]).astype(np.float64)
    squares, axes = np.linalg.eigh(images.T @ images)
    largest = slice(None, -size - 1, -1)
    singular = np.sqrt(np.maximum(squares[largest], 0.0))
    told = singular > NOISE * singular.max(initial=0.0)
    scales = np.divide(1.0, np.sqrt(singular), out=np.zeros_like(singular), where=told)
    return (images @ (axes[:, largest] * scales)).astype(np.float32)


def _row_space(
    blocks: "Sequence[sparse.csr_array[np.float32]]", size: int, seed: int
) -> NDArray[np.float32]:
    """Return (C, size) orthonormal directions that hold most of the rows; C where it is less."""
    n_columns = blocks[0].shape[1]
    shape = n_columns, min(size, n_columns)
    basis = np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)
    for _ in range(ITERATIONS):
        turned = np.zeros_like(basis)
        for block in blocks:
            filled = _filled(block)
            turned += filled.T @ (filled @ basis)
        basis = np.linalg.qr(turned)[0]
    return basis


def _filled(
    block: "sparse.csr_array[np.float32]",
) -> "NDArray[np.float32] | sparse.csr_array[np.float32]":
    return block.toarray() if block.nnz > FILLED_FROM * np.prod(block.shape) else block
