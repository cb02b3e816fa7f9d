"""Coherence C_V: do the top words of a topic keep the same company in windows of the texts?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saetm.errors import ContractError

WINDOW_TOKENS = 110
EPSILON = 1e-12  # Röder et al. add it to joint probabilities


@dataclass(frozen=True, slots=True, eq=False)
class _Occurrences:
    """Where words occur; the windows of all items stand on one line, item after item."""

    words: NDArray[np.int64]
    """(M,) word of each occurrence, ascending."""
    begins: NDArray[np.int64]
    """(M,) first window that holds the occurrence."""
    ends: NDArray[np.int64]
    """(M,) one beyond the last window that holds it."""
    n_windows: int


def c_v(
    top_words: NDArray[np.integer],
    tokens: Sequence[NDArray[np.integer]],
    *,
    window: int = WINDOW_TOKENS,
) -> NDArray[np.float64]:
    """Average how alike each top word's company is to that of its whole topic.

    A word's company is the vector of its NPMI with each of the n top words, estimated from
    the share of windows that hold both. The topic's is the sum of its words' vectors; a topic
    scores the mean cosine between the two. A window is a run of `window` tokens and moves by
    one token within an item; an item that is not longer is one window.

    A word that every window holds, or none, has NPMI 0 with any word: it tells nothing.

    Args:
        top_words: (T, n) word ids from 0, n at least 2.
        tokens: per item the word id of every token in the order of the text; negative for
            tokens outside the vocabulary, which fill windows all the same.
        window: tokens per window, at least one.

    Returns:
        (T,) coherences in [-1, 1]; 1 where the words of a topic only ever occur together.

    Raises:
        ContractError: fewer than two words per topic, a negative id among them, no items, or
            no tokens in a window.

    References:
        Röder et al. 2015, Exploring the space of topic coherence measures: one-set
        segmentation, boolean sliding window, indirect cosine with NPMI, gamma 1. gensim's
        "c_v" loses a word that leaves a window by one end while it stands elsewhere in the
        window, so it agrees where no word occurs twice in a window or no item is longer.

    Example:
        >>> texts = [np.array([0, 1, 4]), np.array([2, 3, 4]), np.array([1, 0])]
        >>> c_v(np.array([[0, 1], [0, 2]]), texts).round(2).tolist()
        [1.0, 0.03]
    """
    _check(top_words, tokens, window)
    occurrences = _occurrences(tokens, window)
    return np.array([_coherence(_joint_probabilities(occurrences, row)) for row in top_words])


def _occurrences(tokens: Sequence[NDArray[np.integer]], window: int) -> _Occurrences:
    lengths = np.array([len(item) for item in tokens])
    windows = np.maximum(lengths - window + 1, 1)  # (N,) of each item
    starts = np.cumsum(windows) - windows  # (N,) on the line
    place = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    begins = np.maximum(place - window + 1, 0)
    ends = np.minimum(place, np.repeat(windows, lengths) - 1) + 1
    words = np.concatenate(list(tokens)).astype(np.int64)
    order = np.argsort(words, kind="stable")
    shift = np.repeat(starts, lengths)
    spans = (begins + shift)[order], (ends + shift)[order]
    return _Occurrences(words[order], *spans, int(windows.sum()))


def _joint_probabilities(
    occurrences: _Occurrences, words: NDArray[np.integer]
) -> NDArray[np.float64]:
    """Return the (n, n) shares of windows that hold both words.

    Between two ends of occurrences the line is uniform: all windows there hold the same of
    these words, so they count once, by their number.
    """
    first = np.searchsorted(occurrences.words, words)
    sizes = np.searchsorted(occurrences.words, words, side="right") - first
    chosen = np.repeat(first - np.cumsum(sizes) + sizes, sizes) + np.arange(sizes.sum())
    column = np.repeat(np.arange(len(words)), sizes)
    begins, ends = occurrences.begins[chosen], occurrences.ends[chosen]
    line = np.unique(np.concatenate([begins, ends]))
    steps = np.zeros((len(line), len(words)))
    np.add.at(steps, (np.searchsorted(line, begins), column), 1)
    np.add.at(steps, (np.searchsorted(line, ends), column), -1)
    holds = (np.cumsum(steps, axis=0) > 0).astype(np.float64)
    n_windows = np.diff(line, append=line[-1:])
    return (holds.T @ (n_windows[:, None] * holds)) / occurrences.n_windows


def _coherence(joint: NDArray[np.float64]) -> float:
    company = _npmi(joint)  # (n, n), a row per word
    topic = company.sum(axis=0)
    norms = np.linalg.norm(company, axis=1) * np.linalg.norm(topic)
    cosines = np.divide(company @ topic, norms, out=np.zeros(len(norms)), where=norms > 0)
    return float(cosines.mean())


def _npmi(joint: NDArray[np.float64]) -> NDArray[np.float64]:
    alone = np.diagonal(joint)
    tells = (alone > 0) & (alone < 1)
    apart, known = np.outer(alone, alone), np.outer(tells, tells)
    log_joint = np.log(joint + EPSILON)
    information = log_joint - np.log(apart, out=np.zeros_like(joint), where=known)
    return np.divide(information, -log_joint, out=np.zeros_like(joint), where=known)


def _check(
    top_words: NDArray[np.integer], tokens: Sequence[NDArray[np.integer]], window: int
) -> None:
    if top_words.ndim != 2 or top_words.shape[1] < 2:
        raise ContractError(f"top_words has shape {top_words.shape}, not (T, n) with n above 1")
    if top_words.size and top_words.min() < 0:
        raise ContractError(f"top_words has the negative id {top_words.min()}")
    if len(tokens) == 0:
        raise ContractError("tokens has no items")
    if window < 1:
        raise ContractError(f"window is {window}, not at least one token")
