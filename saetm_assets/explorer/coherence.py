"""How well the words of topics belong together, remembered by topic."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from saetm_assets.explorer.topic_cut import Topic

if TYPE_CHECKING:
    from scipy import sparse

WORDS = 10  # of a topic that count, as in the scores table


class Coherence:
    """NPMI of the top words of topics over all items."""

    def __init__(self, counts: "sparse.csr_array[np.floating]", words: Sequence[str]) -> None:
        """Take what is counted.

        Args:
            counts: (N, V) how often each item holds each word.
            words: (V,) the vocabulary.
        """
        from scipy import sparse

        self._holders = sparse.csr_array(counts.T)  # (V, N)
        self._ids = {word: number for number, word in enumerate(words)}
        self._known: dict[str, float] = {}

    def of(self, topics: Sequence[Topic]) -> list[float]:
        """Return the coherence of topics, -1 to 1; NaN where one has too few words."""
        new = [topic for topic in topics if topic.topic_id not in self._known]
        for size in {len(topic.words[:WORDS]) for topic in new}:
            self._measure([topic for topic in new if len(topic.words[:WORDS]) == size], size)
        return [self._known[topic.topic_id] for topic in topics]

    def _measure(self, topics: list[Topic], size: int) -> None:
        from saetm.metrics.npmi import npmi

        values = np.full(len(topics), np.nan)
        if size > 1 and self._holders.shape[1]:
            top = np.array([[self._ids[word] for word in topic.words[:size]] for topic in topics])
            used, places = np.unique(top, return_inverse=True)
            values = npmi(places.reshape(top.shape), self._holders[used].T.tocsr())
        pairs = zip((topic.topic_id for topic in topics), values.tolist(), strict=True)
        self._known.update(pairs)
