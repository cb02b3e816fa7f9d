"""How items, words and estimates lie in memory: flat arrays that compiled loops read."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Mixtures(NamedTuple):
    """What the n items of a block are mixed from; A active features in all."""

    start: NDArray[np.uint64]
    """(n + 1,) first active feature of each item."""
    feature: NDArray[np.uint32]
    """(A,) feature."""
    share: NDArray[np.float32]
    """(A,) share of the item's words that the feature explains."""
    background: NDArray[np.float64]
    """(n,) share of each item's words that comes from the unigram."""
    n_features: int
    """K, of the dictionary."""


class Entries(NamedTuple):
    """The words of the n items of a block, word by word; one entry per item and word present."""

    start: NDArray[np.uint64]
    """(V + 1,) first entry of each word."""
    item: NDArray[np.uint32]
    """(E,) item, as its place in the block."""
    seen: NDArray[np.float32]
    """(E,) how often the item holds the word, held-out occurrences left out."""
    heldout: NDArray[np.float32]
    """(E,) how many occurrences are held out."""


class Support(NamedTuple):
    """The S pairs of word and feature that some item holds both, word by word."""

    start: NDArray[np.uint64]
    """(V + 1,) first pair of each word."""
    feature: NDArray[np.uint32]
    """(S,) feature of each pair, ascending within a word."""


class Columns(NamedTuple):
    """Everything about the words that is fixed: a support, frequencies and weights."""

    start: NDArray[np.uint64]
    """(V + 1,) first of the S pairs of each word."""
    feature: NDArray[np.uint32]
    """(S,) feature of each pair."""
    unigram: NDArray[np.float64]
    """(V,) word frequencies of the corpus, summing to one."""
    weight: NDArray[np.float64]
    """(V,) weight of one occurrence, in (0, 1]."""


class Estimate(NamedTuple):
    """An emission matrix on the support: `words + prior_share / V`."""

    words: NDArray[np.floating]
    """(S,) entries of the data part."""
    prior_share: NDArray[np.float64]
    """(K,) mass of each row that lies evenly on all words."""


class Tally(NamedTuple):
    """Weighted logarithms of what was foretold, and the weights: of words seen and held out."""

    seen_log: float
    seen_weight: float
    heldout_log: float
    heldout_weight: float
