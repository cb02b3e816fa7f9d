import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse

from saetm.emission.emissions import Emissions, dense
from saetm.errors import ContractError
from saetm.topics.words import specificities, top_words, topic_words, word_scores

LABELS = np.array([0, 1, 0, -1, 1, 2, 0])
WEIGHTS = np.array([0.3, 0.1, 0.2, 0.5, 0.4, 0.05, 0.1])


def random_emissions(seed=0, n_features=7, n_words=9):
    random = np.random.default_rng(seed)
    rows = random.dirichlet(np.full(n_words, 0.1), size=n_features)
    rows[rows < 0.01] = 0.0
    shared = random.random(n_features)
    rows *= ((1 - shared) / rows.sum(axis=1))[:, None]
    unigram = random.dirichlet(np.ones(n_words))
    return Emissions(sparse.csr_array(rows.astype(np.float32)), shared, unigram)


def naive_mean(rows, topic):
    members = np.flatnonzero(topic == LABELS)
    return sum(WEIGHTS[k] * rows[k] for k in members) / sum(WEIGHTS[k] for k in members)


def test_the_words_of_a_topic_are_the_weighted_mean_of_its_features():
    emissions = random_emissions()

    words = topic_words(emissions, WEIGHTS, LABELS)

    np.testing.assert_allclose(words, [naive_mean(dense(emissions), t) for t in range(3)])
    np.testing.assert_allclose(words.sum(axis=1), 1.0, atol=1e-6)


def test_scores_are_what_the_formula_says_of_the_words_that_items_gave():
    emissions = random_emissions()
    rows = emissions.words.toarray()
    lifts = np.log1p(rows / (emissions.unigram + 1 / 9))
    expected = [naive_mean(np.sqrt(rows), t) ** 2 * naive_mean(lifts, t) for t in range(3)]

    np.testing.assert_allclose(word_scores(emissions, WEIGHTS, LABELS), expected, rtol=1e-6)


def test_a_word_that_features_agree_on_ranks_before_one_that_a_single_feature_shouts():
    rows = np.array([[0.30, 0.00, 0.7], [0.30, 0.00, 0.7], [0.05, 0.65, 0.3]])
    emissions = Emissions(
        sparse.csr_array(rows.astype(np.float32)), np.zeros(3), np.array([0.1, 0.1, 0.8])
    )
    labels, weights = np.zeros(3, dtype=int), np.ones(3)

    by_probability = top_words(topic_words(emissions, weights, labels), 3)
    by_score = top_words(word_scores(emissions, weights, labels), 3)

    assert by_probability.tolist() == [[2, 0, 1]]
    assert by_score[0].tolist().index(0) < by_score[0].tolist().index(1)


def test_a_topic_of_which_nothing_was_said_has_the_first_words_and_no_rare_ones():
    silent = Emissions(sparse.csr_array((2, 3)), np.ones(2), np.array([0.6, 0.3, 0.1]))

    scores = word_scores(silent, np.ones(2), np.zeros(2, dtype=int))

    assert top_words(scores, 2).tolist() == [[0, 1]]


def test_a_topic_has_the_same_words_in_every_cut():
    emissions = random_emissions()
    coarser = np.where(LABELS == 2, 1, LABELS)

    fine, coarse = (word_scores(emissions, WEIGHTS, labels) for labels in (LABELS, coarser))

    np.testing.assert_array_equal(fine[0], coarse[0])


def test_equal_scores_rank_by_word_id():
    assert top_words(np.array([[0.2, 0.4, 0.2, 0.2]]), 3).tolist() == [[1, 0, 2]]


@given(
    scores=arrays(np.float64, (3, 7), elements=st.integers(0, 3).map(float)),
    n_words=st.integers(0, 9),
)
def test_top_words_are_the_first_of_all_in_order(scores, n_words):
    in_order = np.argsort(-scores, axis=1, kind="stable")

    np.testing.assert_array_equal(top_words(scores, n_words), in_order[:, :n_words])


def test_specificity_is_the_log_ratio_to_the_unigram():
    found = specificities(np.array([0.5, 0.5, 0.0, 0.0]), np.array([0.25, 0.5, 0.25, 0.0]))

    np.testing.assert_allclose(found, [np.log(2), 0.0, -np.inf, 0.0])


def test_a_topic_without_weight_is_refused():
    with pytest.raises(ContractError, match="topic 2"):
        topic_words(random_emissions(), np.where(LABELS == 2, 0.0, WEIGHTS), LABELS)


def test_labels_of_other_features_are_refused():
    with pytest.raises(ContractError, match="7 features"):
        topic_words(random_emissions(), WEIGHTS[:-1], LABELS[:-1])
