"""How well topics agree with groups that are known beforehand."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import normalized_mutual_info_score
from sklearn.metrics.cluster import contingency_matrix

from saetm.errors import ContractError
from saetm.metrics.intervals import SEED, Estimate, around

REPLICATES = 200  # each counts all items anew


@dataclass(frozen=True, slots=True, eq=False)
class MatchedF1:
    """How well the best topic of its own finds each of M planted motifs."""

    mean: float
    """Mean F1 over all motifs, unmatched ones included, in [0, 1]."""
    per_motif: NDArray[np.float64]
    """(M,) F1 of each motif with its topic; 0 without one."""
    topic_of: NDArray[np.int64]
    """(M,) topic of each motif, no topic twice; -1 where there are fewer topics than motifs."""


def nmi(labels: NDArray[np.integer], groups: NDArray[np.generic]) -> float:
    """Return the normalised mutual information of the items' topics and groups.

    Args:
        labels: (N,) topic of each item; -1, no topic, is a label like any other.
        groups: (N,) group of each item, numbers or names.

    Returns:
        Mutual information over the mean entropy, in [0, 1]; 1 for the same partition,
        also where both put all items together.

    Raises:
        ContractError: there are no items, or the lengths differ.
    """
    _check_labels(labels, groups)
    return float(normalized_mutual_info_score(groups, labels))


def purity(labels: NDArray[np.integer], groups: NDArray[np.generic]) -> float:
    """Return the share of items that belong to the most frequent group of their topic.

    It is the topics' purity weighted by their items. It grows with the number of topics and
    is 1 for a topic per item, so compare it at equal numbers of topics.

    Args:
        labels: (N,) topic of each item; -1, no topic, is a label like any other.
        groups: (N,) group of each item, numbers or names.

    Returns:
        A share in (0, 1], at least that of the largest group.

    Raises:
        ContractError: there are no items, or the lengths differ.
    """
    _check_labels(labels, groups)
    counts = contingency_matrix(groups, labels)  # (groups, topics)
    return float(counts.max(axis=0).sum() / len(labels))


def partition_estimates(
    labels: NDArray[np.integer], groups: NDArray[np.generic], *, seed: int = SEED
) -> dict[str, Estimate]:
    """Return `nmi` and `purity` by their names, with intervals over resamples of the items.

    Args:
        labels: (N,) topic of each item; -1, no topic, is a label like any other.
        groups: (N,) group of each item, numbers or names.
        seed: of the resamples.

    Raises:
        ContractError: there are no items, or the lengths differ.
    """
    _check_labels(labels, groups)
    table = sparse.csc_array(contingency_matrix(groups, labels, sparse=True))  # (groups, topics)
    n_items = len(labels)
    rng = np.random.default_rng(seed)
    draws = rng.multinomial(n_items, table.data / n_items, size=REPLICATES)
    tables = [sparse.csc_array((drawn, table.indices, table.indptr)) for drawn in draws]
    values = {"nmi": nmi(labels, groups), "purity": purity(labels, groups)}
    measures = {"nmi": _table_nmi, "purity": _table_purity}
    return {
        name: around(value, np.array([measures[name](each) for each in tables]), n_items)
        for name, value in values.items()
    }


def _table_purity(table: "sparse.csc_array[np.integer]") -> float:
    """Return the purity of the topics in a (groups, topics) table that has no empty column."""
    return float(np.maximum.reduceat(table.data, table.indptr[:-1]).sum() / table.data.sum())


def _table_nmi(table: "sparse.csc_array[np.integer]") -> float:
    """Return 2 (H(G) + H(T) - H(G, T)) / (H(G) + H(T)); 1 where all items are together."""
    groups, topics = _entropy(table.sum(axis=1)), _entropy(table.sum(axis=0))
    apart = groups + topics
    return 2 * (apart - _entropy(table.data)) / apart if apart > 0 else 1.0


def _entropy(counts: NDArray[np.integer]) -> float:
    seen = counts[counts > 0] / counts.sum()
    return float(-(seen * np.log(seen)).sum())


def matched_f1(
    shares: "NDArray[np.floating] | sparse.csr_array[np.floating]", planted: NDArray[np.bool_]
) -> MatchedF1:
    """Match motifs to topics one to one and score how well each topic finds its motif.

    Presence has one rule and no threshold to tune: against a motif of m items a topic is
    present in the m items where its share is largest, so precision, recall and F1 are the
    same number. Items that tie for the last places share them in equal parts: the order
    of the items cannot matter, and a topic with equal shares everywhere scores as chance.

    Args:
        shares: (N, T) topic shares of each item, finite.
        planted: (N, M) whether each item holds each motif; each motif has items.

    Returns:
        The matching with the highest mean F1 over the M motifs.

    Raises:
        ContractError: lengths differ, planted is not bool, a share is not finite, or a motif
            has no items.
    """
    dense = shares.toarray() if sparse.issparse(shares) else np.asarray(shares)
    _check_planted(dense, planted)
    scores = _f1(dense, planted)  # (M, T)
    motifs, topics = linear_sum_assignment(scores, maximize=True)
    per_motif = np.zeros(len(scores))
    per_motif[motifs] = scores[motifs, topics]
    topic_of = np.full(len(scores), -1, dtype=np.int64)
    topic_of[motifs] = topics
    return MatchedF1(float(per_motif.mean()), per_motif, topic_of)


def _f1(shares: NDArray[np.floating], planted: NDArray[np.bool_]) -> NDArray[np.float64]:
    ascending = np.sort(shares, axis=0)
    scores = np.empty((planted.shape[1], shares.shape[1]))
    for motif, size in enumerate(planted.sum(axis=0)):
        last = ascending[-size]  # (T,) smallest share that is still present
        above, tied = shares > last, shares == last
        part = (size - above.sum(axis=0)) / tied.sum(axis=0)  # of a place, per tied item
        held = planted[:, motif]
        scores[motif] = (above[held].sum(axis=0) + part * tied[held].sum(axis=0)) / size
    return scores


def _check_labels(labels: NDArray[np.integer], groups: NDArray[np.generic]) -> None:
    if len(labels) == 0 or len(labels) != len(groups):
        raise ContractError(f"{len(labels)} labels and {len(groups)} groups, not equally many")


def _check_planted(shares: NDArray[np.floating], planted: NDArray[np.bool_]) -> None:
    if len(shares) != len(planted):
        raise ContractError(f"{len(shares)} items have shares and {len(planted)} are planted")
    if planted.dtype != np.bool_:
        raise ContractError(f"planted is {planted.dtype}, not bool")
    if not np.all(np.isfinite(shares)):
        raise ContractError("shares has an entry that is not finite")
    if not planted.size or not planted.any(axis=0).all():
        raise ContractError("planted has a motif without items, or no motifs")
