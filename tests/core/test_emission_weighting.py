"""Weights of words."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from saetm.emission.weighting import WEIGHT_FLOOR, idf_weights


def weigh(counts):
    held = counts > 0
    return idf_weights(held.sum(0), int(held.any(1).sum()))


@given(arrays(np.float64, (5, 4), elements=st.sampled_from([0.0, 1.0, 3.0])))
def test_weights_lie_between_the_floor_and_one_and_fall_with_frequency(counts):
    weights, frequency = weigh(counts), (counts > 0).sum(0)

    seen = np.flatnonzero(frequency)
    by_frequency = weights[seen[np.argsort(frequency[seen])]]
    assert weights.min() >= WEIGHT_FLOOR
    assert weights.max() == 1.0
    assert np.all(np.diff(by_frequency) <= 0)


@pytest.mark.parametrize("counts", [np.ones((3, 2)), np.ones((1, 2)), np.zeros((2, 2))])
def test_all_weights_are_one_where_no_word_is_rarer_than_another(counts):
    assert weigh(counts).tolist() == [1.0, 1.0]


def test_the_weight_is_the_logarithm_of_rarity_over_its_largest():
    counts = np.tril(np.ones((4, 4)))  # words are in 4, 3, 2 and 1 items

    weights = weigh(counts)

    expected = np.log(4 / np.array([4, 3, 2, 1])) / np.log(4)
    np.testing.assert_allclose(weights, np.maximum(expected, WEIGHT_FLOOR))
