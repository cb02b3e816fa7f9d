"""Laws of words and mixtures: what merging, splitting and reordering may change."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from saetm.emission.emissions import Emissions, dense
from saetm.topics.mixtures import (
    item_counts,
    item_mixtures,
    presence,
    representative_items,
    topic_weights,
)
from saetm.topics.words import specificities, top_words, topic_words, word_scores

SEEDS = st.integers(0, 10_000)
FEATURES, WORDS, ITEMS, TOPICS = 12, 10, 25, 4
quick = settings(deadline=None, max_examples=40)


def random_emissions(random):
    rows = random.dirichlet(np.full(WORDS, 0.2), size=FEATURES)
    rows[rows < 0.02] = 0.0
    shared = random.random(FEATURES)
    rows *= ((1 - shared) / rows.sum(axis=1))[:, None]
    unigram = random.dirichlet(np.ones(WORDS))
    return Emissions(sparse.csr_array(rows.astype(np.float32)), shared, unigram)


def random_labels(random):
    """Every topic has a feature; a few features have no topic."""
    labels = np.concatenate([np.arange(TOPICS), random.integers(-1, TOPICS, FEATURES - TOPICS)])
    return random.permutation(labels)


def random_theta(random):
    raw = random.gamma(1.0, size=(ITEMS, FEATURES)) * (random.random((ITEMS, FEATURES)) < 0.3)
    return sparse.csr_array(raw / np.maximum(raw.sum(axis=1, keepdims=True), 1e-12))


def chance(seed):
    random = np.random.default_rng(seed)
    weights = random.gamma(1.0, size=FEATURES) + 1e-3
    return random, random_emissions(random), weights, random_labels(random)


@given(SEEDS)
@quick
def test_topic_words_are_distributions_equal_to_the_dense_weighted_mean(seed):
    _, emissions, weights, labels = chance(seed)

    words = topic_words(emissions, weights, labels)

    rows = dense(emissions)
    naive = [np.average(rows[labels == t], axis=0, weights=weights[labels == t]) for t in range(4)]
    np.testing.assert_allclose(words, naive, atol=1e-6)
    np.testing.assert_allclose(words.sum(axis=1), 1.0, atol=1e-6)
    assert (words >= 0).all()


@given(SEEDS)
@quick
def test_words_and_scores_do_not_depend_on_the_order_of_features(seed):
    random, emissions, weights, labels = chance(seed)
    order = random.permutation(FEATURES)
    shuffled = Emissions(emissions.words[order], emissions.prior_share[order], emissions.unigram)

    for describe in (topic_words, word_scores):
        np.testing.assert_allclose(
            describe(shuffled, weights[order], labels[order]),
            describe(emissions, weights, labels),
            atol=1e-12,
        )


@given(SEEDS, st.floats(1e-6, 1e6))
@quick
def test_only_the_ratio_of_weights_matters_for_words(seed, factor):
    _, emissions, weights, labels = chance(seed)

    for describe in (topic_words, word_scores):
        np.testing.assert_allclose(
            describe(emissions, weights * factor, labels),
            describe(emissions, weights, labels),
            rtol=1e-9,
        )


@given(SEEDS)
@quick
def test_the_words_of_merged_topics_are_the_weighted_mean_of_their_words(seed):
    _, emissions, weights, labels = chance(seed)
    merged = np.where(labels == 3, 2, labels)
    mass = [weights[labels == topic].sum() for topic in (2, 3)]

    fine, coarse = (topic_words(emissions, weights, each) for each in (labels, merged))

    np.testing.assert_allclose(coarse[2], np.average(fine[2:], axis=0, weights=mass), atol=1e-9)
    np.testing.assert_array_equal(coarse[:2], fine[:2])


@given(SEEDS)
@quick
def test_specificity_averages_below_zero_over_the_corpus_and_above_over_the_topic(seed):
    """Gibbs' inequality, both ways."""
    random = np.random.default_rng(seed)
    topic, corpus = random.dirichlet(np.ones(WORDS), size=2)

    lift = specificities(topic, corpus)

    assert (topic * lift).sum() >= 0
    assert (corpus * lift).sum() <= 0


@given(SEEDS, st.integers(1, WORDS + 3))
@quick
def test_top_words_are_those_of_a_naive_sort(seed, count):
    random = np.random.default_rng(seed)
    scores = random.integers(0, 4, size=(TOPICS, WORDS)) / 4  # full of ties

    naive = [sorted(range(WORDS), key=lambda w: (-row[w], w))[:count] for row in scores]

    assert top_words(scores, count).tolist() == naive


@given(SEEDS)
@quick
def test_mixtures_of_merged_topics_are_the_sum_of_their_mixtures(seed):
    random = np.random.default_rng(seed)
    theta, labels = random_theta(random), random_labels(random)
    merged = np.where(labels == 3, 2, labels)

    fine, coarse = (item_mixtures(theta, each).toarray() for each in (labels, merged))

    np.testing.assert_allclose(coarse[:, :2], fine[:, :2], atol=1e-12)
    np.testing.assert_allclose(coarse[:, 2], fine[:, 2] + fine[:, 3], atol=1e-12)


@given(SEEDS)
@quick
def test_reordered_items_have_reordered_mixtures_and_the_same_topics(seed):
    random = np.random.default_rng(seed)
    theta, labels = random_theta(random), random_labels(random)
    order = random.permutation(ITEMS)

    straight, shuffled = item_mixtures(theta, labels), item_mixtures(theta[order], labels)

    np.testing.assert_array_equal(shuffled.toarray(), straight.toarray()[order])
    np.testing.assert_allclose(topic_weights(shuffled), topic_weights(straight))
    for share in (0.1, 0.5):
        np.testing.assert_array_equal(
            item_counts(shuffled, share=share), item_counts(straight, share=share)
        )


@given(SEEDS, st.floats(0.01, 0.98))
@quick
def test_presence_shrinks_as_the_share_grows_and_agrees_with_the_dense_form(seed, share):
    random = np.random.default_rng(seed)
    mixtures = item_mixtures(random_theta(random), random_labels(random))

    loose, strict = (presence(mixtures, share=each).toarray() for each in (share, share + 0.01))

    np.testing.assert_array_equal(loose, mixtures.toarray() >= share)
    assert (loose | ~strict).all()


@given(SEEDS, st.integers(1, ITEMS + 5))
@quick
def test_representative_items_are_those_of_a_naive_sort(seed, count):
    random = np.random.default_rng(seed)
    theta = random_theta(random)
    theta.data = np.ceil(theta.data * 4) / 4  # full of ties
    mixtures = item_mixtures(theta, random_labels(random))

    column = mixtures.toarray()[:, 1]
    having = [item for item in range(ITEMS) if column[item] > 0]
    naive = sorted(having, key=lambda item: (-column[item], item))[:count]

    assert representative_items(mixtures, 1, count).tolist() == naive
