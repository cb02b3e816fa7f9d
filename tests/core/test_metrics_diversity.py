"""Diversity of topics by their top words."""

from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import linprog
from scipy.spatial.distance import cdist

from saetm.errors import ContractError
from saetm.metrics.diversity import unique_words, word_movers_distance

N_WORDS = 9
VECTORS = arrays(np.float64, (N_WORDS, 3), elements=st.floats(-5, 5, width=16))
WORDS = st.permutations(range(N_WORDS)).map(lambda words: words[:4])
TOPICS = st.lists(WORDS, min_size=1, max_size=4).map(np.array)
SCORES = (lambda words, _: unique_words(words), word_movers_distance)


def naive_distance(top_words, vectors):
    costs = []
    for first, second in combinations(vectors[top_words], 2):
        ways = (first[list(order)] - second for order in permutations(range(len(first))))
        costs.append(min(np.linalg.norm(moved, axis=1).mean() for moved in ways))
    return np.mean(costs) if costs else 0.0


@given(TOPICS, VECTORS)
def test_the_distance_is_that_of_the_cheapest_permutation(top_words, vectors):
    actual = word_movers_distance(top_words, vectors)

    np.testing.assert_allclose(actual, naive_distance(top_words, vectors), atol=1e-9)


def test_no_plan_that_splits_words_is_cheaper_than_an_assignment():
    vectors = np.random.default_rng(0).normal(size=(12, 3))
    leaves = np.kron(np.eye(6), np.ones(6))
    arrives = np.kron(np.ones(6), np.eye(6))

    plan = linprog(
        cdist(vectors[:6], vectors[6:]).ravel(),
        A_eq=np.vstack([leaves, arrives]),
        b_eq=np.full(12, 1 / 6),
    )

    actual = word_movers_distance(np.arange(12).reshape(2, 6), vectors)
    assert actual == pytest.approx(plan.fun)


@pytest.mark.parametrize("score", SCORES)
@given(TOPICS, VECTORS, st.randoms(use_true_random=False))
def test_order_of_topics_and_of_words_does_not_matter(score, top_words, vectors, chance):
    topics, slots = (chance.sample(range(size), size) for size in top_words.shape)

    shuffled = score(top_words[topics][:, slots], vectors)

    np.testing.assert_allclose(shuffled, score(top_words, vectors), atol=1e-12)


@given(TOPICS, VECTORS, st.floats(0.5, 20))
def test_the_distance_scales_with_the_vectors_and_ignores_where_they_lie(
    top_words, vectors, factor
):
    moved = word_movers_distance(top_words, vectors * factor + 3)

    np.testing.assert_allclose(
        moved, factor * word_movers_distance(top_words, vectors), rtol=1e-9, atol=1e-9
    )


@given(WORDS, st.integers(2, 6), VECTORS)
def test_identical_topics_share_all_words_and_lie_at_no_distance(words, n_topics, vectors):
    same = np.tile(words, (n_topics, 1))

    assert unique_words(same) == pytest.approx(1 / n_topics)
    assert word_movers_distance(same, vectors) == 0.0


@given(TOPICS)
def test_the_share_of_unique_words_lies_between_one_topic_of_all_and_one(top_words):
    assert 1 / len(top_words) <= unique_words(top_words) + 1e-12 <= 1 + 1e-12


def test_topics_without_a_common_word_have_only_unique_words():
    assert unique_words(np.arange(6).reshape(2, 3)) == 1.0


def test_a_shared_word_moves_nothing_and_the_rest_by_their_distance():
    vectors = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 6.0]])

    assert word_movers_distance(np.array([[0, 1], [2, 0]]), vectors) == 3.0


def test_a_single_topic_lies_at_no_distance():
    assert word_movers_distance(np.array([[0, 1]]), np.eye(2)) == 0.0


@pytest.mark.parametrize("top_words", [np.empty((0, 4), int), np.empty((3, 0), int), np.arange(3)])
def test_topics_without_words_are_refused(top_words):
    for score in SCORES:
        with pytest.raises(ContractError, match="not \\(T, n\\) with words"):
            score(top_words, np.eye(3))


@pytest.mark.parametrize("word", [-1, 3])
def test_a_word_without_a_vector_is_refused(word):
    with pytest.raises(ContractError, match="outside 0 to 2"):
        word_movers_distance(np.array([[0, word]]), np.eye(3))


def test_a_vector_that_is_not_finite_is_refused_only_where_it_is_used():
    vectors = np.array([[0.0], [1.0], [np.nan]])

    assert word_movers_distance(np.array([[0], [1]]), vectors) == 1.0
    with pytest.raises(ContractError, match="not finite"):
        word_movers_distance(np.array([[0], [2]]), vectors)
