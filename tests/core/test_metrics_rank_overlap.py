"""Rank-biased overlap of topics."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saetm.metrics.diversity import (
    inverted_rbo,
    rank_biased_overlaps,
    unique_shares,
    unique_words,
)

TOPICS = st.lists(
    st.permutations(range(12)).map(lambda words: words[:5]), min_size=1, max_size=5
).map(np.array)


def naive_overlap(one, other, p):
    shares = [len({*one[:d]} & {*other[:d]}) / d for d in range(1, len(one) + 1)]
    head = (1 - p) / p * sum(share * p**d for d, share in enumerate(shares, start=1))
    return head + shares[-1] * p ** len(one)


@given(TOPICS, st.floats(0.1, 0.99))
def test_it_is_the_naive_sum_over_depths(top_words, p):
    expected = [[naive_overlap(one, other, p) for one in top_words] for other in top_words]

    np.testing.assert_allclose(rank_biased_overlaps(top_words, persistence=p), expected)


@given(TOPICS)
def test_it_is_one_with_itself_and_nought_without_a_common_word(top_words):
    np.testing.assert_allclose(np.diagonal(rank_biased_overlaps(top_words)), 1)
    assert rank_biased_overlaps(np.array([top_words[0], top_words[0] + 12]))[0, 1] == 0
    assert inverted_rbo(top_words[:1]) == 0.0


def test_first_words_weigh_most():
    first, last = np.array([[0, 1, 2], [0, 3, 4]]), np.array([[1, 2, 0], [3, 4, 0]])

    assert inverted_rbo(first) < inverted_rbo(last)


@given(TOPICS)
def test_shares_of_distinct_words_average_to_their_share(top_words):
    assert unique_shares(top_words).mean() == pytest.approx(unique_words(top_words))


def test_octis_finds_the_same():
    metrics = pytest.importorskip("octis.evaluation_metrics.diversity_metrics")
    rng = np.random.default_rng(0)
    top_words = np.array([rng.choice(30, 10, replace=False) for _ in range(8)])
    topics = [[str(word) for word in topic] for topic in top_words]

    theirs = metrics.InvertedRBO(topk=10, weight=0.9).score({"topics": topics})

    assert inverted_rbo(top_words) == pytest.approx(theirs)
