"""Streams of token states whose features are planted."""

from dataclasses import dataclass

import numpy as np
import torch


@dataclass(frozen=True)
class Batch:
    """States of tokens, with the texts that they are of."""

    states: torch.Tensor
    texts: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    first: int
    sources: list


def stream_of(states, texts, sources=None, *, size=50):
    """Return a stream of (n, H) states in batches of `size`; every token is one letter."""
    n_texts = int(texts.max()) + 1
    lengths = np.bincount(texts, minlength=n_texts)
    sources = sources or ["x" * length for length in lengths]
    places = np.arange(len(texts)) - (np.cumsum(lengths) - lengths)[texts]

    def read():
        for start in range(0, len(states), size):
            rows = slice(start, start + size)
            yield Batch(
                torch.from_numpy(states[rows]),
                texts[rows],
                places[rows],
                places[rows] + 1,
                0,
                sources,
            )

    return read


def planted_states(n_tokens, *, n_features=12, width=32, seed=0):
    """Return states that are two of F directions each, and the directions."""
    rng = np.random.default_rng(seed)
    directions = rng.standard_normal((n_features, width)).astype(np.float32)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    states = 0.02 * rng.standard_normal((n_tokens, width)).astype(np.float32) + 3.0
    for _ in range(2):
        chosen = rng.integers(n_features, size=n_tokens)
        states += rng.gamma(8, 0.5, (n_tokens, 1)).astype(np.float32) * directions[chosen]
    return states, directions
