"""Topics found again by another fit."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saetm.errors import ContractError
from saetm.metrics.stability import found_again

WORDS = st.permutations(range(8)).map(lambda words: words[:3])
TOPICS = st.lists(WORDS, min_size=1, max_size=4).map(np.array)


@given(TOPICS, TOPICS)
def test_the_matching_has_most_words_in_common(one, other):
    common = [[len({*a} & {*b}) / 3 for b in other.tolist()] for a in one.tolist()]
    padded = np.zeros((4, 4))
    padded[: len(one), : len(other)] = common
    best = max(
        sum(padded[row, column] for row, column in enumerate(order))
        for order in permutations(range(4))
    )

    assert found_again(one, other).sum() == pytest.approx(best)


@given(TOPICS, st.randoms(use_true_random=False))
def test_topics_in_another_order_are_found_whole(topics, chance):
    order = chance.sample(range(len(topics)), len(topics))

    np.testing.assert_array_equal(found_again(topics, topics[order]), 1)


def test_a_topic_without_a_partner_is_lost():
    shares = found_again(np.array([[0, 1], [2, 3]]), np.array([[3, 2]]))

    assert shares.tolist() == [0, 1]


def test_lists_of_different_lengths_are_refused():
    with pytest.raises(ContractError, match="cannot be matched"):
        found_again(np.array([[0, 1]]), np.array([[0, 1, 2]]))
