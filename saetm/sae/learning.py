"""One step of learning: from a batch of rows to changed parameters, on any device."""

from typing import Protocol

import torch
from torch import Tensor

from saetm.sae.autoencoder import Autoencoder
from saetm.sae.config import SaeConfig
from saetm.sae.revival import Silence, revival


class Learner(Protocol):
    """Changes an autoencoder step by step."""

    def step(self, rows: Tensor, rate: float) -> float:
        """Learn from (n, D) rows at a learning rate; return the mean squared error of a row."""


class TorchLearner:
    """Gradients and Adam by Torch, for every rule of sparsity on every device."""

    def __init__(self, model: Autoencoder, config: SaeConfig, silence: Silence) -> None:
        self._model = model
        self._config = config
        self._silence = silence
        self._adam = torch.optim.Adam(model.parameters(), lr=config.learning_rate, fused=True)

    def step(self, rows: Tensor, rate: float) -> float:
        """Learn from (n, D) rows at a learning rate; return the mean squared error of a row."""
        self._adam.param_groups[0]["lr"] = rate
        result = self._model(rows)
        residual = rows - result.reconstruction.detach()
        dead = self._silence.after(result.active.columns, len(rows))
        further = result.penalty
        if len(dead) and self._config.auxiliary_coefficient:
            further = further + self._config.auxiliary_coefficient * self._revival(
                rows, residual, dead
            )
        self._adam.zero_grad()
        of_error = residual * (-2 / len(rows))  # gradient of the squared error
        if further.requires_grad:
            torch.autograd.backward([result.reconstruction, further], [of_error, None])
        else:
            result.reconstruction.backward(of_error)
        self._adam.step()
        self._model.constrain(pull=min(1.0, rate * self._config.encoder_tie))
        return float(residual.square().sum() / len(rows))

    def _revival(self, rows: Tensor, residual: Tensor, dead: Tensor) -> Tensor:
        model = self._model
        parts = (model.encoder, model.encoder_bias, model.decoder)
        return revival(rows - model.decoder_bias, residual, *(each[dead] for each in parts))
