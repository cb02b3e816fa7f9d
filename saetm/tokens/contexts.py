"""Where each feature is strongest: a few texts around its tokens, each of another document."""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from saetm.tokens.stream import States

SHOWN = 8  # contexts of a feature
REACH = 80  # characters on either side of the token


_HEAD, _TAIL = re.compile(r"\w*\Z"), re.compile(r"\w*")


@dataclass(frozen=True, slots=True)
class Context:
    """A token where it stands, and how strongly a feature fires on it."""

    text: str
    start: int  # first character of the token in the text
    token: str
    activation: float

    @property
    def word(self) -> str:
        """The whole word that the token is a part of; a token without letters is itself."""
        token = self.token.strip()
        if not token or not token[0].isalnum() or not token[-1].isalnum():
            return token
        inside = self.text.find(token, self.start)
        return word_at(self.text, inside, inside + len(token))


@dataclass(frozen=True, slots=True, eq=False)
class Firing:
    """Positive activations of some tokens."""

    tokens: NDArray[np.int64]  # (A,) places among the tokens
    features: NDArray[np.integer]  # (A,)
    values: NDArray[np.float32]  # (A,)

    def at(self, places: NDArray[np.integer] | NDArray[np.bool_]) -> "Firing":
        """Keep those at some places."""
        return Firing(self.tokens[places], self.features[places], self.values[places])

    def matrix(self, n_tokens: int, n_features: int) -> "sparse.csr_array[np.float32]":
        """Return them as a matrix of tokens and features."""
        entries = (self.values, (self.tokens, self.features))
        return sparse.csr_array(entries, shape=(n_tokens, n_features))


def word_at(text: str, start: int, end: int) -> str:
    """Return the word that some of its characters are in.

    Example:
        >>> word_at("a bookkeeper's day", 6, 8)
        'bookkeeper'
    """
    head, tail = _HEAD.search(text[:start]), _TAIL.match(text[end:])
    return f"{head.group() if head else ''}{text[start:end]}{tail.group() if tail else ''}"


class TopContexts:
    """The strongest contexts of each feature so far, at most one of a document.

    Memory grows with the number of features alone. Texts are numbered; windows of one text may
    come at any time.
    """

    def __init__(self, n_features: int, *, size: int = SHOWN) -> None:
        """Begin with none.

        Args:
            n_features: F.
            size: contexts of a feature at most.
        """
        self._values = np.zeros((n_features, size), dtype=np.float32)  # strongest first
        self._documents = np.full((n_features, size), -1, dtype=np.int64)
        self._contexts = np.full((n_features, size), None, dtype=object)

    def add(self, states: States, firing: Firing) -> None:
        """Look at the activations of some tokens."""
        strong = firing.at(firing.values > self._values[firing.features, -1])
        documents = states.texts[strong.tokens]
        best = _best_of_documents(strong, documents)
        new, documents = strong.at(best), documents[best]
        few = _strongest(new.features, new.values, documents, self._values.shape[1])
        self._merge(states, new.at(few), documents[few])

    def of(self, feature: int) -> list[Context]:
        """Return the contexts of a feature, the strongest first."""
        return [each for each in self._contexts[feature] if each is not None]

    def _merge(self, states: States, new: Firing, documents: NDArray[np.int64]) -> None:
        """Put new contexts, one of a feature and document, among those of their features."""
        size = self._values.shape[1]
        touched = np.unique(new.features)
        features = np.concatenate([np.repeat(touched, size), new.features])
        values = np.concatenate([self._values[touched].ravel(), new.values])
        of_all = np.concatenate([self._documents[touched].ravel(), documents])
        old = self._contexts[touched].ravel()
        every = Firing(np.arange(len(features)), features, values)
        single = _best_of_documents(every, of_all)
        single = single[values[single] > 0]
        kept = single[_strongest(features[single], values[single], of_all[single], size)]
        rank = _ranks(features[kept])
        self._values[touched] = 0
        self._documents[touched] = -1
        self._contexts[touched] = None
        self._values[features[kept], rank] = values[kept]
        self._documents[features[kept], rank] = of_all[kept]
        for place, at in zip(kept, rank, strict=True):
            number = place - len(old)
            self._contexts[features[place], at] = (
                old[place] if number < 0 else _context(states, new, number)
            )


def _best_of_documents(firing: Firing, documents: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the place of each feature's strongest token in each document."""
    order = np.lexsort((firing.tokens, -firing.values, documents, firing.features))
    features, texts = firing.features[order], documents[order]
    is_first = np.ones(len(order), dtype=np.bool_)
    is_first[1:] = (features[1:] != features[:-1]) | (texts[1:] != texts[:-1])
    return order[is_first]


def _strongest(
    features: NDArray[np.integer],
    values: NDArray[np.float32],
    documents: NDArray[np.int64],
    size: int,
) -> NDArray[np.int64]:
    """Return the places of each feature's strongest values, by feature and then by value."""
    order = np.lexsort((documents, -values, features))
    return order[_ranks(features[order]) < size]


def _ranks(features: NDArray[np.integer]) -> NDArray[np.int64]:
    """Number the entries of each feature from 0, of features in order."""
    return np.arange(len(features)) - np.searchsorted(features, features)


def _context(states: States, firing: Firing, number: int) -> Context:
    place = int(firing.tokens[number])
    text = states.sources[int(states.texts[place]) - states.first]
    start, end = int(states.starts[place]), int(states.ends[place])
    begin = max(0, start - REACH)
    return Context(
        text[begin : end + REACH], start - begin, text[start:end], float(firing.values[number])
    )
