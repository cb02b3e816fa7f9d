"""Runs of entries small enough to write out every pair of active feature and word."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from saetm.emission.problem import Problem


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """n entries of a problem, whose C words need the columns of C words and no others.

    Columns are laid end to end as C * K numbers, so that the mixture of every entry is one
    sparse product over the pairs that occur, and the gradient its transpose.
    """

    entries: slice
    """Where the n entries lie among all E."""
    support: slice
    """Where the columns of the C words lie among the S pairs of the support."""
    places: NDArray[np.int64]
    """Where each of these pairs lies in the columns laid end to end."""
    mixing: "sparse.csr_array[np.float64]"
    """(n, C * K) each entry's item mixture, moved to the column of its word."""
    background: NDArray[np.float64]
    """(n,) probability of the entry's word that no feature accounts for."""

    def spread(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Mix an (S,) matrix on the support into what features say of each entry, (n,)."""
        columns = np.zeros(self.mixing.shape[1])
        columns[self.places] = matrix[self.support]
        return np.asarray(self.mixing @ columns)

    def gather(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sum (n,) values of entries into the pairs of the block's support."""
        columns = np.asarray(self.mixing.T @ values)
        return columns[self.places]


def blocks(problem: Problem) -> Iterator[Block]:
    """Lay out the blocks of a problem one after the other; each entry is in exactly one."""
    for first, last in zip(problem.block_bounds[:-1], problem.block_bounds[1:], strict=True):
        yield _block(problem, int(first), int(last))


def _block(problem: Problem, first: int, last: int) -> Block:
    start = int(np.searchsorted(problem.word_start, first, side="right")) - 1
    stop = int(np.searchsorted(problem.word_start, last, side="left"))
    inside = np.clip(problem.word_start[start : stop + 1], first, last)
    word = np.repeat(np.arange(stop - start), np.diff(inside))  # (n,) within the block
    item = problem.entry_item[first:last]
    support = slice(int(problem.support_start[start]), int(problem.support_start[stop]))
    per_word = np.diff(problem.support_start[start : stop + 1])
    n_features = problem.theta.shape[1]
    return Block(
        entries=slice(first, last),
        support=support,
        places=problem.support_feature[support]
        + n_features * np.repeat(np.arange(stop - start), per_word),
        mixing=_moved(problem.theta[item], n_features * word, (stop - start) * n_features),
        background=problem.background[item] * problem.unigram[start + word],
    )


def _moved(
    mixtures: "sparse.csr_array[np.float64]", offsets: NDArray[np.int64], width: int
) -> "sparse.csr_array[np.float64]":
    """Move row i of (n, K) mixtures by offsets[i] columns, into `width` columns."""
    by_pair = np.repeat(offsets.astype(mixtures.indices.dtype), np.diff(mixtures.indptr))
    return sparse.csr_array(
        (mixtures.data, mixtures.indices + by_pair, mixtures.indptr),
        shape=(mixtures.shape[0], width),
    )
