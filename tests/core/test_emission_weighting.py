"""Weights of words."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse

from saetm.emission.weighting import WEIGHT_FLOOR, idf_weights


@given(arrays(np.float64, (5, 4), elements=st.sampled_from([0.0, 1.0, 3.0])))
def test_weights_lie_between_the_floor_and_one_and_fall_with_frequency(counts):
    weights = idf_weights(sparse.csc_array(counts))

    frequency = (counts > 0).sum(0)
    seen = np.flatnonzero(frequency)
    by_frequency = weights[seen[np.argsort(frequency[seen])]]
    assert weights.min() >= WEIGHT_FLOOR
    assert weights.max() == 1.0
    assert np.all(np.diff(by_frequency) <= 0)


@pytest.mark.parametrize("counts", [np.ones((3, 2)), np.ones((1, 2)), np.zeros((2, 2))])
def test_all_weights_are_one_where_no_word_is_rarer_than_another(counts):
    assert idf_weights(sparse.csc_array(counts)).tolist() == [1.0, 1.0]


def test_the_weight_is_the_logarithm_of_rarity_over_its_largest():
    counts = np.tril(np.ones((4, 4)))  # words are in 4, 3, 2 and 1 items

    weights = idf_weights(sparse.csc_array(counts))

    expected = np.log(4 / np.array([4, 3, 2, 1])) / np.log(4)
    np.testing.assert_allclose(weights, np.maximum(expected, WEIGHT_FLOOR))
