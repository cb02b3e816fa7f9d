"""Feature vectors for merging: where a feature's words lie in a space of words."""

import numpy as np
from numpy.typing import NDArray

from saetm.emission.emissions import Emissions, dense
from saetm.errors import ContractError

SUM_TOLERANCE = 1e-4  # float32 sums of some thousand probabilities
BLOCK_ENTRIES = 500_000  # dense entries worked on together: 4 MB, several times over
SORTED_FIRST = 512  # largest entries of a row, which mostly hold the mass to keep
ROUNDING = 1e-12  # of the largest norm: what is nearer to the mean lies there


def feature_vectors(
    emissions: Emissions, word_vectors: NDArray[np.floating], *, kept_mass: float = 0.9
) -> NDArray[np.float64]:
    """Average word vectors over each feature's truncated word distribution.

    Args:
        emissions: K features over V words.
        word_vectors: (V, E) vectors in which words of one theme are near.
        kept_mass: probability tau to keep per feature, in (0, 1].

    Returns:
        (K, E) vectors in the order of features.

    Raises:
        ContractError: word_vectors do not have one finite row per word, or as `keep_mass`.

    References:
        SAE-TM (arXiv 2511.16309), topic merging.
    """
    n_features, n_words = emissions.shape
    space = np.asarray(word_vectors, dtype=np.float64)
    if space.ndim != 2 or len(space) != n_words or not np.isfinite(space).all():
        raise ContractError(f"word_vectors {space.shape} need {n_words} finite rows")
    vectors = np.empty((n_features, space.shape[1]))
    size = max(BLOCK_ENTRIES // max(n_words, 1), 1)
    for first in range(0, n_features, size):
        rows = np.arange(first, min(first + size, n_features))
        vectors[rows] = keep_mass(dense(emissions, rows), mass=kept_mass) @ space
    return vectors


def keep_mass(emissions: NDArray[np.floating], *, mass: float = 0.9) -> NDArray[np.float64]:
    """Keep each row's fewest largest entries whose sum exceeds `mass`, and renormalise.

    Long tails of small probabilities pull every feature's mean word vector towards the
    centre of the vocabulary; without them the features of one theme lie closer together.

    Args:
        emissions: (K, V) word probabilities, each row non-negative and summing to one.
        mass: probability to keep per row, in (0, 1]; 1 keeps all.

    Returns:
        (K, V) probabilities with the same row order; dropped entries are exactly zero, and
        of equal entries those of smaller word id are kept first.

    Raises:
        ContractError: mass is outside (0, 1] or a row does not sum to one.

    References:
        SAE-TM (arXiv 2511.16309), topic merging; Holtzman et al. (2020), nucleus sampling.

    Example:
        >>> keep_mass(np.array([[0.5, 0.3, 0.2]]), mass=0.6)
        array([[0.625, 0.375, 0.   ]])
    """
    rows = np.asarray(emissions, dtype=np.float64)
    if not 0 < mass <= 1:
        raise ContractError(f"mass must lie in (0, 1], not {mass}")
    if (rows < 0).any() or (np.abs(rows.sum(axis=1) - 1) > SUM_TOLERANCE).any():
        raise ContractError("each row of emissions must be non-negative and sum to one")
    count, least = _last_kept(rows, mass, SORTED_FIRST)
    above, equal = rows > least, rows == least
    room = count - above.sum(axis=1, keepdims=True)
    kept = rows * (above | (equal & (np.cumsum(equal, axis=1) <= room)))
    return np.asarray(kept / kept.sum(axis=1, keepdims=True))


def _last_kept(
    rows: NDArray[np.float64], mass: float, n_sorted: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return how many entries of each row are kept, and the least of them, (K, 1) each.

    Values sort many times faster than places, and only the largest are sorted: all, where
    these do not exceed the mass.
    """
    n_words = rows.shape[1]
    n_sorted = min(n_sorted, n_words)
    largest = np.partition(rows, n_words - n_sorted, axis=1)[:, n_words - n_sorted :]
    falling = np.sort(largest, axis=1)[:, ::-1]
    before = np.cumsum(falling, axis=1) - falling  # mass of all larger entries
    count = (before <= mass).sum(axis=1, keepdims=True)
    least = np.take_along_axis(falling, count - 1, axis=1)
    short = np.flatnonzero((count == n_sorted) & (n_sorted < n_words))
    if len(short):
        count[short], least[short] = _last_kept(rows[short], mass, n_words)
    return count, least


def even_out(
    vectors: NDArray[np.floating], weights: NDArray[np.floating], *, evenness: float
) -> NDArray[np.float64]:
    """Centre vectors at their weighted mean and divide each by a power of its norm.

    Features with few, rare words lie far out, and merging by squared distance spends topics
    on them one by one, while all features with common words end up in one topic.

    Args:
        vectors: (K, E) feature vectors: of words, or rows of the decoder.
        weights: (K,) non-negative mean shares, not all zero.
        evenness: power in [0, 1]; 0 only centres, 1 leaves directions alone.

    Returns:
        (K, E) vectors; one that lies at the mean, but for rounding, is zero.
    """
    points = np.asarray(vectors, dtype=np.float64)
    centred = points - np.average(points, axis=0, weights=weights)
    norms = np.linalg.norm(centred, axis=1, keepdims=True)
    apart = norms > ROUNDING * np.linalg.norm(points, axis=1).max(initial=0.0)
    return np.divide(centred, norms**evenness, out=np.zeros_like(centred), where=apart)
