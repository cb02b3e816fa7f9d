"""Training: embeddings in, the autoencoder that explains held-out rows best out."""

from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from saetm.errors import ContractError
from saetm.sae.config import SaeConfig
from saetm.sae.encode import encode
from saetm.sae.explained import explained
from saetm.sae.feed import Feed, moments, taken
from saetm.sae.fit import Split, fit
from saetm.sae.optimise import Step
from saetm.sae.peers import ALONE, Peers
from saetm.sae.silent import silent_features
from saetm.sae.start import split_rows
from saetm.sae.weights import Weights


@dataclass(frozen=True, slots=True, eq=False)
class Training:
    """A trained autoencoder and how good it is."""

    weights: Weights  # the best of the curve
    centre: NDArray[np.float32]  # (D,) mean of the training rows; variance is measured from it
    curve: tuple[Step, ...]  # at most 20 looks, the last after the last step
    variance_explained: float | None  # of held-out rows; None where none is held out
    l0: float  # mean number of active features per held-out row (training row where none is)
    dead_share: float  # share of features that fire for no training row (topk: of 16,384)
    n_training: int  # rows it learned from
    n_heldout: int  # rows kept aside; 0 of fewer than 20 items
    config: SaeConfig  # the settings used, with every size that was chosen


def train(
    embeddings: NDArray[np.float32],
    config: SaeConfig,
    *,
    device: str = "cpu",
    on_step: Callable[[Step], None] | None = None,
    peers: Peers = ALONE,
) -> Training:
    """Train a sparse autoencoder and keep its best state on held-out rows.

    Small data overfits: the training loss still falls when held-out rows are explained worse.
    So a tenth of the rows judges the training at up to 20 points and the best one is kept; its
    variance explained is therefore very slightly optimistic. Same rows and settings on a CPU:
    same bytes, where products are small enough for one thread; else also the same number of
    threads. On a GPU sums of gradients have no fixed order, and two runs differ like runs with
    two seeds.

    Rows are taken a block at a time, so a memory-mapped array (np.memmap) may be larger than
    memory; what is held is a block, the held-out rows and the autoencoder.

    Among peers every process is given the same rows and settings, looks at all rows once, learns
    from its share of each batch, and returns the same training as one process within rounding.

    Args:
        embeddings: (N, D) finite vectors of any common scale, N at least 2.
        config: settings; sizes that are None are chosen from N and D.
        device: where to train, as Torch names it.
        on_step: is told each look at the held-out rows.
        peers: the processes that train together, each calling this function.

    Raises:
        ContractError: fewer than two embeddings, one that is not finite, or all equal; or
            batches of fewer rows than processes.
    """
    if embeddings.ndim != 2 or len(embeddings) < 2 or embeddings.shape[1] == 0:
        raise ContractError(f"embeddings are {embeddings.shape}, not (N, D) with N at least 2")
    if peers.count > 1 and min(config.batch_size, len(embeddings)) < 4 * peers.count:
        raise ContractError(f"{config.batch_size} rows per step are too few for {peers.count}")
    sizes = config.sizes(*embeddings.shape)
    feed, rows = _split(embeddings, config, device, peers)
    weights, curve = fit(rows, config, sizes, on_step=on_step or _ignore)
    codes = encode(rows.examined, weights, device=device)
    share = explained(rows.examined, codes, weights, centre=rows.centre).share
    silent = silent_features(feed, weights)
    return Training(
        weights=weights,
        centre=rows.centre,
        curve=curve,
        variance_explained=share if rows.n_heldout else None,
        l0=codes.nnz / codes.shape[0],
        dead_share=len(silent) / weights.dictionary_size,
        n_training=len(rows.training),
        n_heldout=rows.n_heldout,
        config=config.model_copy(update=asdict(sizes)),
    )


def _split(
    embeddings: NDArray[np.floating], config: SaeConfig, device: str, peers: Peers
) -> tuple[Feed, Split]:
    """Look at all rows once, and copy those that are held out."""
    n_items = len(embeddings)
    everything = moments(embeddings)
    scale = np.float32(np.sqrt(everything.spread / n_items))
    ids, heldout_ids = split_rows(n_items, heldout_share=config.heldout_share, seed=config.seed)
    heldout = taken(embeddings, heldout_ids)
    feed = Feed(embeddings, ids, float(scale), device, peers)
    return feed, Split(
        training=feed,
        examined=heldout if len(heldout) else taken(embeddings, ids),
        n_heldout=len(heldout),
        centre=everything.without(heldout).astype(np.float32),
        scale=scale,
    )


def _ignore(step: Step) -> None:
    """Tell nobody."""
