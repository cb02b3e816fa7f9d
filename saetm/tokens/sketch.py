"""Quantiles of each feature's positive activations, from samples that are bounded and merge.

A feature that is kept fires on less than 1 % of the tokens. Over all tokens, zeros included, its
80th percentile would be zero; so only positive activations are sampled.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

SAMPLE = 1024  # activations kept of a feature
SHARES = np.arange(1, 20) / 20  # 5 %, 10 %, up to 95 %

Keys = NDArray[np.uint64]


@dataclass(frozen=True, slots=True, eq=False)
class Entries:
    """Positive activations, each with its feature and its key."""

    features: NDArray[np.int32]  # (A,)
    keys: Keys  # (A,)
    values: NDArray[np.float32]  # (A,)

    def __len__(self) -> int:
        """Return their number A."""
        return len(self.keys)

    @classmethod
    def joined(cls, parts: "Sequence[Entries]") -> "Entries":
        """Take the entries of several parts, in their order."""
        names = [field.name for field in fields(cls)]
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))

    def at(self, places: NDArray[np.integer] | NDArray[np.bool_]) -> "Entries":
        """Keep those at some places."""
        return Entries(self.features[places], self.keys[places], self.values[places])


class PositiveSample:
    """A uniform sample of at most 1,024 positive activations of each of F features.

    Every activation has a key, a hash of its token and feature; those with the smallest keys stay
    (bottom-k sampling; Cohen and Kaplan, 2007). So the sample of two halves of the tokens is that
    of all of them, and depends on no order. A feature with at most 1,024 activations has all of
    them and its quantiles are exact; else see `rank_bound`.
    """

    def __init__(self, n_features: int, *, seed: int = 0, size: int = SAMPLE) -> None:
        """Begin with nothing.

        Args:
            n_features: F.
            seed: seed of the keys.
            size: activations kept of a feature at most.
        """
        self.n_features = n_features
        self.size = size
        self.seed = seed
        self._parts = [Entries(np.empty(0, "i4"), np.empty(0, "u8"), np.empty(0, "f4"))]
        self._n_new = 0  # entries after the first part, which is what the last cut left
        self._limits = np.full(n_features, np.iinfo(np.uint64).max, dtype=np.uint64)

    def add(
        self, tokens: NDArray[np.int64], features: NDArray[np.integer], values: NDArray[np.float32]
    ) -> None:
        """Take positive activations in.

        Args:
            tokens: (A,) number of the token of each, which no other token has.
            features: (A,) its feature.
            values: (A,) its activation, positive.
        """
        keys = _hashed(tokens, features, self.n_features, self.seed)
        self._take(Entries(features.astype(np.int32), keys, values))

    def merge(self, other: "PositiveSample") -> None:
        """Take in a sample of other tokens, of the same features, seed and size."""
        self._take(other.entries)

    @property
    def entries(self) -> Entries:
        """What is kept, by feature."""
        return self._cut()

    def quantiles(self, shares: NDArray[np.float64] = SHARES) -> NDArray[np.float32]:
        """Return (F, Q) quantiles, as `numpy.quantile` has them; NaN where nothing is positive."""
        entries = self.entries
        order = np.lexsort((entries.values, entries.features))
        values = np.append(entries.values[order], np.float32(np.nan))
        counts = np.bincount(entries.features, minlength=self.n_features)[:, None]
        starts = np.cumsum(counts, axis=0) - counts
        last = np.maximum(counts - 1, 0)
        places = last * shares
        low = np.floor(places).astype(np.int64)
        # A feature without any has the NaN at the end, or a neighbour's value, which goes below.
        below = values[np.minimum(starts + low, len(order))]
        above = values[np.minimum(starts + np.minimum(low + 1, last), len(order))]
        found = below + (above - below) * (places - low)
        return np.where(counts > 0, found, np.nan).astype(np.float32)

    def _take(self, entries: Entries) -> None:
        kept = entries.at(entries.keys < self._limits[entries.features])
        self._parts.append(kept)
        self._n_new += len(kept)
        if self._n_new > max(len(self._parts[0]), 16 * self.size):
            self._cut()

    def _cut(self) -> Entries:
        """Keep the smallest keys of each feature, and note above which none is let in."""
        entries = Entries.joined(self._parts)
        order = np.lexsort((entries.keys, entries.features))
        entries = entries.at(order)
        counts = np.bincount(entries.features, minlength=self.n_features)
        starts = np.cumsum(counts) - counts
        full = np.flatnonzero(counts >= self.size)
        self._limits[full] = entries.keys[starts[full] + self.size - 1]
        kept = entries.at(np.arange(len(entries)) - starts[entries.features] < self.size)
        self._parts, self._n_new = [kept], 0
        return kept


def rank_bound(size: int = SAMPLE, doubt: float = 1e-6) -> float:
    """Return how far the rank of a quantile may be off, of a feature with more than `size`.

    The share of a feature's activations at or below any value differs from that in a uniform
    sample by more than sqrt(log(2 / doubt) / (2 size)) with probability `doubt` at most
    (Dvoretzky, Kiefer and Wolfowitz; constant by Massart, 1990). The usual error at the 80th
    percentile of 1,024 is sqrt(0.8 * 0.2 / 1024), 1.3 %.

    Example:
        >>> round(rank_bound(), 3), round(rank_bound(doubt=0.05), 3)
        (0.084, 0.042)
    """
    return math.sqrt(math.log(2 / doubt) / (2 * size))


def at_share(quantiles: NDArray[np.float32], share: float) -> NDArray[np.float32]:
    """Return any quantile from the 19 that are kept, linear in between.

    Args:
        quantiles: (F, 19) as `PositiveSample.quantiles` gives them by default.
        share: from 0.05 to 0.95.
    """
    place = min(max(share * 20 - 1, 0.0), 18.0)
    low = min(math.floor(place), 17)
    part = np.float32(place - low)
    return quantiles[:, low] + (quantiles[:, low + 1] - quantiles[:, low]) * part


def _hashed(
    tokens: NDArray[np.int64], features: NDArray[np.integer], n_features: int, seed: int
) -> Keys:
    """Mix the number of each token and feature into 64 bits (SplitMix64; Steele et al., 2014)."""
    with np.errstate(over="ignore"):
        numbers = tokens.astype(np.uint64) * np.uint64(n_features) + features.astype(np.uint64)
        mixed = (numbers + np.uint64(seed) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
