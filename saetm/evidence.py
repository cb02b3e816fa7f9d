"""What features are merged by: where their words lie, and where their items lie."""

import numpy as np
from numpy.typing import NDArray

from saetm.cuts import Material
from saetm.errors import ContractError
from saetm.topics.config import TopicConfig
from saetm.topics.directions import item_directions
from saetm.topics.vectors import even_out, feature_vectors
from saetm.topics.views import View, join_views


def merging_vectors(
    material: Material, decoder: NDArray[np.floating], config: TopicConfig
) -> NDArray[np.float64]:
    """Return the (K, E) vectors by which features are merged.

    Each kind of evidence is evened out by itself, and they count by `direction_share`. Words
    alone, as in the paper, lump together features of common words; items alone, features that
    happen to meet.

    Args:
        material: what topics are read from; where words have no vectors, items decide alone.
        decoder: (K, D) rows of the decoder.
        config: how the two kinds of evidence count and are evened out.

    Raises:
        ContractError: no feature is active in any item, or as `feature_vectors` and
            `item_directions`.

    References:
        Departs from SAE-TM, which merges by words alone:
        docs/decisions/0002-feature-vectors-for-merging.md.
    """
    if not material.weights.any():
        raise ContractError("no feature is active in any item, so there is nothing to merge")
    by_items = 1.0 if material.word_vectors is None else config.direction_share
    raw = []
    if material.word_vectors is not None and by_items < 1:
        space, kept = material.word_vectors, config.kept_mass
        raw.append((feature_vectors(material.emissions, space, kept_mass=kept), 1 - by_items))
    if by_items > 0:
        raw.append((item_directions(material.shares, decoder), by_items))
    weights, evenness = material.weights, config.evenness
    views = [View(even_out(each, weights, evenness=evenness), share) for each, share in raw]
    return join_views(views, weights)
