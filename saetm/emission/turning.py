"""From columns of words to rows of features, without a copy on the way."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from saetm.compiled import compiled
from saetm.emission.layout import Columns


def by_feature(
    columns: Columns, words: NDArray[np.floating], n_features: int
) -> "sparse.csr_array[np.float32]":
    """Turn (S,) entries on a support into a (K, V) matrix of those that are not zero."""
    lengths = np.zeros(n_features, np.int64)
    compiled(count_rows)(columns, words, lengths)
    start = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
    word, value = np.empty(start[-1], np.int32), np.empty(start[-1], np.float32)
    compiled(list_rows)(columns, words, start[:-1].copy(), word, value)
    shape = n_features, len(columns.unigram)
    return sparse.csr_array((value, word, start), shape=shape)


def count_rows(columns: Columns, words: NDArray[np.floating], lengths: NDArray[np.int64]) -> None:
    """Count the entries of each feature that are not zero, (K,)."""
    for place in range(len(words)):
        if words[place] != 0:
            lengths[columns.feature[place]] += 1


def list_rows(
    columns: Columns,
    words: NDArray[np.floating],
    free: NDArray[np.int64],
    word: NDArray[np.int32],
    value: NDArray[np.float32],
) -> None:
    """Write every entry to the next free place of its feature, (K,) to begin with."""
    for column in range(len(columns.unigram)):
        for place in range(columns.start[column], columns.start[column + 1]):
            if words[place] != 0:
                feature = columns.feature[place]
                word[free[feature]] = column
                value[free[feature]] = words[place]
                free[feature] += 1
