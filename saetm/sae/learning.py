"""One step of learning: from a batch of rows to changed parameters, on any device."""

from typing import Protocol

import torch
from torch import Tensor

from saetm.sae.autoencoder import Autoencoder
from saetm.sae.config import SaeConfig
from saetm.sae.peers import ALONE, Peers, total
from saetm.sae.revival import Silence, revival


class Learner(Protocol):
    """Changes an autoencoder step by step."""

    def step(self, rows: Tensor, rate: float) -> float:
        """Learn from (n, D) rows at a learning rate; return the mean squared error of a row.

        Among peers, rows are this process's share of a batch, and the error is that of all.
        """


class TorchLearner:
    """Gradients and Adam by Torch, for every rule of sparsity on every device."""

    def __init__(
        self, model: Autoencoder, config: SaeConfig, silence: Silence, peers: Peers = ALONE
    ) -> None:
        self._model = model
        self._config = config
        self._silence = silence
        self._peers = peers
        self._adam = torch.optim.Adam(model.parameters(), lr=config.learning_rate, fused=True)

    def step(self, rows: Tensor, rate: float) -> float:
        """Learn from (n, D) rows at a learning rate; return the mean squared error of a row."""
        self._adam.param_groups[0]["lr"] = rate
        n_rows = total(self._peers, len(rows), rows)
        result = self._model(rows, self._peers)
        residual = rows - result.reconstruction.detach()
        missed = self._peers.add(residual.square().sum())
        dead = self._silence.after(result.active.columns, n_rows)
        further = result.penalty * (len(rows) / n_rows)
        if len(dead) and self._config.auxiliary_coefficient:
            further = further + self._config.auxiliary_coefficient * self._revival(
                rows, residual, dead, missed
            )
        self._adam.zero_grad()
        of_error = residual * (-2 / n_rows)  # gradient of the squared error
        if further.requires_grad:
            torch.autograd.backward([result.reconstruction, further], [of_error, None])
        else:
            result.reconstruction.backward(of_error)
        for parameter in self._model.parameters():
            if parameter.grad is not None:
                self._peers.add(parameter.grad)
        self._adam.step()
        self._model.constrain(pull=min(1.0, rate * self._config.encoder_tie))
        return float(missed / n_rows)

    def _revival(self, rows: Tensor, residual: Tensor, dead: Tensor, missed: Tensor) -> Tensor:
        model = self._model
        parts = (model.encoder, model.encoder_bias, model.decoder)
        dying = (each[dead] for each in parts)
        return revival(rows - model.decoder_bias, residual, *dying, whole=missed)
