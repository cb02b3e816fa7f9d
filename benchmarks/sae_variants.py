"""Ways to train that saetm does not offer, to know what they would give on small data."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from unittest.mock import patch

import torch
from torch import Tensor
from torch.nn import functional

from saetm.sae.autoencoder import Autoencoder
from saetm.sae.config import SaeConfig, Sizes
from saetm.sae.learning import Learner
from saetm.sae.start import initial_autoencoder

PREFIXES = (8, 2, 1)  # the dictionary size over these


class NestedLearner:
    """Matryoshka (Bussmann et al. 2025): the first features have to do without the others.

    The loss is the mean over prefixes of the dictionary of what each leaves unexplained, by dense
    products; dead features are not revived.
    """

    def __init__(self, model: Autoencoder, config: SaeConfig) -> None:
        self._model = model
        self._tie = config.encoder_tie
        self._adam = torch.optim.Adam(model.parameters(), lr=config.learning_rate, fused=True)

    def step(self, rows: Tensor, rate: float) -> float:
        """Learn from (n, D) rows at a learning rate; return the mean squared error of a row."""
        model = self._model
        self._adam.param_groups[0]["lr"] = rate
        items = rows - model.decoder_bias
        active, values = model.activate(items)
        pre = functional.linear(items, model.encoder, model.encoder_bias)
        codes = pre * (active.dense(values) > 0)
        errors = []
        for part in PREFIXES:
            size = len(model.decoder) // part
            left = items - codes[:, :size] @ model.decoder[:size]
            errors.append(left.square().sum() / len(rows))
        self._adam.zero_grad()
        torch.stack(errors).mean().backward()
        self._adam.step()
        model.constrain(pull=min(1.0, rate * self._tie))
        return float(errors[-1].detach())


@contextmanager
def nested() -> Iterator[None]:
    """Train as Matryoshka."""

    def learner(model: Autoencoder, config: SaeConfig, _: int) -> Learner:
        return NestedLearner(model, config)

    with patch("saetm.sae.optimise.learner_for", learner):
        yield


@contextmanager
def begun_at_items() -> Iterator[None]:
    """Let directions begin at random items, as seen from the centre."""

    def initial(sample: Tensor, config: SaeConfig, sizes: Sizes) -> Autoencoder:
        model = initial_autoencoder(sample, config, sizes)
        generator = torch.Generator().manual_seed(config.seed)
        drawn = torch.randint(len(sample), (sizes.dictionary_size,), generator=generator)
        directions = functional.normalize(sample[drawn] - model.decoder_bias.detach(), dim=1)
        with torch.no_grad():
            model.decoder.copy_(directions)
            model.encoder.copy_(config.encoder_scale * directions)
        return model

    with patch("saetm.sae.train.initial_autoencoder", initial):
        yield


VARIANTS: dict[str, Callable[[], AbstractContextManager[None]]] = {
    "nested dictionaries (Matryoshka)": nested,
    "directions begin at items": begun_at_items,
}
