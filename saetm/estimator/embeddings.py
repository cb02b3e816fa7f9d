"""Embeddings as the float32 matrix that the core works with, or why they are none."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from saetm.errors import ContractError

_NUMBERS = "biufO"  # kinds of dtype: truth values, whole numbers, floats, Python objects


def embedding_matrix(embeddings: ArrayLike, *, dimension: int | None = None) -> NDArray[np.float32]:
    """Return (N, D) embeddings as float32, whatever holds them.

    Taken are lists, arrays of any float or whole numbers, frames of one column per dimension,
    a column of lists or arrays, and tensors in main memory.

    Args:
        embeddings: the vectors; they are not changed, and not copied where they need not be.
        dimension: the D that they must have; None takes any.

    Raises:
        ContractError: they are no matrix of finite numbers, or of another width.
    """
    given = _array(embeddings)
    _check_shape(given, dimension)
    try:
        with np.errstate(over="ignore"):  # what is too large is found below
            rows = np.require(given, np.float32, ["C", "W"])  # Torch warns of what is read-only
    except (TypeError, ValueError, OverflowError) as error:
        raise ContractError(f"embeddings are no matrix of numbers: {error}") from error
    _check_finite(rows, given)
    return rows


def training_matrix(embeddings: ArrayLike) -> NDArray[np.float32]:
    """Return embeddings that a model can learn from: as `embedding_matrix`, and at least two.

    Raises:
        ContractError: as `embedding_matrix`, or there are fewer than two.
    """
    rows = embedding_matrix(embeddings)
    if len(rows) < 2:
        found = "one sample" if len(rows) else "no sample"
        raise ContractError(f"embeddings hold {found}, and a fit needs at least two")
    return rows


def _array(embeddings: ArrayLike) -> NDArray[Any]:
    if sparse.issparse(embeddings):
        raise ContractError("embeddings are sparse: bring a dense matrix, as its toarray() gives")
    if np.ma.is_masked(embeddings):
        raise ContractError("embeddings have masked values: leave those items out")
    try:
        given = np.asarray(embeddings)
        if given.dtype == object and given.ndim == 1 and len(given):
            given = np.stack([np.asarray(vector) for vector in given])  # a column of vectors
    except ValueError as error:
        raise ContractError("embeddings are no matrix of numbers: rows differ in length") from error
    except (TypeError, RuntimeError) as error:  # tensors
        said = str(error).splitlines()[0]
        raise ContractError(f"embeddings are no matrix of numbers: {said}") from error
    _check_kind(given)
    return given


def _check_kind(given: NDArray[Any]) -> None:
    if given.dtype.kind in "US":
        raise ContractError("embeddings are strings: vectors come first, then their texts")
    if given.dtype.kind == "c":
        raise ContractError(f"Complex data not supported: embeddings are of {given.dtype}")
    if given.dtype.kind not in _NUMBERS:
        raise ContractError(f"embeddings are no matrix of numbers: they are of {given.dtype}")
    if given.dtype == object and given.ndim == 0:
        raise ContractError(f"embeddings are a {type(given.item()).__name__}, not (N, D)")


def _check_shape(given: NDArray[Any], dimension: int | None) -> None:
    wanted = "(N, D)" if dimension is None else f"(N, {dimension})"
    if given.ndim == 1:
        raise ContractError(
            f"Reshape your data: embeddings are {given.shape}, not {wanted}, and one item alone "
            "is reshape(1, -1)"
        )
    if given.ndim != 2 or given.shape[1] == 0:
        raise ContractError(f"embeddings are {given.shape}, not {wanted}")
    if dimension is not None and given.shape[1] != dimension:
        raise ContractError(
            f"embeddings are {given.shape}, not {wanted}: bring vectors of the encoder that the "
            "model was fitted with"
        )


def _check_finite(rows: NDArray[np.float32], given: NDArray[Any]) -> None:
    if np.isfinite(rows.sum(dtype=np.float64)):  # one pass without a matrix of truth values
        return
    row, column = (int(place) for place in np.argwhere(~np.isfinite(rows))[0])
    raise ContractError(
        f"a value of embedding {row} is {_fault(rows[row, column], given[row, column])}"
    )


def _fault(value: np.float32, given: Any) -> str:  # noqa: ANN401  a number of any kind
    if np.isnan(value):
        return "NaN"
    return "infinite" if np.isinf(float(given)) else f"too large for float32: {float(given):.3g}"
