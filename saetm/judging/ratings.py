"""One rating per model from the answers to its duels, with an interval over items."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from saetm.errors import ContractError
from saetm.judging.bradley_terry import linked, strengths, with_phantoms
from saetm.judging.duels import Duel
from saetm.judging.elo import elo
from saetm.metrics.intervals import FEWEST_UNITS, SEED, Estimate, around, times_drawn
from saetm.prompts.duels import POINTS, Answer


@dataclass(frozen=True, slots=True)
class Rating:
    """What the duels of a model say about it."""

    model: str
    elo: Estimate  # units: items
    strength: float  # of Bradley and Terry; their geometric mean over the models is 1
    wins: int
    ties: int
    losses: int


@dataclass(frozen=True, slots=True, eq=False)
class _Results:
    """Answers as arrays, (n,) each."""

    item: NDArray[np.int64]
    first: NDArray[np.int64]
    second: NDArray[np.int64]
    points: NDArray[np.float64]  # of the first: 1, a half or 0


def rate(
    models: Sequence[str], answered: Sequence[tuple[Duel, Answer]], *, seed: int = SEED
) -> list[Rating]:
    """Rate models by their duels.

    A tie is half a win for both, and each two models that met have one tie more
    (`bradley_terry.with_phantoms`). Items are drawn for the interval, each with all its duels:
    answers about one item are not independent.

    Args:
        models: names, each once.
        answered: duels with their answers.
        seed: of the interval.

    Returns:
        A rating per model, the best first, equal ones by name.

    Raises:
        ContractError: no chain of duels links two of the models.
    """
    results = _results(models, answered)
    n_models = len(models)
    by_item = _wins_by_item(results, n_models)
    wins = np.asarray(by_item.sum(axis=0), dtype=np.float64).reshape(n_models, n_models)
    met = wins + wins.T > 0
    _check_linked(models, met)
    found = strengths(with_phantoms(wins, met))
    estimates = _estimates(elo(found), by_item, met, seed)
    rows = zip(models, estimates, found.tolist(), _counts(results, n_models), strict=True)
    ratings = [Rating(model, score, p, *counts) for model, score, p, counts in rows]
    return sorted(ratings, key=lambda each: (-each.elo.value, each.model))


def _results(models: Sequence[str], answered: Sequence[tuple[Duel, Answer]]) -> _Results:
    place = {model: number for number, model in enumerate(models)}
    items = [duel.item_id for duel, _ in answered]
    return _Results(
        np.unique(np.array(items, dtype=str), return_inverse=True)[1].astype(np.int64),
        np.array([place[duel.first] for duel, _ in answered], dtype=np.int64),
        np.array([place[duel.second] for duel, _ in answered], dtype=np.int64),
        np.array([POINTS[answer] for _, answer in answered], dtype=np.float64),
    )


def _wins_by_item(results: _Results, n_models: int) -> "csr_array[np.float64]":
    """Return (D, M * M) who beat whom how often, over each item."""
    cells = (
        results.first * n_models + results.second,
        results.second * n_models + results.first,
    )
    points = np.concatenate([results.points, 1 - results.points])
    places = (np.tile(results.item, 2), np.concatenate(cells))
    n_items = int(results.item.max(initial=-1)) + 1
    return csr_array((points, places), shape=(n_items, n_models**2))


def _check_linked(models: Sequence[str], met: NDArray[np.bool_]) -> None:
    groups = linked(met)
    if groups.max(initial=0) > 0:
        stranger = models[int(np.flatnonzero(groups != groups[0])[0])]
        raise ContractError(
            f"no answers link {models[0]!r} with {stranger!r}, so both cannot be rated on one "
            "scale: they need answers over items of which both say something"
        )


def _estimates(
    values: NDArray[np.float64],
    by_item: "csr_array[np.float64]",
    met: NDArray[np.bool_],
    seed: int,
) -> list[Estimate]:
    n_items, n_models = by_item.shape[0], len(values)
    if n_items < FEWEST_UNITS:
        return [Estimate(value, None, None, n_items) for value in values.tolist()]
    wins = np.asarray(times_drawn(n_items, seed) @ by_item).reshape(-1, n_models, n_models)
    drawn = elo(strengths(with_phantoms(wins, met)))
    return [around(value, drawn[:, each], n_items) for each, value in enumerate(values.tolist())]


def _counts(results: _Results, n_models: int) -> list[tuple[int, int, int]]:
    """Count wins, ties and losses of each model."""
    models = np.concatenate([results.first, results.second])
    points = np.concatenate([results.points, 1 - results.points])
    columns = [
        np.bincount(models[points == each], minlength=n_models).tolist() for each in (1.0, 0.5, 0.0)
    ]
    return list(zip(*columns, strict=True))
