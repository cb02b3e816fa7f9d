"""Training: embeddings in, the autoencoder that explains held-out rows best out."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from saetm.errors import ContractError
from saetm.sae.autoencoder import Autoencoder
from saetm.sae.config import Kind, SaeConfig
from saetm.sae.encode import encode
from saetm.sae.explained import explained
from saetm.sae.feed import Feed, moments, taken
from saetm.sae.optimise import Optimisation, Step
from saetm.sae.peers import ALONE, Peers
from saetm.sae.silent import silent_features
from saetm.sae.start import MEDIAN_ROWS, initial_autoencoder, split_rows
from saetm.sae.weights import Weights

SMALL_PRODUCT = 2**28  # about 10 ms on one thread


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
    with _threads(config.batch_size * sizes.dictionary_size * embeddings.shape[1]):
        rows = _split(embeddings, config, device, peers)
        model = initial_autoencoder(rows.training.first(MEDIAN_ROWS), config, sizes)
        curve = Optimisation(model, rows.training, config, sizes.epochs).run(
            torch.from_numpy(rows.examined / rows.scale).to(device),
            torch.from_numpy(rows.centre / rows.scale).to(device),
            on_step=on_step or _ignore,
        )
    active_features = 0 if config.kind == "l1" else sizes.active_features
    weights = _weights(model, config.kind, active_features, rows.scale)
    codes = encode(rows.examined, weights, device=device)
    share = explained(rows.examined, codes, weights, centre=rows.centre).share
    silent = silent_features(rows.training, weights)
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


@dataclass(frozen=True, slots=True, eq=False)
class _Split:
    """Rows to learn from, and rows to judge by."""

    training: Feed
    examined: NDArray[np.float32]  # (h, D) held-out rows; training rows where none is held out
    n_heldout: int
    centre: NDArray[np.float32]  # (D,) mean of the training rows
    scale: np.float32  # root mean squared distance of all rows to their mean


def _split(
    embeddings: NDArray[np.floating], config: SaeConfig, device: str, peers: Peers
) -> _Split:
    """Look at all rows once, and copy those that are held out."""
    n_items = len(embeddings)
    everything = moments(embeddings)
    scale = np.float32(np.sqrt(everything.spread / n_items))
    ids, heldout_ids = split_rows(n_items, heldout_share=config.heldout_share, seed=config.seed)
    heldout = taken(embeddings, heldout_ids)
    return _Split(
        training=Feed(embeddings, ids, float(scale), device, peers),
        examined=heldout if len(heldout) else taken(embeddings, ids),
        n_heldout=len(heldout),
        centre=everything.without(heldout).astype(np.float32),
        scale=scale,
    )


@contextmanager
def _threads(work: int) -> Iterator[None]:
    """Run small products on one thread, and give the others back afterwards.

    Threads meet after every product. Where one takes milliseconds, they gain little on an idle
    machine and wait for each other on a busy one: fifty times the time was seen.

    Args:
        work: multiplications in the largest product of a step.
    """
    before = torch.get_num_threads()
    if work <= SMALL_PRODUCT:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _weights(model: Autoencoder, kind: Kind, active_features: int, scale: np.float32) -> Weights:
    """Take the weights out, in the embeddings' own unit.

    Activations are homogeneous: with both biases and the threshold times the scale, an
    autoencoder of scaled embeddings is one of the embeddings themselves.
    """
    state = {name: tensor.detach().cpu().numpy() for name, tensor in model.state_dict().items()}
    threshold = state.get("sparsity.threshold", np.float32(0.0)) * scale
    return Weights(
        encoder=state["encoder"].copy(),
        encoder_bias=state["encoder_bias"] * scale,
        decoder=state["decoder"].copy(),
        decoder_bias=state["decoder_bias"] * scale,
        threshold=float(np.float32(threshold)),
        kind=kind,
        active_features=active_features,
    )


def _ignore(step: Step) -> None:
    """Tell nobody."""
