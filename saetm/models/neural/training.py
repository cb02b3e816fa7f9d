"""Training of a topic network: epochs of shuffled batches, until the loss is flat."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from saetm.errors import InputError
from saetm.models.model import Advance, Corpus, ModelFit
from saetm.models.neural.batches import batch_of
from saetm.models.neural.network import TopicNetwork

LEAST_BATCH, LEAST_STEPS = 32, 10
WINDOW, FLAT = 20, 2e-3
LOOKED_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long and how fast a network learns.

    TopMost takes 200 epochs of batches of 200. Half as many of half the size are as many steps,
    find topics at least as coherent, and take half the time.
    """

    epochs: int = 100
    least_epochs: int = 40
    """Before these the loss may look flat without being so."""
    batch_size: int | None = 100
    """Halved, down to 32, where it leaves fewer than 10 steps per epoch; None is all items."""
    learning_rate: float = 2e-3
    momentum: float = 0.9
    """The first beta of Adam; at 0.9 products of experts collapse on short items."""

    def steps(self, n_items: int) -> int:
        """Return the number of batches, about equally large, of one epoch."""
        if self.batch_size is None:
            return 1
        size = self.batch_size
        while size > LEAST_BATCH and n_items < LEAST_STEPS * size:
            size //= 2
        return max(1, round(n_items / size))


def fit_network(
    build: Callable[[], TopicNetwork],
    corpus: Corpus,
    seed: int,
    schedule: Schedule,
    advance: Advance,
) -> ModelFit:
    """Build a network, train it on the items that have words, and read its topics.

    Training ends before the last epoch once the mean loss of 20 epochs is less than 0.2 %
    below that of the 20 before. It runs on one thread: threads that meet after every small
    product gain little and wait for each other on a busy machine.

    Raises:
        InputError: the loss is no longer a number.
    """
    with _own_chance(seed), _one_thread():
        network = build()
        _train(network, corpus, schedule, advance)
        network.eval()
        with torch.no_grad():
            topics = network.topics().double().numpy()
            distributions = network.distributions().double().numpy()
            mixtures = _mixtures(network, corpus, len(topics))
    return ModelFit(topics, distributions, mixtures)


@contextmanager
def _own_chance(seed: int) -> Iterator[None]:
    """Seed Torch's own generator, which dropout draws from, and give its state back."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        yield


@contextmanager
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _train(network: TopicNetwork, corpus: Corpus, schedule: Schedule, advance: Advance) -> None:
    items = np.flatnonzero(np.diff(corpus.counts.indptr))
    betas = schedule.momentum, 0.999
    optimiser = torch.optim.Adam(
        network.parameters(), lr=schedule.learning_rate, betas=betas, fused=True
    )
    network.train()
    losses: list[float] = []
    while len(losses) < schedule.epochs and not _is_flat(losses, schedule.least_epochs):
        progress = len(losses) / schedule.epochs
        losses.append(_epoch(network, corpus, optimiser, _shuffled(items, schedule), progress))
        if not np.isfinite(losses[-1]):
            raise InputError(
                f"the training diverged: its loss is {losses[-1]} in {len(losses)} epochs"
            )
        advance(1 / schedule.epochs)
    advance(1 - len(losses) / schedule.epochs)


def _shuffled(items: NDArray[np.intp], schedule: Schedule) -> list[NDArray[np.intp]]:
    order = torch.randperm(len(items)).numpy()
    return np.array_split(items[order], schedule.steps(len(items)))


def _epoch(
    network: TopicNetwork,
    corpus: Corpus,
    optimiser: torch.optim.Optimizer,
    batches: list[NDArray[np.intp]],
    progress: float,
) -> float:
    """Take one step per batch; return the mean loss."""
    total = 0.0
    for items in batches:
        optimiser.zero_grad()
        loss = network.loss(batch_of(corpus, items), progress)
        loss.backward()  # type: ignore[no-untyped-call] # Torch's own
        optimiser.step()
        total += loss.item()
    return total / len(batches)


def _is_flat(losses: list[float], least_epochs: int) -> bool:
    if len(losses) < max(least_epochs, 2 * WINDOW):
        return False
    before, now = np.mean(losses[-2 * WINDOW : -WINDOW]), np.mean(losses[-WINDOW:])
    return bool(before - now < FLAT * abs(before))


def _mixtures(network: TopicNetwork, corpus: Corpus, n_topics: int) -> NDArray[np.float64]:
    """Return (N, T) mixtures; zeros where an item has no words and only these are read."""
    readable = np.diff(corpus.counts.indptr) > 0
    items = np.flatnonzero(readable | network.reads_embeddings)
    mixtures = np.zeros((corpus.n_items, n_topics))
    for first in range(0, len(items), LOOKED_AT_ONCE):
        some = items[first : first + LOOKED_AT_ONCE]
        mixtures[some] = network.mixtures(batch_of(corpus, some)).double().numpy()
    return mixtures
