"""How far two judges agree beyond chance: Cohen's kappa over the same duels."""

from collections.abc import Sequence
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from saetm.errors import ContractError
from saetm.metrics.intervals import FEWEST_UNITS, SEED, Estimate, around, times_drawn
from saetm.prompts.duels import Answer

ANSWERS: tuple[Answer, ...] = get_args(Answer)


def kappa_estimate(
    item_ids: Sequence[str], ones: Sequence[Answer], others: Sequence[Answer], *, seed: int = SEED
) -> Estimate | None:
    """Estimate Cohen's kappa of two judges, with an interval over items.

    Args:
        item_ids: of each duel that both answered.
        ones: answers of one judge, by position (A is what was shown first): chance agreement is
            that of judges who do not look at the models.
        others: answers of the other judge.
        seed: of the interval; items are drawn with all their duels.

    Returns:
        1 where both always agree, 0 for chance; None where both give one and the same answer to
        everything, which chance explains as well.

    Raises:
        ContractError: there are no duels.

    References:
        Cohen 1960, A coefficient of agreement for nominal scales.
    """
    if not item_ids:
        raise ContractError("two judges without a common duel neither agree nor disagree")
    tables = _tables(item_ids, ones, others)
    value = float(_kappas(tables.sum(axis=0)[None])[0])
    if np.isnan(value):
        return None
    n_items = len(tables)
    if n_items < FEWEST_UNITS:
        return Estimate(value, None, None, n_items)
    drawn = _kappas(np.tensordot(times_drawn(n_items, seed), tables, axes=1))
    return around(value, drawn[~np.isnan(drawn)], n_items)


def _tables(
    item_ids: Sequence[str], ones: Sequence[Answer], others: Sequence[Answer]
) -> NDArray[np.float64]:
    """Count (D, 3, 3) which answers came together, over each item."""
    items = np.unique(np.array(item_ids, dtype=str), return_inverse=True)[1]
    rows = np.array([ANSWERS.index(answer) for answer in ones])
    columns = np.array([ANSWERS.index(answer) for answer in others])
    n_items, n_answers = int(items.max()) + 1, len(ANSWERS)
    cells = (items * n_answers + rows) * n_answers + columns
    counts = np.bincount(cells, minlength=n_items * n_answers**2)
    return counts.reshape(n_items, n_answers, n_answers).astype(np.float64)


def _kappas(tables: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return (R,) kappas of (R, 3, 3) tables; not a number where chance agrees always."""
    shares = tables / tables.sum(axis=(1, 2), keepdims=True)
    observed = np.trace(shares, axis1=1, axis2=2)
    by_chance = np.einsum("ra,ra->r", shares.sum(axis=1), shares.sum(axis=2))
    apart = 1 - by_chance
    found = np.full(len(tables), np.nan)
    np.divide(observed - by_chance, apart, out=found, where=apart > 1e-12)
    return found
