from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import sparse

from saetm.bridge import (
    csr_to_lists,
    list_series,
    lists_to_csr,
    series_to_vectors,
    vectors_to_series,
)
from saetm.errors import ContractError
from tests.strategies import FLOATS32, OFFSETS, TEXTS, matrices


@given(matrices(min_rows=1))
def test_vectors_come_back_bit_by_bit(vectors):
    back = series_to_vectors(vectors_to_series(vectors))

    assert back.dtype == np.float32
    assert back.shape == vectors.shape
    assert back.tobytes() == vectors.tobytes()


@given(matrices())
def test_a_stored_vector_is_its_little_endian_bytes(vectors):
    series = vectors_to_series(vectors)

    assert series.dtype == pl.Binary
    assert series.to_list() == [row.astype("<f4").tobytes() for row in vectors]


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", [">f4", "f2", "f8", "i4"])
def test_vectors_of_any_layout_are_packed_by_value(order, dtype):
    vectors = np.arange(6).reshape(2, 3).astype(dtype, order=order)

    assert series_to_vectors(vectors_to_series(vectors[::-1])).tolist() == [[3, 4, 5], [0, 1, 2]]


def test_packed_vectors_stay_when_the_array_is_written_to():
    vectors = np.ones((2, 3), dtype=np.float32)
    series = vectors_to_series(vectors)
    vectors[:] = 7

    assert series_to_vectors(series).tolist() == [[1, 1, 1], [1, 1, 1]]


def test_no_vectors_are_no_rows():
    empty = vectors_to_series(np.zeros((0, 5), dtype=np.float32))

    assert empty.len() == 0
    assert series_to_vectors(empty).shape == (0, 0)


@pytest.mark.parametrize("shape", [(3,), (2, 0), (1, 2, 3)])
def test_what_is_no_matrix_is_not_packed(shape):
    with pytest.raises(ContractError, match="shape"):
        vectors_to_series(np.zeros(shape, dtype=np.float32))


@pytest.mark.parametrize(
    "stored",
    [[b"abcd", b"abcdabcd"], [b"abcd", None], [None], [b"abc"], [b""], [b"abcde", b"abcde"]],
    ids=repr,
)
def test_ragged_broken_and_missing_vectors_are_refused(stored):
    with pytest.raises(ContractError, match="vectors"):
        series_to_vectors(pl.Series(stored, dtype=pl.Binary))


@given(OFFSETS)
def test_a_list_series_has_the_slices_between_the_offsets(offsets):
    flat = np.arange(offsets[-1])
    naive = [flat[a:b].tolist() for a, b in pairwise(offsets)]
    series = list_series(flat, offsets, dtype=pl.Int32())

    assert series.dtype == pl.List(pl.Int32)
    assert series.to_list() == naive


@given(st.lists(st.lists(TEXTS, max_size=3), max_size=6))
def test_lists_of_text_are_cut_like_lists_of_numbers(rows):
    flat = [word for row in rows for word in row]
    series = list_series(flat, np.cumsum([0, *map(len, rows)]), dtype=pl.String())

    assert series.dtype == pl.List(pl.String)
    assert series.to_list() == rows


@pytest.mark.parametrize("offsets", [[0, 1], [1, 3], [0, 2, 1, 3], [0, 4]], ids=repr)
def test_offsets_that_do_not_fit_are_refused(offsets):
    with pytest.raises(ContractError, match="offsets"):
        list_series(np.arange(3), np.array(offsets), dtype=pl.Int32())


@st.composite
def sparse_matrices(draw):
    shape = draw(st.tuples(st.integers(0, 6), st.integers(1, 6)))
    dense = draw(hnp.arrays(np.float32, shape, elements=FLOATS32, fill=st.just(0.0)))
    return sparse.csr_array(dense)


@given(sparse_matrices())
def test_sparse_rows_come_back(matrix):
    ids, values = csr_to_lists(matrix)
    back = lists_to_csr(ids, values, n_columns=matrix.shape[1])

    assert (ids.dtype, values.dtype) == (pl.List(pl.Int32), pl.List(pl.Float32))
    assert back.dtype == np.float32
    assert back.shape == matrix.shape
    assert np.array_equal(back.toarray(), matrix.toarray())


@given(OFFSETS)
def test_lists_come_back_with_their_empty_rows(offsets):
    ids = list_series(np.arange(offsets[-1]) % 5, offsets, dtype=pl.Int32())
    values = list_series(np.arange(offsets[-1]) + 0.5, offsets, dtype=pl.Float32())
    back = csr_to_lists(lists_to_csr(ids, values, n_columns=5))

    assert back[0].equals(ids)
    assert back[1].equals(values)


@pytest.mark.parametrize(
    ("ids", "values"),
    [
        ([[0, 1]], [[1.0]]),
        ([[0], [1]], [[1.0]]),
        ([[0], [1, 2]], [[1.0, 2.0], [3.0]]),
        ([[3]], [[1.0]]),
        ([[-1]], [[1.0]]),
        ([None], [None]),
        ([[0]], [None]),
    ],
    ids=repr,
)
def test_lists_that_are_no_matrix_are_refused(ids, values):
    series = (
        pl.Series(ids, dtype=pl.List(pl.Int32)),
        pl.Series(values, dtype=pl.List(pl.Float32)),
    )

    with pytest.raises(ContractError, match="sparse row"):
        lists_to_csr(*series, n_columns=3)
