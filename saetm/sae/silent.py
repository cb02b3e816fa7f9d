"""Features that never fire: found by asking, block after block, for those not heard of yet."""

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from saetm.sae.encode import encode
from saetm.sae.exact import Placed, place
from saetm.sae.feed import Feed, taken
from saetm.sae.preactivations import Preactivations
from saetm.sae.sparsity import TopK
from saetm.sae.weights import Weights

_FIRST_ROWS = 1024
_MOST_ROWS = 2**14


def silent_features(feed: Feed, weights: Weights) -> NDArray[np.int64]:
    """Return the ids of features that fire for no row: (s,), ascending.

    Most features fire within the first rows. The others alone are asked for in the next, which
    are twice as many each time, until none is left. Topk has to rank all of them for every row,
    and is asked for 16,384 rows drawn at random, where there are more.
    """
    silent = np.arange(weights.dictionary_size)
    placed = place(weights, feed.device)
    n_rows = len(feed) if placed.ranking is None else min(len(feed), _MOST_ROWS)
    start, size = 0, _FIRST_ROWS
    while start < n_rows and silent.size:
        ids = feed.ids[start : min(start + size, n_rows)]
        rows = taken(feed.embeddings, ids[feed.peers.rank :: feed.peers.count])
        if placed.ranking is None:
            codes = encode(rows, _only(weights, silent), device=feed.device)
            fired = silent[np.unique(codes.indices)]
        else:
            items = torch.from_numpy(rows).to(feed.device) - placed.decoder_bias
            fired = _ranked(items, placed, placed.ranking)
        silent = np.setdiff1d(silent, _of_all(fired, weights, feed), assume_unique=True)
        start, size = start + size, min(2 * size, _MOST_ROWS)
    return silent


def _of_all(fired: NDArray[np.int64], weights: Weights, feed: Feed) -> NDArray[np.int64]:
    """Return the features that fired in any process, ascending."""
    marks = torch.zeros(weights.dictionary_size, dtype=torch.int32)
    marks[torch.from_numpy(fired)] = 1
    return feed.peers.add(marks.to(feed.device)).cpu().nonzero()[:, 0].numpy()


def _ranked(items: Tensor, placed: Placed, ranking: TopK) -> NDArray[np.int64]:
    """Return which features are among the k largest of (n, D) centred rows, ascending."""
    pre = Preactivations(items, placed.encoder, placed.encoder_bias, placed.quantised)
    active, _ = ranking(pre)
    return np.unique(active.columns.cpu().numpy()).astype(np.int64)


def _only(weights: Weights, features: NDArray[np.int64]) -> Weights:
    return replace(
        weights,
        encoder=weights.encoder[features],
        encoder_bias=weights.encoder_bias[features],
        decoder=weights.decoder[features],
    )
