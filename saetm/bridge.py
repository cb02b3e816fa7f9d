"""Between columns of a table and arrays: vectors as bytes, sparse rows as two lists."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from saetm.errors import ContractError

VECTOR_DTYPE = "float32"


def vectors_to_series(vectors: NDArray[np.float32]) -> pl.Series:
    """Pack (n, D) vectors into a Binary series, little-endian float32, one row each.

    Example:
        >>> series_to_vectors(vectors_to_series(np.ones((2, 3), dtype=np.float32))).shape
        (2, 3)
    """
    rows = np.ascontiguousarray(vectors, dtype="<f4")
    return pl.Series("vector", [row.tobytes() for row in rows], dtype=pl.Binary)


def series_to_vectors(series: pl.Series) -> NDArray[np.float32]:
    """Unpack a Binary series into (n, D) float32.

    Raises:
        ContractError: the vectors differ in length.
    """
    if series.is_empty():
        return np.zeros((0, 0), dtype=np.float32)
    if series.bin.size().n_unique() != 1:
        raise ContractError("vectors of one encoder differ in dimension")
    joined = np.frombuffer(b"".join(series.to_list()), dtype="<f4")
    return joined.reshape(len(series), -1)


def lists_to_csr(
    ids: pl.Series, values: pl.Series, *, n_columns: int
) -> "sparse.csr_array[np.float32]":
    """Build an (n, n_columns) float32 matrix from parallel list columns of ids and values."""
    lengths = ids.list.len().to_numpy().astype(np.int64)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    columns = ids.explode(empty_as_null=False).to_numpy().astype(np.int64)
    data = values.explode(empty_as_null=False).to_numpy().astype(np.float32)
    return sparse.csr_array((data, columns, offsets), shape=(len(ids), n_columns))


def csr_to_lists(matrix: "sparse.csr_array[np.float32]") -> tuple[pl.Series, pl.Series]:
    """Split a sparse (n, m) matrix into parallel list columns: ids (Int32), values (Float32)."""
    matrix = matrix.tocsr()
    return (
        list_series(matrix.indices, matrix.indptr, dtype=pl.Int32()),
        list_series(matrix.data, matrix.indptr, dtype=pl.Float32()),
    )


def list_series(
    flat: NDArray[np.generic] | Sequence[str], offsets: NDArray[np.integer], *, dtype: pl.DataType
) -> pl.Series:
    """Cut a flat array at `offsets` (n + 1) into a list series of n rows, empty rows included."""
    lengths = np.diff(offsets)
    rows = np.repeat(np.arange(len(lengths)), lengths)
    grouped = (
        pl.DataFrame({"row": rows, "value": pl.Series(flat).cast(dtype)})
        .group_by("row", maintain_order=True)
        .agg("value")
    )
    every = pl.DataFrame({"row": np.arange(len(lengths))})
    joined = every.join(grouped, on="row", how="left", maintain_order="left")
    return joined["value"].fill_null(pl.lit([], dtype=pl.List(dtype))).cast(pl.List(dtype))
