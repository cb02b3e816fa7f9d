"""How often words occur, and how much one occurrence counts."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saetm.emission.blocks import Block

WEIGHT_FLOOR = 0.01  # a word in every item still counts, a hundredth of the rarest


@dataclass(frozen=True, slots=True, eq=False)
class WordTotals:
    """How often each word occurs in the items read so far."""

    counts: NDArray[np.float64]
    """(V,) occurrences."""
    items: NDArray[np.int64]
    """(V,) items that hold the word."""
    n_items: int
    """Items that hold any word, so that empty items change no weight."""

    @classmethod
    def none(cls, n_words: int) -> "WordTotals":
        """Return the totals of no items."""
        return cls(np.zeros(n_words), np.zeros(n_words, np.int64), 0)

    def plus(self, block: Block) -> "WordTotals":
        """Return the totals with a block added."""
        entries = block.entries
        word = np.repeat(np.arange(len(self.counts)), np.diff(entries.start).astype(np.int64))
        return WordTotals(
            self.counts + np.bincount(word, weights=entries.seen, minlength=len(self.counts)),
            self.items + np.bincount(word, minlength=len(self.counts)),
            self.n_items + len(np.unique(entries.item)),
        )

    def unigram(self) -> NDArray[np.float64]:
        """Return (V,) frequencies, summing to one; even where there are no words at all."""
        n_words = self.counts.sum()
        even = np.full(len(self.counts), 1.0 / len(self.counts))
        return self.counts / n_words if n_words else even


def idf_weights(items: NDArray[np.int64], n_items: int) -> NDArray[np.float64]:
    """Weigh words by log(N / df) over its maximum, at least WEIGHT_FLOOR.

    Where every word is in every item, none tells items apart better than another: all weights
    are one.

    Args:
        items: (V,) items that hold each word, df.
        n_items: items that hold any word, N.

    Returns:
        (V,) weights in [WEIGHT_FLOOR, 1]; one for words that no item holds.

    Example:
        >>> idf_weights(np.array([2, 1, 0]), 2)
        array([0.01, 1.  , 1.  ])
    """
    rarity = np.log(max(1, n_items) / np.maximum(items, 1))
    rarest = rarity[items > 0].max(initial=0.0)
    if rarest == 0.0:
        return np.ones(len(items))
    return np.where(items > 0, np.maximum(rarity / rarest, WEIGHT_FLOOR), 1.0)
