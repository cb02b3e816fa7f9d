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

    Raises:
        ContractError: the array is not a matrix of at least one column.

    Example:
        >>> series_to_vectors(vectors_to_series(np.ones((2, 3), dtype=np.float32))).shape
        (2, 3)
    """
    if vectors.ndim != 2 or vectors.shape[1] == 0:
        raise ContractError(f"vectors have the shape {vectors.shape} instead of (n, D)")
    own = np.array(vectors, dtype="<f4", order="C")  # a copy: the series shares its memory
    octets = pl.Series("vector", own.view(np.uint8))  # (n, 4 D)
    return octets.cast(pl.List(pl.UInt8)).cast(pl.Binary)


def series_to_vectors(series: pl.Series) -> NDArray[np.float32]:
    """Unpack a Binary series into (n, D) float32, or (0, 0) where there is no row.

    Raises:
        ContractError: a vector is missing or holds no whole float32, or they differ in length.
    """
    if series.is_empty():
        return np.zeros((0, 0), dtype=np.float32)
    sizes = series.bin.size().unique()
    if len(sizes) != 1:
        raise ContractError("vectors of one encoder differ in dimension, or one is missing")
    size = sizes.item() or 0
    if size == 0 or size % 4:
        raise ContractError(f"vectors of {size} bytes are no float32 vectors")
    row = pl.Array(pl.Float32, size // 4)
    return series.bin.reinterpret(dtype=row, endianness="little").to_numpy()


def lists_to_csr(
    ids: pl.Series, values: pl.Series, *, n_columns: int
) -> "sparse.csr_array[np.float32]":
    """Build an (n, n_columns) float32 matrix from parallel list columns of ids and values.

    Raises:
        ContractError: a list is missing, a row has not as many values as ids, or an id is
            outside 0 to n_columns - 1.
    """
    lengths = ids.list.len()
    if lengths.has_nulls() or not lengths.equals(values.list.len()):
        raise ContractError("a sparse row has no list, or not as many values as ids")
    offsets = np.concatenate([[0], np.cumsum(lengths.to_numpy(), dtype=np.int64)])
    columns = ids.explode(empty_as_null=False).to_numpy().astype(np.int64)
    data = values.explode(empty_as_null=False).to_numpy().astype(np.float32)
    if columns.size and not 0 <= columns.min() <= columns.max() < n_columns:
        raise ContractError(f"a sparse row has an id outside 0 to {n_columns - 1}")
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
    """Cut a flat array at `offsets` (n + 1) into a list series of n rows, empty rows included.

    Raises:
        ContractError: the offsets do not ascend from 0 to the length of the array.
    """
    lengths = np.diff(offsets)
    if offsets[0] != 0 or offsets[-1] != len(flat) or (lengths < 0).any():
        raise ContractError(f"offsets do not ascend from 0 to {len(flat)}")
    rows = pl.Series(np.repeat(np.arange(len(lengths)), lengths)).set_sorted()
    cut = pl.DataFrame({"row": rows, "value": pl.Series(flat).cast(dtype)})
    filled = cut.group_by("row", maintain_order=True).agg("value")["value"]
    with_empty = pl.concat([filled, pl.Series("value", [[]], dtype=pl.List(dtype))])
    position = np.cumsum(lengths > 0) - 1
    return with_empty.gather(np.where(lengths > 0, position, len(filled)))
