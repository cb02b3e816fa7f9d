"""Items read a block at a time, each block laid out word by word."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from saetm.emission.layout import Entries, Mixtures
from saetm.errors import ContractError

Source = Iterable[tuple["sparse.csr_array[np.floating]", "sparse.csr_array[np.floating]"]]
"""Blocks of theta, (n, K), and counts, (n, V), of the same n items. It is read once per pass and
must give the same items in the same order every time: a list, or an object that reads anew."""

SUM_TOLERANCE = 1e-3  # rows of theta may have been stored as float16


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """n items and their words, as the loops read them."""

    mixtures: Mixtures
    entries: Entries
    costs: NDArray[np.uint64]
    """(V + 1,) pairs of active feature and word before each word, and of all."""

    @property
    def n_items(self) -> int:
        """Items of the block, those without words included."""
        return len(self.mixtures.background)

    @property
    def n_features(self) -> int:
        """K, of the dictionary."""
        return self.mixtures.n_features

    @property
    def n_words(self) -> int:
        """V, of the vocabulary."""
        return len(self.costs) - 1


def lay_out(
    theta: "sparse.csr_array[np.floating]",
    counts: "sparse.csr_array[np.floating]",
    *,
    background_share: float,
) -> Block:
    """Check the two matrices of a block and lay them out, nothing held out.

    What an item's mixture lacks to one is added to its background: an item without active
    features has the unigram for its word distribution.

    Args:
        theta: (n, K) non-negative rows that sum to one, or to zero without active features.
        counts: (n, V) how often each item holds each word.
        background_share: share pi of every item's words that any item has.

    Raises:
        ContractError: shapes do not fit, an entry is negative or not finite, or a row of
            theta sums to more than one.
    """
    if theta.shape[0] != counts.shape[0] or 0 in (theta.shape[1], counts.shape[1]):
        raise ContractError(f"theta is {theta.shape}, but counts are {counts.shape}")
    rows, by_word = _checked(theta, "theta"), _checked(counts, "counts").tocsc()
    explained = np.asarray(rows.sum(axis=1, dtype=np.float64))
    if explained.max(initial=0.0) > 1 + SUM_TOLERANCE:
        raise ContractError(f"a row of theta sums to {explained.max():.4f}, which is above one")
    mixtures = Mixtures(
        start=rows.indptr.astype(np.uint64),
        feature=rows.indices.astype(np.uint32),
        share=np.float32(1 - background_share) * rows.data,
        background=1 - (1 - background_share) * np.minimum(explained, 1.0),
        n_features=rows.shape[1],
    )
    entries = Entries(
        start=by_word.indptr.astype(np.uint64),
        item=by_word.indices.astype(np.uint32),
        seen=by_word.data,
        heldout=np.zeros(by_word.nnz, np.float32),
    )
    return Block(mixtures, entries, _costs(mixtures, entries))


def _checked(matrix: "sparse.csr_array[np.floating]", name: str) -> "sparse.csr_array[np.float32]":
    rows = matrix.tocsr()
    checked: sparse.csr_array[np.float32] = sparse.csr_array(
        (rows.data.astype(np.float32), rows.indices.copy(), rows.indptr.copy()), shape=rows.shape
    )
    checked.sum_duplicates()  # works in place, hence the copies
    checked.eliminate_zeros()
    if not np.all(np.isfinite(checked.data)) or checked.data.min(initial=0.0) < 0:
        raise ContractError(f"{name} has an entry that is negative or not finite")
    return checked


def _costs(mixtures: Mixtures, entries: Entries) -> NDArray[np.uint64]:
    active = np.diff(mixtures.start)[entries.item]  # (E,)
    pairs = np.concatenate([np.zeros(1, np.uint64), np.cumsum(active, dtype=np.uint64)])
    return pairs[entries.start]
