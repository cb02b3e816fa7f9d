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
from saetm.sae.encode import encode, variance_explained
from saetm.sae.optimise import Optimisation, Step
from saetm.sae.start import initial_autoencoder, split_rows
from saetm.sae.weights import Weights

SMALL_PRODUCT = 2**28  # about 10 ms on one thread


@dataclass(frozen=True, slots=True, eq=False)
class Training:
    """A trained autoencoder and how good it is."""

    weights: Weights  # the best of the curve
    centre: NDArray[np.float32]  # (D,) mean of the training rows; variance is measured from it
    curve: tuple[Step, ...]  # about 20 looks, the last after the last step
    variance_explained: float | None  # of held-out rows; None where none is held out
    l0: float  # mean number of active features per held-out row (training row where none is)
    dead_share: float  # share of features that fire for no training row
    n_training: int  # rows it learned from
    n_heldout: int  # rows kept aside; 0 of fewer than 20 items
    config: SaeConfig  # the settings used, with every size that was chosen


def train(
    embeddings: NDArray[np.float32],
    config: SaeConfig,
    *,
    device: str = "cpu",
    on_step: Callable[[Step], None] | None = None,
) -> Training:
    """Train a sparse autoencoder and keep its best state on held-out rows.

    Small data overfits: the training loss still falls when held-out rows are explained worse.
    So a tenth of the rows judges the training at about 20 points and the best one is kept; its
    variance explained is therefore very slightly optimistic. Same rows and settings on a CPU:
    same bytes, where products are small enough for one thread; else also the same number of
    threads. On a GPU sums of gradients have no fixed order, and two runs differ like runs with
    two seeds.

    Args:
        embeddings: (N, D) finite vectors of any common scale, N at least 2.
        config: settings; sizes that are None are chosen from N and D.
        device: where to train, as Torch names it.
        on_step: is told each look at the held-out rows.

    Raises:
        ContractError: fewer than two embeddings, one that is not finite, or all equal.
    """
    rows = _checked(embeddings)
    sizes = config.sizes(*rows.shape)
    training_ids, heldout_ids = split_rows(
        len(rows), heldout_share=config.heldout_share, seed=config.seed
    )
    training, heldout, scale = rows[training_ids], rows[heldout_ids], _scale(rows)
    scaled = torch.from_numpy(training / scale).to(device)
    judged = torch.from_numpy(heldout / scale).to(device) if len(heldout) else scaled
    model = initial_autoencoder(scaled, config, sizes)
    optimisation = Optimisation(model, scaled, config, sizes.epochs)
    with _threads(config.batch_size * sizes.dictionary_size * rows.shape[1]):
        curve = optimisation.run(judged, on_step=on_step or _ignore)
    active_features = 0 if config.kind == "l1" else sizes.active_features
    weights = _weights(model, config.kind, active_features, scale)
    judged_codes = encode(heldout if len(heldout) else training, weights, device=device)
    fired = np.unique(encode(training, weights, device=device).indices)
    centre = training.mean(axis=0, dtype=np.float64).astype(np.float32)
    return Training(
        weights=weights,
        centre=centre,
        curve=curve,
        variance_explained=_explained(heldout, weights, centre, device),
        l0=judged_codes.nnz / judged_codes.shape[0],
        dead_share=1.0 - len(fired) / weights.dictionary_size,
        n_training=len(training),
        n_heldout=len(heldout),
        config=config.model_copy(update=asdict(sizes)),
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


def _checked(embeddings: NDArray[np.float32]) -> NDArray[np.float32]:
    rows = np.ascontiguousarray(embeddings, dtype=np.float32)
    if rows.ndim != 2 or len(rows) < 2 or rows.shape[1] == 0:
        raise ContractError(f"embeddings are {rows.shape}, not (N, D) with N at least 2")
    if not np.isfinite(rows).all():
        row = int(np.flatnonzero(~np.isfinite(rows).all(axis=1))[0])
        raise ContractError(f"embedding {row} has a value that is not finite")
    if (rows == rows[0]).all():
        raise ContractError(f"all {len(rows)} embeddings are equal: there is nothing to learn")
    return rows


def _scale(rows: NDArray[np.float32]) -> np.float32:
    """Return the root mean squared distance of the rows to their mean."""
    centre = rows.mean(axis=0, dtype=np.float64)
    return np.float32(np.sqrt(np.square(rows - centre).sum(axis=1).mean()))


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


def _explained(
    heldout: NDArray[np.float32],
    weights: Weights,
    centre: NDArray[np.float32],
    device: str,
) -> float | None:
    if len(heldout) == 0:
        return None
    return variance_explained(heldout, weights, centre=centre, device=device)


def _ignore(step: Step) -> None:
    """Tell nobody."""
