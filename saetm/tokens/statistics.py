"""What a dictionary does on a stream of tokens, and what each of its features does."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from saetm.errors import ContractError
from saetm.sae.feed import Moments, moments_of
from saetm.tokens.contexts import Context, Firing, TopContexts
from saetm.tokens.dictionary import Dictionary
from saetm.tokens.encode import Placed
from saetm.tokens.sketch import PositiveSample
from saetm.tokens.stream import States, Stream, rows_of


@dataclass(frozen=True, slots=True, eq=False)
class TokenStatistics:
    """Of n tokens and F features."""

    token_count: int  # n
    density: NDArray[np.float64]  # (F,) share of the tokens on which a feature is active
    maximum: NDArray[np.float32]  # (F,) largest activation; 0 where it is dead
    quantiles: NDArray[np.float32]  # (F, 19) of the positive activations, 5 % to 95 %; NaN if dead
    contexts: tuple[list[Context], ...]  # F times at most 8, strongest first
    variance_explained: float | None  # share of the tokens' variance; None where nothing varies
    mean_norm: float  # of a token's state

    @property
    def l0(self) -> float:
        """Mean number of active features of a token."""
        return float(self.density.sum())

    @property
    def dead_share(self) -> float:
        """Share of features that are active on no token."""
        return float((self.density == 0).mean())


def measure_tokens(
    stream: Stream, dictionary: Dictionary, *, device: str = "cpu", seed: int = 0
) -> TokenStatistics:
    """Read a stream once; memory grows with the number of features alone.

    Args:
        stream: token states.
        dictionary: F features of states of their width.
        device: where the states are, as Torch names it.
        seed: of the sample that quantiles are of.

    Raises:
        ContractError: there are no tokens, or their states have another width.
    """
    tally = _Tally(dictionary, device, seed)
    for states in stream():
        tally.add(states)
    return tally.result()


class _Tally:
    """Sums, samples and best contexts so far."""

    def __init__(self, dictionary: Dictionary, device: str, seed: int) -> None:
        n_features = dictionary.n_features
        self._dictionary = dictionary
        self._device = device
        self._placed = Placed(dictionary, device)
        self._active = np.zeros(n_features, dtype=np.int64)
        self._maximum = np.zeros(n_features, dtype=np.float32)
        self._sample = PositiveSample(n_features, seed=seed)
        self._contexts = TopContexts(n_features)
        self._moments: Moments | None = None
        self._norms = self._missed = 0.0

    def add(self, states: States) -> None:
        rows = rows_of(states)
        if not len(rows):
            return
        firing = self._firing(states.states)
        self._sample.add(firing.tokens + self._count, firing.features, firing.values)
        self._contexts.add(states, firing)
        self._active += np.bincount(firing.features, minlength=len(self._active))
        np.maximum.at(self._maximum, firing.features, firing.values)
        here = moments_of(rows)
        self._moments = here if self._moments is None else self._moments + here
        self._norms += float(np.linalg.norm(rows, axis=1).sum(dtype=np.float64))
        self._missed += self._squared_error(rows, firing)

    def result(self) -> TokenStatistics:
        if self._moments is None:
            raise ContractError("there are no tokens to measure features on")
        spread = self._moments.spread
        return TokenStatistics(
            token_count=self._count,
            density=self._active / self._count,
            maximum=self._maximum,
            quantiles=self._sample.quantiles(),
            contexts=tuple(self._contexts.of(each) for each in range(len(self._active))),
            variance_explained=1.0 - self._missed / spread if spread else None,
            mean_norm=self._norms / self._count,
        )

    @property
    def _count(self) -> int:
        return 0 if self._moments is None else self._moments.count

    def _firing(self, states: Tensor) -> Firing:
        blocks = self._placed.entries(states.to(self._device))
        parts = [[each.cpu().numpy() for each in block] for block in blocks]
        tokens, features, values = (np.concatenate(each) for each in zip(*parts, strict=True))
        return Firing(tokens, features, values).at(values > 0)

    def _squared_error(self, rows: NDArray[np.float32], firing: Firing) -> float:
        """Return the summed squared distances of states to their reconstructions."""
        rebuilt = firing.matrix(len(rows), self._dictionary.n_features) @ self._dictionary.decoder
        error = rows - self._dictionary.decoder_bias - rebuilt
        return float(np.square(error, dtype=np.float64).sum())
