"""Planted truth: embeddings drawn from the continuous topic model (SAE-TM, section 3.2)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class PlantedCtm:
    """A sample of the model with the truth behind it."""

    embeddings: NDArray[np.float32]  # (N, D)
    directions: NDArray[np.float32]  # (K, D) mean direction of each topic, norm one
    mixtures: NDArray[np.float64]  # (N, K) theta, rows sum to one
    strengths: NDArray[np.float64]  # (N, K) summed strength of the contributions of each topic


def planted_ctm(
    *,
    n_items: int,
    n_topics: int,
    dimension: int,
    seed: int,
    concentration: float = 0.05,
    contributions: float = 20.0,
    spread: float = 0.05,
    noise: float = 0.02,
) -> PlantedCtm:
    """Draw theta ~ Dirichlet, M ~ Poisson, and x = sum of s * v over M contributions + noise.

    Args:
        n_items: N.
        n_topics: K; directions are drawn evenly on the sphere.
        dimension: D.
        seed: seed of everything drawn.
        concentration: alpha of the symmetric Dirichlet, per topic.
        contributions: xi, mean number of contributions of an item.
        spread: standard deviation per coordinate of v around its topic's direction.
        noise: sigma, standard deviation per coordinate of the noise.
    """
    rng = np.random.default_rng(seed)
    directions = rng.standard_normal((n_topics, dimension))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    mixtures = rng.dirichlet(np.full(n_topics, concentration), size=n_items)
    counts = rng.multinomial(rng.poisson(contributions, size=n_items), mixtures)  # (N, K)
    items, topics = np.repeat(np.argwhere(counts), counts[counts > 0], axis=0).T  # (C,), (C,)
    strength = rng.gamma(2.0, 1 / (2.0 * contributions), size=len(items))  # of each contribution
    vectors = directions[topics] + spread * rng.standard_normal((len(items), dimension))
    embeddings = noise * rng.standard_normal((n_items, dimension))
    np.add.at(embeddings, items, strength[:, None] * vectors)
    strengths = np.zeros((n_items, n_topics))
    np.add.at(strengths, (items, topics), strength)
    return PlantedCtm(
        embeddings.astype(np.float32), directions.astype(np.float32), mixtures, strengths
    )
