"""Sampling whose draws hang on a seed per row, not on the batch, the device or global state."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from saetm.errors import InputError

if TYPE_CHECKING:
    from torch import Tensor


class SeededSampling:
    """A logits processor that makes a greedy search sample.

    The largest of logits plus temperature times Gumbel noise is a draw from the softmax of the
    logits over the temperature. Rows of one seed draw the same noise at each step, so that two
    texts of one seed differ by what else was done to them alone (common random numbers).
    """

    def __init__(self, seeds: Sequence[int], temperature: float) -> None:
        """Begin the draws.

        Args:
            seeds: of each row of the batch.
            temperature: 0 takes the most probable token.
        """
        from torch import Generator

        self._temperature = temperature
        self._draws = {seed: Generator().manual_seed(seed) for seed in seeds}
        self._seeds = tuple(seeds)

    def __call__(self, _tokens: "Tensor", scores: "Tensor") -> "Tensor":
        """Return (B, V) scores whose largest is the token to take.

        Raises:
            InputError: a score is no number.
        """
        from torch import inf, stack

        if scores.isnan().any() or (scores == inf).any():
            raise InputError(
                "the model's probabilities are no numbers under this steering: take smaller "
                "strengths"
            )
        if self._temperature == 0:
            return scores
        noise = {seed: self._noise(seed, scores.shape[-1]) for seed in self._draws}
        drawn = stack([noise[seed] for seed in self._seeds]).to(scores.device)
        return scores.float() + self._temperature * drawn

    def _noise(self, seed: int, size: int) -> "Tensor":
        """Draw (V,) numbers of the standard Gumbel distribution: minus the log of exponentials."""
        from torch import empty

        return -empty(size).exponential_(generator=self._draws[seed]).log()
