"""One fit: rows that are split and scaled, however they come, in; weights and their curve out."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from saetm.sae.autoencoder import Autoencoder
from saetm.sae.config import Kind, SaeConfig, Sizes
from saetm.sae.feed import Rows
from saetm.sae.optimise import Optimisation, Step
from saetm.sae.start import MEDIAN_ROWS, initial_autoencoder
from saetm.sae.weights import Weights

SMALL_PRODUCT = 2**28  # about 10 ms on one thread


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Rows to learn from, and rows to judge by."""

    training: Rows  # divided by the scale
    examined: NDArray[np.float32]  # (h, D) held-out rows; training rows where none is held out
    n_heldout: int
    centre: NDArray[np.float32]  # (D,) mean of the training rows
    scale: np.float32  # root mean squared distance of all rows to their mean


def fit(
    rows: Split, config: SaeConfig, sizes: Sizes, *, on_step: Callable[[Step], None]
) -> tuple[Weights, tuple[Step, ...]]:
    """Train an autoencoder where the rows lie, and keep its best state on the examined rows.

    Args:
        rows: what to learn from and what to judge by.
        config: settings.
        sizes: dictionary size, active features and passes.
        on_step: is told each look at the examined rows.

    Returns:
        The weights in the rows' own unit, and the looks on the way.
    """
    with _threads(config.batch_size * sizes.dictionary_size * rows.examined.shape[1]):
        model = initial_autoencoder(rows.training.first(MEDIAN_ROWS), config, sizes)
        device = model.decoder.device
        curve = Optimisation(model, rows.training, config, sizes.epochs).run(
            torch.from_numpy(rows.examined / rows.scale).to(device),
            torch.from_numpy(rows.centre / rows.scale).to(device),
            on_step=on_step,
        )
    active_features = 0 if config.kind == "l1" else sizes.active_features
    return _weights(model, config.kind, active_features, rows.scale), curve


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
