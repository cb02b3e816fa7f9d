"""Which features a word is met with: the only places where rows are not even."""

import numpy as np
from numpy.typing import NDArray

from saetm.crew import Crew, Span
from saetm.emission.blocks import Block
from saetm.emission.layout import Entries, Mixtures, Support


def no_support(n_words: int) -> Support:
    """Return the support of V words that no item holds."""
    return Support(np.zeros(n_words + 1, np.uint64), np.zeros(0, np.uint32))


def widen(known: Support, block: Block, crew: Crew) -> Support:
    """Return the support of all items before and of a block."""
    met = np.zeros(len(known.start) - 1, np.uint64)
    layout = block.mixtures, block.entries, known
    crew.walk(count_met, block.costs, *layout, met)
    start = np.concatenate([np.zeros(1, np.uint64), np.cumsum(met, dtype=np.uint64)])
    wider = Support(start, np.empty(int(start[-1]), np.uint32))
    crew.walk(list_met, block.costs, *layout, wider)
    return wider


def count_met(
    span: Span, mixtures: Mixtures, entries: Entries, known: Support, met: NDArray[np.uint64]
) -> None:
    """Count the features that each word is met with, (V,), those known before included."""
    last_word = np.full(mixtures.n_features, -1)  # (K,) that a feature was met with
    for word in range(span[0], span[1]):
        for place in range(known.start[word], known.start[word + 1]):
            last_word[known.feature[place]] = word
        met[word] = known.start[word + 1] - known.start[word]
        for entry in range(entries.start[word], entries.start[word + 1]):
            item = entries.item[entry]
            for pair in range(mixtures.start[item], mixtures.start[item + 1]):
                feature = mixtures.feature[pair]
                if last_word[feature] != word:
                    last_word[feature] = word
                    met[word] += np.uint64(1)


def list_met(
    span: Span, mixtures: Mixtures, entries: Entries, known: Support, wider: Support
) -> None:
    """List the features that each word is met with; ascending, as caches like it."""
    last_word = np.full(mixtures.n_features, -1)
    for word in range(span[0], span[1]):
        for place in range(known.start[word], known.start[word + 1]):
            last_word[known.feature[place]] = word
        for entry in range(entries.start[word], entries.start[word + 1]):
            item = entries.item[entry]
            for pair in range(mixtures.start[item], mixtures.start[item + 1]):
                last_word[mixtures.feature[pair]] = word
        free = wider.start[word]
        if free == wider.start[word + 1]:
            continue
        for feature in range(mixtures.n_features):
            if last_word[feature] == word:
                wider.feature[free] = feature
                free += np.uint64(1)
