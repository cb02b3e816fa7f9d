"""One step of learning by compiled loops: what a processor does fastest.

Torch's step spends most of its time on carrying gradients of all parameters from one operation
to the next. Here an item is reconstructed and its slopes are taken while its decoder rows are
near the processor, and Adam walks each array once.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from torch import Tensor

from saetm.crew import Crew
from saetm.sae.autoencoder import Autoencoder
from saetm.sae.config import SaeConfig
from saetm.sae.loops import (
    Pace,
    Pairs,
    Rounded,
    Turned,
    follow,
    reconstruct_items,
    round_rows,
    sum_vectors,
    tie_features,
)
from saetm.sae.pattern import Pattern
from saetm.sae.peers import ALONE, Peers, total
from saetm.sae.preactivations import Preactivations
from saetm.sae.quantised import Quantised, is_fast, spread_errors
from saetm.sae.revival import Silence, revival

Floats = NDArray[np.float32]


class CompiledLearner:
    """Gradients and Adam by compiled loops, for rules without a penalty on a CPU.

    The same steps as `TorchLearner` within rounding, and the same bits for any number of threads.
    """

    def __init__(
        self, model: Autoencoder, config: SaeConfig, silence: Silence, peers: Peers = ALONE
    ) -> None:
        self._model = model
        self._config = config
        self._silence = silence
        self._peers = peers
        self._crew = Crew(torch.get_num_threads())
        self._parameters = {
            name: each.detach().numpy() for name, each in model.named_parameters()
        }  # the model's own memory
        self._first = {name: np.zeros_like(each) for name, each in self._parameters.items()}
        self._second = {name: np.zeros_like(each) for name, each in self._parameters.items()}
        self._gradients = {name: np.empty_like(each) for name, each in self._parameters.items()}
        self._n_steps = 0
        self._rounded = _place_for(model.encoder.detach())

    def step(self, rows: Tensor, rate: float) -> float:
        """Learn from (n, D) rows at a learning rate; return the mean squared error of a row."""
        n_rows = total(self._peers, len(rows), rows)
        items = rows - self._model.decoder_bias.detach()
        active, values = self._activate(items)
        pairs = _pairs(active, values)
        slope = np.empty_like(items.numpy())
        decoder = self._parameters["decoder"]
        errors = self._crew.walk(
            reconstruct_items, pairs.start, pairs, items.numpy(), decoder, slope
        )
        self._sum(pairs, items.numpy(), slope)
        self._weigh(len(rows), n_rows)
        dead = self._silence.after(active.columns, n_rows)
        if len(dead) and self._config.auxiliary_coefficient:
            self._revive(items, torch.from_numpy(slope) * (-len(rows) / 2), dead)
        for gradient in self._gradients.values():
            self._peers.add(torch.from_numpy(gradient))
        self._follow(rate)
        return float(self._peers.add(torch.tensor(sum(errors), dtype=torch.float64))) / n_rows

    @torch.no_grad()
    def _activate(self, items: Tensor) -> tuple[Pattern, Tensor]:
        model = self._model
        pre = Preactivations(
            items, model.encoder, model.encoder_bias, self._quantised(), self._peers
        )
        active, values = model.sparsity(pre)
        return active, values

    def _quantised(self) -> Quantised | None:
        """Round the encoder as it is now."""
        if self._rounded is None:
            return None
        encoder, rounded = self._parameters["encoder"], self._rounded
        self._crew.walk(round_rows, np.arange(len(encoder) + 1), encoder, rounded)
        numbers, steps, norms = (torch.from_numpy(each) for each in rounded)
        return Quantised(numbers, steps, norms, spread_errors(steps, encoder.shape[1]))

    def _sum(self, pairs: Pairs, items: Floats, slope: Floats) -> None:
        """Sum the gradients of all parameters.

        The centre is taken from every item before the encoder, so what its features pass on to
        it are the encoder's rows times the gradient of the encoder's bias.
        """
        encoder, gradients = self._parameters["encoder"], self._gradients
        turned = _turned(pairs, len(encoder))
        costs = turned.start.astype(np.int64) + np.arange(len(encoder) + 1)
        walk = self._crew.walk
        walk(sum_vectors, costs, turned, pairs.gradient, items, gradients["encoder"])
        walk(sum_vectors, costs, turned, pairs.value, slope, gradients["decoder"])
        gradients["encoder_bias"][:] = np.bincount(pairs.feature, pairs.gradient, len(encoder))
        gradients["decoder_bias"][:] = slope.sum(axis=0) - gradients["encoder_bias"] @ encoder

    def _weigh(self, n_rows: int, n_all: int) -> None:
        """Turn gradients of a mean over n rows into this process's part of that over all."""
        if n_rows < n_all:
            for gradient in self._gradients.values():
                np.multiply(gradient, np.float32(n_rows / n_all), out=gradient)

    def _revive(self, items: Tensor, residual: Tensor, dead: Tensor) -> None:
        """Add the gradients of the loss that wakes dead features."""
        names = ("encoder", "encoder_bias", "decoder")
        parts = [torch.from_numpy(self._parameters[name])[dead] for name in names]
        leaves = [each.requires_grad_() for each in (items.clone(), *parts)]
        whole = self._peers.add(residual.square().sum())
        missed = revival(leaves[0], residual, *leaves[1:], whole=whole)
        loss = self._config.auxiliary_coefficient * missed
        of_items, *of_parts = torch.autograd.grad(loss, leaves)
        for name, gradient in zip(names, of_parts, strict=True):
            self._gradients[name][dead.numpy()] += gradient.numpy()
        self._gradients["decoder_bias"] -= of_items.sum(dim=0).numpy()

    def _follow(self, rate: float) -> None:
        """Take a step along the gradients, and keep the two layers in shape."""
        self._n_steps += 1
        pace = Pace(
            np.float32(rate / (1 - 0.9**self._n_steps)),
            np.float32((1 - 0.999**self._n_steps) ** -0.5),
        )
        for name, parameter in self._parameters.items():
            slope, first, second = (
                np.atleast_2d(each[name]) for each in (self._gradients, self._first, self._second)
            )
            costs, rows = np.arange(len(slope) + 1), np.atleast_2d(parameter)
            self._crew.walk(follow, costs, slope, rows, first, second, pace)
        encoder, decoder = self._parameters["encoder"], self._parameters["decoder"]
        pull = np.float32(min(1.0, rate * self._config.encoder_tie))
        self._crew.walk(tie_features, np.arange(len(encoder) + 1), encoder, decoder, pull)


def _place_for(encoder: Tensor) -> Rounded | None:
    """Return room for a (K, D) encoder in eight bits, where those are fast."""
    if not is_fast(encoder):
        return None
    n_features = len(encoder)
    steps, norms = np.empty(n_features, np.float32), np.empty(n_features, np.float32)
    return Rounded(np.empty(encoder.shape, np.int8), steps, norms)


def _pairs(active: Pattern, values: Tensor) -> Pairs:
    numbers = values.numpy()
    return Pairs(active.starts.numpy(), active.columns.numpy(), numbers, np.empty_like(numbers))


def _turned(pairs: Pairs, n_features: int) -> Turned:
    places = np.arange(len(pairs.feature), dtype=np.int32)
    shape = len(pairs.start) - 1, n_features
    by_item = sparse.csr_array((places, pairs.feature, pairs.start), shape=shape)
    by_feature = by_item.tocsc()
    return Turned(by_feature.indptr, by_feature.indices, by_feature.data)
