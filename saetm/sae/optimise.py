"""The loop of a training: losses, the schedule, and the best state on held-out rows."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from saetm.sae.autoencoder import Autoencoder
from saetm.sae.compiled_learning import CompiledLearner
from saetm.sae.config import SaeConfig
from saetm.sae.feed import Rows
from saetm.sae.learning import Learner, TorchLearner
from saetm.sae.peers import ALONE, Peers
from saetm.sae.revival import Silence
from saetm.sae.sparsity import BatchTopK

_LOOKS = 20  # at the held-out rows in one training at most
_STEPS_BETWEEN = 5  # looks at least, for a look costs about half of a step
_LOOK_SHARE = 0.05  # of the rows that a training takes, looked at in all
_LOOK_ROWS = 256  # training rows that set the threshold for one look
_ENTRIES_AT_ONCE = 2**25  # activations held at once outside of a step: 128 MiB


@dataclass(frozen=True, slots=True)
class Step:
    """A look at a training on its way."""

    number: int  # steps done, from 1
    n_steps: int  # steps in all
    loss: float  # squared error of the last batch, as a share of the variance of all rows
    variance_explained: float  # of held-out rows; of training rows where none is held out


class Optimisation:
    """A training on its way: the autoencoder, the learner that changes it, and the rows."""

    def __init__(self, model: Autoencoder, training: Rows, config: SaeConfig, epochs: int) -> None:
        """Begin.

        Args:
            model: the autoencoder, changed in place.
            training: n rows scaled to a total variance of about one.
            config: learning rate, batch size, losses and seed.
            epochs: passes over the training rows.
        """
        self.model = model
        self.training = training
        self.config = config
        self.epochs = epochs
        self.learner = learner_for(model, config, len(training), training.peers)

    def run(
        self, judged: Tensor, centre: Tensor, *, on_step: Callable[[Step], None]
    ) -> tuple[Step, ...]:
        """Take all steps, leave the best state in the model, and return the looks at it.

        Args:
            judged: (h, D) rows that choose the best state, or the first of them where all
                looks together would take more than a twentieth of the rows.
            centre: (D,) what explains nothing.
            on_step: is told each look.
        """
        n_steps = self.epochs * math.ceil(len(self.training) / self.config.batch_size)
        n_looks = max(1, min(_LOOKS, n_steps // _STEPS_BETWEEN))
        affordable = int(_LOOK_SHARE * self.epochs * len(self.training) / n_looks)
        judged, settling = judged[: max(1, affordable)], self.training.first(_LOOK_ROWS)
        looks: list[Step] = []
        best, state = -math.inf, _copy(self.model)
        for number, rows in enumerate(self._batches(), start=1):
            loss = self.learner.step(rows, learning_rate(number, n_steps, self.config))
            if number * n_looks // n_steps == (number - 1) * n_looks // n_steps:
                continue
            settle_threshold(self.model, settling)
            look = Step(number, n_steps, loss, _explained(self.model, judged, centre))
            on_step(look)
            looks.append(look)
            if look.variance_explained > best:
                best, state = look.variance_explained, _copy(self.model)
        self.model.load_state_dict(state)
        n_rows = max(1, _ENTRIES_AT_ONCE // len(self.model.decoder))
        settle_threshold(self.model, self.training.first(n_rows))
        return tuple(looks)

    def _batches(self) -> Iterator[Tensor]:
        generator = torch.Generator().manual_seed(self.config.seed + 1)  # 0: the first directions
        for _ in range(self.epochs):
            yield from self.training.epoch(self.config.batch_size, generator)


def learner_for(
    model: Autoencoder, config: SaeConfig, n_rows: int, peers: Peers = ALONE
) -> Learner:
    """Choose how steps are taken: by compiled loops where they can, else by Torch.

    Args:
        model: the autoencoder, changed in place by each step.
        config: learning rate, losses, and the rule of sparsity.
        n_rows: training rows in a pass, of all processes.
        peers: with whom every batch is shared.
    """
    device = model.encoder.device
    patience = config.dead_patience * n_rows
    silence = Silence(len(model.encoder), patience=patience, device=device, peers=peers)
    compiles = device.type == "cpu" and config.kind != "l1"
    return (CompiledLearner if compiles else TorchLearner)(model, config, silence, peers)


def learning_rate(number: int, n_steps: int, config: SaeConfig) -> float:
    """Return the learning rate of step `number`: it rises, stays, and falls towards zero.

    Example:
        >>> config = SaeConfig(learning_rate=1.0, warmup_share=0.2, decay_share=0.5)
        >>> [learning_rate(number, 10, config) for number in (1, 2, 5, 6, 10)]
        [0.5, 1.0, 1.0, 1.0, 0.2]
    """
    rising = number / max(1.0, config.warmup_share * n_steps)
    falling = (n_steps - number + 1) / max(1.0, config.decay_share * n_steps)
    return config.learning_rate * min(1.0, rising, falling)


@torch.no_grad()
def settle_threshold(model: Autoencoder, rows: Tensor) -> None:
    """Set the threshold of BatchTopK so that (n, D) rows have k active features on average.

    One pass in training mode does it; rules without a threshold are left as they are.
    """
    model.train()
    if isinstance(model.sparsity, BatchTopK):
        model.activate(rows - model.decoder_bias)


@torch.no_grad()
def _explained(model: Autoencoder, judged: Tensor, centre: Tensor) -> float:
    """Return the share of the squared distances of (h, D) rows to a centre that is explained."""
    model.eval()
    n_rows = max(1, _ENTRIES_AT_ONCE // len(model.decoder))
    missed = sum(
        float((rows - model(rows).reconstruction).square().sum())
        for rows in torch.split(judged, n_rows)
    )
    model.train()
    total = float((judged - centre).square().sum())
    return 1.0 - missed / max(total, torch.finfo(torch.float32).tiny)


def _copy(model: Autoencoder) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}
