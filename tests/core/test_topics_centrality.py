import numpy as np
import pytest
from scipy import sparse

from saetm.emission.emissions import Emissions
from saetm.errors import ContractError
from saetm.topics.centrality import centrality
from saetm.topics.word_order import order_scores
from saetm.topics.words import top_words, topic_words, word_scores


def test_centrality_is_the_cosine_with_the_mean_of_the_best_words(monkeypatch):
    monkeypatch.setattr("saetm.topics.centrality.CORE_WORDS", 4)
    random = np.random.default_rng(0)
    scores, space = random.random((3, 9)), random.normal(size=(9, 5))

    near = centrality(scores, space)

    units = space / np.linalg.norm(space, axis=1, keepdims=True)
    for topic in range(3):
        best = np.argsort(-scores[topic])[:4]
        core = scores[topic, best] @ units[best]
        expected = np.maximum(units @ core / np.linalg.norm(core), 0)
        np.testing.assert_allclose(near[topic], expected)


def test_a_word_without_a_vector_is_as_near_as_the_core_is_on_average():
    scores = np.array([[2.0, 1.0, 1.0]])
    space = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])

    near = centrality(scores, space)

    core = np.array([2.0, 1.0]) / np.sqrt(5)
    # The third word is of the core with a nearness of 0 to it.
    np.testing.assert_allclose(near[0], [*core, (2 * core[0] + core[1]) / 4])


def test_vectors_of_another_vocabulary_are_refused():
    with pytest.raises(ContractError, match="3 words"):
        centrality(np.ones((1, 3)), np.ones((2, 4)))


def planted():
    """One topic of two features; the last word is loud in one of them, and of another subject."""
    rows = np.array([[0.26, 0.24, 0.20, 0.30], [0.26, 0.24, 0.21, 0.29]])
    unigram = np.full(4, 0.25)
    emissions = Emissions(sparse.csr_array(rows.astype(np.float32)), np.zeros(2), unigram)
    space = np.array([[1.0, 0.1, 0.0], [1.0, 0.0, 0.1], [1.0, -0.1, 0.0], [0.1, 0.0, 1.0]])
    return (emissions, np.ones(2), np.zeros(2, dtype=int)), space


def test_a_loud_word_of_another_subject_comes_last_where_central_words_lead():
    parts, space = planted()

    orders = {
        order: top_words(order_scores(*parts, space, order), 4)[0].tolist()
        for order in ("probability", "agreement", "central")
    }

    assert orders["probability"] == orders["agreement"] == [3, 0, 1, 2]
    assert orders["central"][-1] == 3


def test_orders_are_the_scores_that_they_are_named_for():
    parts, space = planted()

    np.testing.assert_array_equal(order_scores(*parts, space, "probability"), topic_words(*parts))
    np.testing.assert_array_equal(order_scores(*parts, space, "agreement"), word_scores(*parts))
    np.testing.assert_array_equal(order_scores(*parts, None, "central"), word_scores(*parts))
