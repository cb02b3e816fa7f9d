"""Documents of planted topics over features that lie around known directions."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linear_sum_assignment

from saetm.mechanistic.model import FeatureCorpus, FeatureFit
from saetm.tokens.dictionary import Dictionary

OWN, COMMON = 0.08, 0.03  # rates of features in their topic, and of those common to all


@dataclass(frozen=True)
class Planted:
    corpus: FeatureCorpus
    rates: NDArray[np.float64]  # (T, F) true probabilities that a token shows a feature
    mixtures: NDArray[np.float64]  # (N, T)
    owner: NDArray[np.int64]  # (F,) topic of each feature; -1 for those common to all


def planted(
    n_items: int,
    n_topics: int,
    per_topic: int,
    width: int,
    *,
    seed: int = 0,
    mixing: float = 0.1,
    n_common: int = 10,
    noise: float = 0.3,
    elsewhere: float = 0.003,  # rate of a feature in the topics of others
) -> Planted:
    """Plant topics whose features point, but for noise, where their topic does."""
    chance = np.random.default_rng(seed)
    owner = np.r_[np.repeat(np.arange(n_topics), per_topic), np.full(n_common, -1)]
    centres = np.linalg.qr(chance.normal(size=(max(width, n_topics), n_topics)))[0].T[:, :width]
    centres = np.vstack([centres, np.zeros(width)])  # of the common features
    rows = centres[owner] + noise / np.sqrt(width) * chance.normal(size=(len(owner), width))
    decoder = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    rates = np.where(owner == np.arange(n_topics)[:, None], OWN, elsewhere)
    rates[:, owner == -1] = COMMON
    rates = rates * chance.uniform(0.5, 1.5, len(owner))
    mixtures = chance.dirichlet(np.full(n_topics, mixing), n_items)
    tokens = chance.integers(50, 150, n_items)
    counts = chance.binomial(tokens[:, None], mixtures @ rates)
    dictionary = Dictionary(
        encoder=3 * decoder,
        encoder_bias=np.full(len(owner), -1.0, np.float32),
        decoder=decoder,
        decoder_bias=chance.normal(size=width).astype(np.float32),
        thresholds=np.zeros(len(owner), np.float32),
        active_features=0,
    )
    return Planted(
        FeatureCorpus(sparse.csr_array(counts.astype(float)), tokens, dictionary),
        rates,
        mixtures,
        owner,
    )


def recovery(truth: Planted, fitted: FeatureFit) -> tuple[float, float]:
    """Return mean cosines of topics by features and by documents, each with its planted one."""
    likeness = cosines(truth.rates, fitted.weights)
    rows, columns = linear_sum_assignment(-likeness)
    by_items = cosines(truth.mixtures.T, fitted.mixtures.T)
    n_topics = len(truth.rates)
    return likeness[rows, columns].sum() / n_topics, by_items[rows, columns].sum() / n_topics


def cosines(one: NDArray[np.floating], other: NDArray[np.floating]) -> NDArray[np.float64]:
    return unit(one) @ unit(other).T


def unit(rows: NDArray[np.floating]) -> NDArray[np.float64]:
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
