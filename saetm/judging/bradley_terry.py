"""The model of Bradley and Terry: i beats j with probability p_i / (p_i + p_j).

Fitted by minorisation and maximisation (Hunter 2004, MM algorithms for generalized Bradley-Terry
models, Annals of Statistics 32, equation 3): p_i becomes the wins of i over the sum, over all j,
of n_ij / (p_i + p_j), where n_ij counts how often both met.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components

from saetm.errors import ContractError

PHANTOM = 0.5  # wins that each of two models which met is given over the other
ROUNDS = 20_000
TOLERANCE = 1e-10  # change of a log strength at which rounds end


def with_phantoms(wins: NDArray[np.float64], met: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Give each of two models that met half a win more over the other.

    Without that, a model that wins or loses everything has no finite strength. It is one tie per
    pair, which draws strengths a little together: 90 wins of 100 become 90.5 of 101.

    Args:
        wins: (..., M, M) how often the model of the row beat that of the column.
        met: (M, M) symmetric, whether two models met.
    """
    return wins + PHANTOM * met


def strengths(wins: NDArray[np.float64]) -> NDArray[np.float64]:
    """Find the most likely strengths, of one table of wins or of many at once.

    Args:
        wins: (..., M, M) how often the model of the row beat that of the column, ties as half a
            win for both; the diagonal is zero.

    Returns:
        (..., M) strengths above 0 whose geometric mean is 1.

    Raises:
        ContractError: a number is negative or not finite, or models beat themselves; or no finite
            strengths are the most likely ones, since some models, taken together, never lost to
            the others, never beat them, or never met them.
    """
    _check(wins)
    n_met = wins + np.swapaxes(wins, -1, -2)
    won = wins.sum(axis=-1)
    logs = np.zeros(wins.shape[:-1])
    for _ in range(ROUNDS):
        found = np.exp(logs)
        sums = found[..., :, None] + found[..., None, :]
        moved = np.log(won) - np.log((n_met / sums).sum(axis=-1))
        moved -= moved.mean(axis=-1, keepdims=True)
        step, logs = np.abs(moved - logs).max(initial=0.0), moved
        if step < TOLERANCE:
            break
    return np.exp(logs)


def linked(met: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Number the groups of models (M,) that chains of duels link.

    Args:
        met: (M, M) symmetric, whether two models met.
    """
    _, groups = connected_components(met, directed=False)
    return groups.astype(np.int32)


def _check(wins: NDArray[np.float64]) -> None:
    n_models = wins.shape[-1]
    if wins.shape[-2:] != (n_models, n_models) or n_models == 0:
        raise ContractError(f"wins of shape {wins.shape} are no table of models by models")
    if not np.isfinite(wins).all() or (wins < 0).any():
        raise ContractError("a number of wins is negative or not finite")
    if np.diagonal(wins, axis1=-2, axis2=-1).any():
        raise ContractError("a model cannot beat itself")
    patterns = np.unique((wins > 0).reshape(-1, n_models * n_models), axis=0)
    for pattern in patterns:
        table = pattern.reshape(n_models, n_models)
        if connected_components(table, connection="strong")[0] > 1:
            raise ContractError("some models never lost to the others, beat them or met them")
