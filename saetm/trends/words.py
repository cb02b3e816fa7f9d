"""The words of topics within a period: from its items alone, against what was said until then."""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy import sparse


@dataclass(slots=True, eq=False)
class WordTeller:
    """Tells the words of topics, period after period.

    A word's score is what it adds to the Kullback-Leibler divergence of the topic's words in the
    period from the words of all items up to and including the period:
    c log(c / (n u)), where c is how often the period's items hold the word, weighted by their
    share of the topic, n the sum of c, and u the share of the word among all words so far.
    Nothing of a later period is looked at.
    """

    n_words: int  # told per topic
    vocabulary: int
    heard: NDArray[np.float64] = field(init=False)  # (V,) how often each word was said so far

    def __post_init__(self) -> None:
        self.heard = np.zeros(self.vocabulary)

    def tell(
        self,
        shares: "sparse.csr_array[np.float64]",
        counts: "sparse.csr_array[np.float64]",
        share_of_items: float,
    ) -> list[NDArray[np.int64]]:
        """Return the ids of the words of each topic, best first; fewer where few stand out.

        Args:
            shares: (n, T) of the topics in items of the next period, times the items' weights.
            counts: (n, V) words of these items, times the items' weights.
            share_of_items: how much of the period these items are, above 0 to 1.
        """
        self.heard += np.asarray(counts.sum(axis=0)).ravel() / share_of_items
        said = (shares.T @ counts).tocsr()
        rows = np.repeat(np.arange(said.shape[0]), np.diff(said.indptr))
        usual = self.heard / max(self.heard.sum(), 1e-300)
        totals: NDArray[np.float64] = np.asarray(said.sum(axis=1)).ravel()
        usually = totals[rows] * usual[said.indices]
        scores = said.data * np.log(np.maximum(said.data, 1e-300) / np.maximum(usually, 1e-300))
        return _best(said, scores, self.n_words)


def _best(
    said: "sparse.csr_array[np.float64]", scores: NDArray[np.float64], most: int
) -> list[NDArray[np.int64]]:
    """Return the words of the highest scores above zero of each row; of equal ones the first."""
    found = []
    for start, end in pairwise(said.indptr):
        own, words = scores[start:end], said.indices[start:end]
        if len(own) > most:
            enough = np.partition(own, -most)[-most]
            words, own = words[own >= enough], own[own >= enough]
        words, own = words[own > 0], own[own > 0]
        found.append(words[np.lexsort((words, -own))[:most]].astype(np.int64))
    return found
