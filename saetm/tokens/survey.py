"""A first look at a stream of token states: how many, where they lie, and some of them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saetm.errors import ContractError
from saetm.sae.feed import Moments, moments_of
from saetm.tokens.stream import Stream, rows_of

FEWEST = 100  # tokens, of which an autoencoder can still learn something
SAMPLE_ROWS = 8192  # that place the centre and set the threshold, and that judge the training
HELDOUT_TEXTS = 20  # one of so many is held out

IsHeldOut = Callable[[NDArray[np.int64]], NDArray[np.bool_]]


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """Tokens to learn from, or held out ones."""

    moments: Moments
    sample: NDArray[np.float32]  # (s, H) drawn at random, at most 8,192

    @property
    def count(self) -> int:
        """Number of tokens n."""
        return self.moments.count


@dataclass(frozen=True, slots=True, eq=False)
class Survey:
    """Both sides of a stream."""

    training: Side
    heldout: Side | None  # None where one text has all tokens, or nearly
    is_heldout: IsHeldOut  # tells from the numbers of texts

    def blocks(self, stream: Stream) -> Iterator[NDArray[np.float32]]:
        """Yield the states to learn from."""
        for each in stream():
            rows = rows_of(each)[~self.is_heldout(each.texts)]
            if len(rows):
                yield rows


def survey(stream: Stream, seed: int) -> Survey:
    """Read a stream once.

    Every twentieth text is held out, so that no text is on both sides. Where too little is left
    to learn from, nothing is held out.

    Args:
        stream: texts in random order.
        seed: seed of the samples.

    Raises:
        ContractError: there are fewer than 100 tokens, a state is not finite, or all are equal.
    """
    tallies = {side: _Tally(np.random.default_rng((seed, side))) for side in (False, True)}
    for each in stream():
        rows, held = rows_of(each), every_twentieth(each.texts)
        if not np.isfinite(rows).all():
            raise ContractError("the language model gives a token a state that is not finite")
        for side, tally in tallies.items():
            tally.add(rows[held == side])
    training, heldout = (tally.result() for tally in tallies.values())
    if heldout is None or (training is not None and training.count >= FEWEST):
        return Survey(_enough(training), heldout, every_twentieth)
    return Survey(_enough(_together(training, heldout)), None, no_text)


def every_twentieth(texts: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which numbers of texts are multiples of 20."""
    return texts % HELDOUT_TEXTS == 0


def no_text(texts: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell that none is held out."""
    return np.zeros(len(texts), dtype=np.bool_)


class _Tally:
    """Moments of rows, and those with the smallest of random keys."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._moments: Moments | None = None
        self._keys = np.empty(0)
        self._sample: NDArray[np.float32] | None = None

    def add(self, rows: NDArray[np.float32]) -> None:
        if not len(rows):
            return
        here = moments_of(rows)
        self._moments = here if self._moments is None else self._moments + here
        keys = self._rng.random(len(rows))
        near = keys < (self._keys[-1] if len(self._keys) == SAMPLE_ROWS else 1.0)
        keys = np.concatenate([self._keys, keys[near]])
        mixed = rows[near] if self._sample is None else np.concatenate([self._sample, rows[near]])
        order = np.argsort(keys)[:SAMPLE_ROWS]
        self._keys, self._sample = keys[order], mixed[order]

    def result(self) -> Side | None:
        if self._moments is None or self._sample is None:
            return None
        return Side(self._moments, self._sample)


def _together(one: Side | None, other: Side) -> Side:
    if one is None:
        return other
    sample = np.concatenate([one.sample, other.sample])
    return Side(one.moments + other.moments, sample[:SAMPLE_ROWS])


def _enough(side: Side | None) -> Side:
    count = 0 if side is None else side.count
    if side is None or count < FEWEST:
        raise ContractError(
            f"there are {count} tokens, and an autoencoder of tokens needs at least {FEWEST}"
        )
    if side.moments.spread == 0.0:
        raise ContractError(f"the states of all {count} tokens are equal")
    return side
