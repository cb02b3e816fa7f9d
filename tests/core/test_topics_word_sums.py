import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saetm.topics.word_order import order_scores
from saetm.topics.word_sums import distributions, scores, word_sums
from saetm.topics.words import topic_words
from tests.core.test_topics_words import random_emissions

N_FEATURES, N_WORDS = 7, 9
ORDERS = ("central", "agreement", "probability")


def drawn(seed):
    random = np.random.default_rng(seed)
    weights = random.gamma(1.0, size=N_FEATURES) + 0.01
    labels = random.permutation([0, 1, 2, 3, *random.integers(-1, 4, N_FEATURES - 4)])
    return random_emissions(seed), weights, labels, random.normal(size=(N_WORDS, 3))


@pytest.mark.parametrize("order", ORDERS)
@given(seed=st.integers(0, 1000))
def test_words_from_sums_are_those_from_all_features(order, seed):
    emissions, weights, labels, vectors = drawn(seed)

    sums = word_sums(emissions, weights, labels)

    expected = order_scores(emissions, weights, labels, vectors, order)
    np.testing.assert_allclose(scores(sums, vectors, order), expected, atol=1e-12)
    np.testing.assert_allclose(distributions(sums), topic_words(emissions, weights, labels))


@given(seed=st.integers(0, 1000))
def test_sums_of_parts_are_the_sums_of_the_whole(seed):
    emissions, weights, labels, _ = drawn(seed)
    groups = np.array([1, 0, -1, 1])

    joined = word_sums(emissions, weights, labels).joined(groups)

    whole = word_sums(emissions, weights, np.where(labels >= 0, groups[labels], -1))
    for name in ("mass", "even", "said", "roots", "lifts"):
        np.testing.assert_allclose(getattr(joined, name), getattr(whole, name), atol=1e-12)


def test_words_without_vectors_are_ordered_by_what_features_agree_on():
    emissions, weights, labels, _ = drawn(0)

    sums = word_sums(emissions, weights, labels)

    assert np.array_equal(scores(sums, None, "central"), scores(sums, None, "agreement"))
