import numpy as np
import pytest
from scipy import sparse

from saetm.topics.factors import left_factors


def random_matrix(seed=0, n_rows=60, n_columns=50, rank=5):
    """Return a matrix whose first rows are full and whose last are nearly empty."""
    random = np.random.default_rng(seed)
    matrix = random.random((n_rows, rank)) @ random.random((rank, n_columns))
    matrix[n_rows // 2 :, 3:] = 0.0
    return matrix.astype(np.float32)


def in_blocks(matrix, size):
    return [sparse.csr_array(matrix[first : first + size]) for first in range(0, len(matrix), size)]


def expected_products(matrix, size):
    """Return F @ F.T of the factors F, which does not depend on their signs."""
    left, singular, _ = np.linalg.svd(matrix.astype(np.float64))
    return left[:, :size] * singular[:size] @ left[:, :size].T


@pytest.mark.parametrize("rows_at_once", [1, 7, 60])
def test_factors_are_those_of_the_full_decomposition_whatever_the_blocks(rows_at_once):
    matrix = random_matrix()

    factors = left_factors(in_blocks(matrix, rows_at_once), 4, seed=0)

    assert factors.shape == (60, 4)
    np.testing.assert_allclose(factors @ factors.T, expected_products(matrix, 4), atol=1e-3)


def test_the_largest_come_first():
    norms = np.linalg.norm(left_factors(in_blocks(random_matrix(), 60), 4, seed=0), axis=0)

    assert (np.diff(norms) < 0).all()


def test_beyond_the_rank_columns_are_zero():
    matrix = random_matrix(rank=2)[:30]  # the full rows

    assert left_factors(in_blocks(matrix, 20), 4, seed=0).any(axis=0).tolist() == [1, 1, 0, 0]


def test_a_row_of_zeros_stays_one():
    matrix = random_matrix()
    matrix[7] = 0.0

    assert not left_factors(in_blocks(matrix, 20), 4, seed=0)[7].any()
