"""Where a training starts: which rows are held out, the centre, the first directions."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from saetm.sae.autoencoder import Autoencoder
from saetm.sae.config import SaeConfig, Sizes
from saetm.sae.sparsity import L1, BatchTopK, Sparsity, TopK

SMALLEST_SPLIT = 20  # items; of fewer, a tenth says nothing and every row is needed
MOST_HELDOUT = 10_000  # items; more make the figure no surer
MEDIAN_ROWS = 4096  # place the centre well enough: it is trained on
_MEDIAN_ROUNDS = 20


def split_rows(
    n_items: int, *, heldout_share: float, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Draw the training and the held-out rows; none is held out of fewer than 20.

    Args:
        n_items: N.
        heldout_share: share of the rows to hold out, at most 10,000 rows.
        seed: seed of the draw.

    Returns:
        Row numbers in random order, (n,) and (h,), which together are all N.
    """
    order = np.random.default_rng(seed).permutation(n_items)
    wanted = min(round(heldout_share * n_items), (n_items - 1) // 2, MOST_HELDOUT)
    n_heldout = 0 if n_items < SMALLEST_SPLIT else max(wanted, 1)
    return order[n_heldout:], order[:n_heldout]


def initial_autoencoder(sample: Tensor, config: SaeConfig, sizes: Sizes) -> Autoencoder:
    """Build an autoencoder around the rows' robust centre, with random directions.

    Args:
        sample: (n, D) training rows.
        config: kind, scale of the encoder and seed.
        sizes: dictionary size and active features.
    """
    generator = torch.Generator().manual_seed(config.seed)
    directions = torch.randn(sizes.dictionary_size, sample.shape[1], generator=generator)
    return Autoencoder(
        directions.to(sample.device),
        geometric_median(sample),
        _sparsity(config, sizes.active_features),
        encoder_scale=config.encoder_scale,
    ).to(sample.device)


def geometric_median(rows: Tensor) -> Tensor:
    """Return the point with the least summed distance to (n, D) rows (Weiszfeld's rounds).

    Distances are clamped to a thousandth of their mean, so that a row on the point itself
    does not hold it there alone.
    """
    point = rows.mean(dim=0)
    for _ in range(_MEDIAN_ROUNDS):
        distances = (rows - point).norm(dim=1)
        weights = 1 / distances.clamp_min(distances.mean() / 1000 + torch.finfo(rows.dtype).tiny)
        point = (weights / weights.sum()) @ rows
    return point


def _sparsity(config: SaeConfig, active_features: int) -> Sparsity:
    if config.kind == "l1":
        return L1(config.l1_coefficient)
    return TopK(active_features) if config.kind == "topk" else BatchTopK(active_features)
