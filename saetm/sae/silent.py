"""Features that never fire: found by asking, block after block, for those not heard of yet."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from saetm.sae.encode import encode
from saetm.sae.feed import Feed, taken
from saetm.sae.weights import Weights

_FIRST_ROWS = 1024
_MOST_ROWS = 2**14


def silent_features(feed: Feed, weights: Weights) -> NDArray[np.int64]:
    """Return the ids of features that fire for no row: (s,), ascending.

    Most features fire within the first rows. The others alone are asked for in the next, which
    are twice as many each time, until none is left; topk ranks all of them, and is asked in full.
    """
    silent = np.arange(weights.dictionary_size)
    start, size = 0, _FIRST_ROWS
    while start < len(feed) and silent.size:
        rows = taken(feed.embeddings, feed.ids[start : start + size])
        if weights.kind == "topk":
            fired = np.unique(encode(rows, weights, device=feed.device).indices)
        else:
            fired = silent[
                np.unique(encode(rows, _only(weights, silent), device=feed.device).indices)
            ]
        silent = np.setdiff1d(silent, fired, assume_unique=True)
        start, size = start + size, min(2 * size, _MOST_ROWS)
    return silent


def _only(weights: Weights, features: NDArray[np.int64]) -> Weights:
    return replace(
        weights,
        encoder=weights.encoder[features],
        encoder_bias=weights.encoder_bias[features],
        decoder=weights.decoder[features],
    )
