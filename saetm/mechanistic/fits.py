"""Fits of one mechanistic model at several numbers of topics."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saetm.mechanistic.model import FeatureCorpus, FeatureFit, FeatureModel
from saetm.models.model import Advance


@dataclass(frozen=True, slots=True, eq=False)
class Fits:
    """What a model found, by the number of topics that it found."""

    model: str  # name in the catalogue
    by_count: dict[int, FeatureFit]


def fit_counts(
    model: FeatureModel,
    corpus: FeatureCorpus,
    counts: Iterable[int],
    seed: int,
    advance: Advance = lambda _share: None,
) -> Fits:
    """Fit a model anew for each number of topics.

    Args:
        model: of the catalogue.
        corpus: documents and features.
        counts: numbers of topics; as many as documents show features where there are fewer. Of
            two that find equally many topics one is kept.
        seed: of every fit.
        advance: is told the share of all fits done just now.

    Raises:
        InputError: as `FeatureModel.fit`.
    """
    wanted = sorted({min(count, len(corpus.filled)) for count in counts})
    found = [model.fit(corpus, count, seed, _part(advance, len(wanted))) for count in wanted]
    return Fits(model.name, {len(fit.weights): fit for fit in found})


def _part(advance: Advance, n_fits: int) -> Callable[[float], None]:
    return lambda share: advance(share / n_fits)


def members(weights: NDArray[np.floating], *, mass: float, most: int) -> NDArray[np.int64]:
    """Return the fewest of (F,) features that hold a share of a topic's mass, heaviest first.

    Args:
        weights: of the topic, non-negative.
        mass: share that they hold, or the `most` heaviest where they do not.
        most: features at most; those without weight are never among them.
    """
    order = np.lexsort((np.arange(len(weights)), -weights))[:most]
    order = order[weights[order] > 0]
    before = np.cumsum(weights[order]) - weights[order]
    return order[before < mass * weights.sum()].astype(np.int64)
