"""Training on tokens: a stream of their states in, an autoencoder of them out."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from saetm.sae.config import SaeConfig
from saetm.sae.encode import variance_explained
from saetm.sae.fit import Split, fit
from saetm.sae.optimise import Step
from saetm.sae.weights import Weights
from saetm.tokens.config import TokenConfig
from saetm.tokens.shuffle import ShuffledFeed
from saetm.tokens.stream import Stream
from saetm.tokens.survey import Survey, survey

ENOUGH = 1_000_000  # tokens shown; where there are fewer, they are shown again
MOST_EPOCHS = 20
PATIENCE = 20_000  # tokens without one activation after which a feature is dead; or 3 epochs
BATCH = 512  # tokens per step


@dataclass(frozen=True, slots=True, eq=False)
class TokenTraining:
    """A trained autoencoder of token states."""

    weights: Weights
    curve: tuple[Step, ...]  # at most 20 looks at the held-out tokens
    variance_explained: float  # of held-out tokens, or of training tokens where none is
    n_training: int  # tokens it learned from
    n_heldout: int
    config: SaeConfig  # the settings used, with every size that was chosen


def train_on_tokens(
    stream: Stream,
    config: TokenConfig,
    *,
    device: str = "cpu",
    on_step: Callable[[Step], None] | None = None,
) -> TokenTraining:
    """Train a sparse autoencoder on token states that need not fit into memory.

    The stream is read once for a survey, and once per epoch through a shuffle buffer; memory is
    the buffer, two samples and the autoencoder, whatever the number of tokens. Same stream and
    settings on a CPU: same bytes.

    Args:
        stream: texts in random order; at every reading the same.
        config: sizes, buffer and seed.
        device: where to train, as Torch names it.
        on_step: is told each look at the held-out tokens.

    Raises:
        ContractError: there are fewer than 100 tokens, a state is not finite, or all are equal.
    """
    found = survey(stream, config.seed)
    settings = sae_config(config, found.training.count, found.training.sample.shape[1])
    rows = _split(stream, found, config, device)
    sizes = settings.sizes(len(rows.training), len(rows.centre))
    weights, curve = fit(rows, settings, sizes, on_step=on_step or _ignore)
    return TokenTraining(
        weights=weights,
        curve=curve,
        variance_explained=variance_explained(
            rows.examined, weights, centre=rows.centre, device=device
        ),
        n_training=found.training.count,
        n_heldout=0 if found.heldout is None else found.heldout.count,
        config=settings,
    )


def sae_config(config: TokenConfig, n_tokens: int, width: int) -> SaeConfig:
    """Return the settings of the training; sizes that are None are chosen.

    Args:
        config: what was asked for.
        n_tokens: tokens to learn from.
        width: H.
    """
    size = config.dictionary_size or dictionary_size_for(n_tokens, width)
    return SaeConfig(
        dictionary_size=size,
        active_features=min(config.active_features, size),
        epochs=min(max(round(ENOUGH / n_tokens), 1), MOST_EPOCHS),
        batch_size=min(BATCH, max(n_tokens // 50, 64)),
        dead_patience=min(PATIENCE / n_tokens, 3.0),
        seed=config.seed,
    )


def dictionary_size_for(n_tokens: int, width: int) -> int:
    """Choose F: the power of two nearest to 4 sqrt(tokens), from 64 to 16 features per component.

    Example:
        >>> [dictionary_size_for(n, 384) for n in (1_000, 20_000, 1_200_000, 2_000_000)]
        [128, 512, 4096, 4096]
        >>> dictionary_size_for(20_000_000, 3584)
        16384
    """
    wanted = 2 ** round(math.log2(4 * math.sqrt(n_tokens)))
    most = 2 ** math.floor(math.log2(16 * width))
    return max(min(wanted, most), 64)


def _split(stream: Stream, found: Survey, config: TokenConfig, device: str) -> Split:
    moments = found.training.moments
    scale = np.float32(np.sqrt(moments.spread / moments.count))
    feed = ShuffledFeed(
        partial(found.blocks, stream),
        moments.count,
        found.training.sample,
        float(scale),
        device,
        config.buffer_tokens,
    )
    judges = found.training if found.heldout is None else found.heldout
    n_heldout = 0 if found.heldout is None else found.heldout.count
    return Split(feed, judges.sample, n_heldout, moments.mean.astype(np.float32), scale)


def _ignore(step: Step) -> None:
    """Tell nobody."""
