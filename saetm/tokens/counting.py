"""On how many tokens of each text each feature fires (arXiv 2507.23220, Eq. 5)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from torch import Tensor

from saetm.errors import ContractError
from saetm.tokens.dictionary import Dictionary
from saetm.tokens.encode import Placed
from saetm.tokens.sketch import at_share

PENDING: Final = 2**22  # pairs of text and feature before they are added up: 32 MiB


class TokenStates(Protocol):
    """States of tokens of some texts."""

    @property
    def states(self) -> Tensor:
        """(n, H), on any device."""
        ...

    @property
    def texts(self) -> NDArray[np.int64]:
        """(n,) number of the text that each token is of."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class FeatureCounts:
    """How often features fire in texts, and how long these are."""

    counts: "sparse.csr_array[np.int64]"  # (N, F), features ascending in each row
    tokens: NDArray[np.int64]  # (N,) N_tok


def counting_floors(
    dictionary: Dictionary, quantiles: NDArray[np.float32], share: float
) -> NDArray[np.float32]:
    """Return the activation of each feature above which a token counts.

    It is a quantile of the feature's positive activations. Over all tokens, zeros included, the
    80th percentile of a feature that fires on 1 % of them would be zero.

    Args:
        dictionary: F features.
        quantiles: (F, 19) of the positive activations, 5 % to 95 %; NaN of a feature that never
            fired, which then never counts.
        share: of the positive activations that do not count, 0.05 to 0.95.

    Raises:
        ContractError: the quantiles are those of another number of features.
    """
    if quantiles.shape != (dictionary.n_features, 19):
        message = f"quantiles are {quantiles.shape}, not ({dictionary.n_features}, 19)"
        raise ContractError(message)
    wanted = at_share(quantiles, share)
    return np.where(np.isnan(wanted), np.inf, np.maximum(wanted, dictionary.thresholds)).astype(
        np.float32
    )


def count_features(
    batches: Iterable[TokenStates], placed: Placed, n_features: int, n_texts: int
) -> FeatureCounts:
    """Count, for each text and feature, the tokens whose activation is above the floor.

    Memory grows with the pairs of text and feature that occur, and with nothing else.

    Args:
        batches: states of tokens, in any order.
        placed: a dictionary whose floors are those of `counting_floors`.
        n_features: F.
        n_texts: N; texts without tokens have empty rows.
    """
    tally = _Tally(n_features)
    tokens = np.zeros(n_texts, dtype=np.int64)
    for batch in batches:
        tokens += np.bincount(batch.texts, minlength=n_texts)
        for found in placed.entries(batch.states):
            rows = batch.texts[found.tokens.cpu().numpy()]
            tally.add(rows * n_features + found.features.cpu().numpy())
    keys, counts = tally.total()
    offsets = np.searchsorted(keys, np.arange(n_texts + 1) * n_features)
    matrix = sparse.csr_array((counts, keys % n_features, offsets), shape=(n_texts, n_features))
    return FeatureCounts(matrix, tokens)


class _Tally:
    """Counts of keys, added up from time to time."""

    def __init__(self, n_features: int) -> None:
        self._n_features = n_features
        self._keys = np.empty(0, dtype=np.int64)  # ascending
        self._counts = np.empty(0, dtype=np.int64)
        self._new: list[NDArray[np.int64]] = []
        self._n_new = 0

    def add(self, keys: NDArray[np.int64]) -> None:
        self._new.append(keys)
        self._n_new += len(keys)
        if self._n_new > PENDING:
            self.total()

    def total(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the keys, ascending, and how often each was added."""
        new, added = np.unique(np.concatenate([self._keys[:0], *self._new]), return_counts=True)
        keys = np.union1d(self._keys, new)
        counts = np.zeros(len(keys), dtype=np.int64)
        counts[np.searchsorted(keys, self._keys)] = self._counts
        counts[np.searchsorted(keys, new)] += added
        self._keys, self._counts, self._new, self._n_new = keys, counts, [], 0
        return keys, counts
