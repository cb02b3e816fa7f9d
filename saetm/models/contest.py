"""A model's fit to all items, and its refits, from which one knows how far to trust it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from saetm.metrics.perplexity import perplexity
from saetm.models.model import Advance, Corpus, Fit, ModelFit

PARTS = 10  # one of which a refit leaves out
HASH_DIGITS = 8  # of an item's id that say in which part it is


@dataclass(frozen=True, slots=True)
class Task:
    """One fit that is wanted."""

    topic_count: int  # K
    refit: int  # 0 on all items; from 1 on nine tenths of them
    seed: int


@dataclass(frozen=True, slots=True, eq=False)
class Contender:
    """What a task came to."""

    fit: ModelFit  # topics heaviest first
    weights: NDArray[np.float64]  # (T,) mean share of each topic over the items fitted
    perplexity: float | None  # of the items left out; None where none were


def tasks(counts: tuple[int, ...], refits: int, seed: int) -> list[Task]:
    """Return the fits that a contest asks of a model, number by number of topics."""
    return [
        Task(count, refit, seed + refit) for count in sorted(counts) for refit in range(refits + 1)
    ]


def left_out(item_ids: list[str], refit: int) -> NDArray[np.bool_]:
    """Tell which of N items a refit leaves out: a tenth, by their hashes; none for refit 0.

    The same items are left out for every model, and stay so when items are added.
    """
    if refit == 0:
        return np.zeros(len(item_ids), dtype=np.bool_)
    parts = [int(item_id[:HASH_DIGITS], 16) % PARTS for item_id in item_ids]
    return np.array(parts) == (refit - 1) % PARTS


def contend(
    fit: Fit, corpus: Corpus, item_ids: list[str], task: Task, advance: Advance
) -> Contender:
    """Fit a model, and ask how well its topics foretell words of items that it has not seen.

    Args:
        fit: the model.
        corpus: N items.
        item_ids: (N,) ids, which are hashes.
        task: how many topics, which items and which seed.
        advance: is told the share of the work done just now.

    Raises:
        InputError: as the model's fit.
    """
    unseen = left_out(item_ids, task.refit)
    seen = corpus.rows(np.flatnonzero(~unseen)) if unseen.any() else corpus
    fitted, weights = _by_weight(fit(seen, task.topic_count, task.seed, advance))
    if not unseen.any():
        return Contender(fitted, weights, None)
    heldout = corpus.counts[np.flatnonzero(unseen)]
    return Contender(fitted, weights, _foretold(fitted, seen, heldout))


def _foretold(fit: ModelFit, seen: Corpus, heldout: "sparse.csr_array[np.float64]") -> float | None:
    """Return the perplexity of held-out words; None where no item has two of them."""
    unigram = np.asarray(seen.counts.sum(axis=0), dtype=np.float64)
    if not (heldout[:, np.flatnonzero(unigram)].sum(axis=1) > 1).any():
        return None
    return perplexity(fit.distributions, heldout, unigram / unigram.sum())


def _by_weight(fit: ModelFit) -> tuple[ModelFit, NDArray[np.float64]]:
    weights = fit.mixtures.mean(axis=0)
    order = np.argsort(-weights, kind="stable")
    ordered = ModelFit(fit.scores[order], fit.distributions[order], fit.mixtures[:, order])
    return ordered, weights[order]
