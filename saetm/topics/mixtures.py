"""Topics of items: mixtures, presence, and the items that show a topic best."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from saetm.errors import ContractError


def item_mixtures(
    theta: "sparse.csr_array[np.floating]", labels: NDArray[np.integer]
) -> "sparse.csr_array[np.float64]":
    """Sum each item's feature shares by topic.

    Mass is conserved: a row sums to what the item's features with a topic sum to.

    Args:
        theta: (N, K) feature mixtures; rows sum to one, or to zero.
        labels: (K,) topic 0 to T - 1 of each feature, -1 for none.

    Returns:
        (N, T) float64, topic ids ascending within rows, no explicit zeros.

    Raises:
        ContractError: theta and labels differ in K.
    """
    if theta.shape[1] != len(labels):
        raise ContractError(f"theta is {theta.shape}, but there are {len(labels)} labels")
    held = np.flatnonzero(labels >= 0)
    shape = (len(labels), int(labels.max(initial=-1)) + 1)
    member = sparse.csr_array((np.ones(len(held)), (held, labels[held])), shape=shape)
    mixtures = sparse.csr_array(theta @ member)
    mixtures.eliminate_zeros()
    mixtures.sort_indices()
    return mixtures


def presence(
    mixtures: "sparse.csr_array[np.floating]", *, share: float
) -> "sparse.csr_array[np.bool_]":
    """Mark the (N, T) topics that make up at least `share` of an item.

    "Any feature active" would mark nine of ten images with the same large topic.
    """
    pairs = sparse.coo_array(mixtures)
    kept = pairs.data >= share
    where = (pairs.row[kept], pairs.col[kept])
    return sparse.csr_array((kept[kept], where), shape=pairs.shape)


def item_counts(mixtures: "sparse.csr_array[np.floating]", *, share: float) -> NDArray[np.int64]:
    """Count the items in which each of the (T,) topics is present."""
    return np.bincount(presence(mixtures, share=share).indices, minlength=mixtures.shape[1])


def topic_weights(mixtures: "sparse.csr_array[np.floating]") -> NDArray[np.float64]:
    """Return the (T,) mean shares of topics over all items; zeros where there is no item."""
    return np.asarray(mixtures.sum(axis=0, dtype=np.float64)) / max(mixtures.shape[0], 1)


def largest_topics(mixtures: "sparse.csr_array[np.floating]") -> NDArray[np.int32]:
    """Return the (N,) topic with the largest share of each item, -1 for an item without any.

    Args:
        mixtures: (N, T) without negative shares; of equal ones the first column counts.
    """
    largest = np.full(mixtures.shape[0], -1, dtype=np.int32)
    filled = np.flatnonzero(np.diff(mixtures.indptr))
    starts = mixtures.indptr[filled]
    peaks = np.maximum.reduceat(mixtures.data, starts) if len(filled) else mixtures.data[:0]
    is_peak = mixtures.data == np.repeat(peaks, np.diff(mixtures.indptr)[filled])
    columns = np.where(is_peak, mixtures.indices, mixtures.shape[1])
    if len(filled):
        largest[filled] = np.minimum.reduceat(columns, starts)
    return largest


def representative_items(
    mixtures: "sparse.csr_array[np.floating] | sparse.csc_array[np.floating]",
    topic: int,
    n_items: int,
) -> NDArray[np.int64]:
    """Return the rows of the items that are most about one topic, best first.

    The rule: the largest share of the topic; equal shares in the order of rows. An item
    without the topic is never returned, so there may be fewer than `n_items`.

    Args:
        mixtures: (N, T), rows in the order of item ids; for many topics better by columns.
        topic: column.
        n_items: items to return at most.
    """
    by_topic = sparse.csc_array(mixtures)
    column = slice(*by_topic.indptr[topic : topic + 2])
    rows, shares = by_topic.indices[column], by_topic.data[column]
    if len(shares) > n_items:  # only those that can be among the best are sorted
        enough = shares >= np.partition(shares, -n_items)[-n_items]
        rows, shares = rows[enough], shares[enough]
    return rows[np.lexsort((rows, -shares))[:n_items]].astype(np.int64)
