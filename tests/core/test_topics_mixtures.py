import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from saetm.errors import ContractError
from saetm.topics.mixtures import (
    item_counts,
    item_mixtures,
    largest_topics,
    presence,
    representative_items,
    topic_weights,
)

MIXTURES = sparse.csr_array(
    np.array([[0.5, 0.5, 0.0], [0.0, 1.0, 0.0], [0.95, 0.05, 0.0], [0.5, 0.0, 0.5]])
)


def random_theta(seed, n_items=20, n_features=15):
    random = np.random.default_rng(seed)
    raw = random.gamma(1.0, size=(n_items, n_features)) * (
        random.random((n_items, n_features)) < 0.3
    )
    raw /= np.maximum(raw.sum(axis=1, keepdims=True), 1e-12)
    return sparse.csr_array(raw)


@given(seed=st.integers(0, 1000), n_topics=st.integers(1, 6))
@settings(deadline=None)
def test_mass_is_conserved_topic_by_topic(seed, n_topics):
    theta = random_theta(seed)
    labels = np.append(np.random.default_rng(seed).integers(-1, n_topics, 14), n_topics - 1)

    mixtures = item_mixtures(theta, labels)

    expected = [theta.toarray()[:, labels == t].sum(axis=1) for t in range(n_topics)]
    np.testing.assert_allclose(mixtures.toarray(), np.transpose(expected), atol=1e-12)
    assert mixtures.has_sorted_indices
    assert (mixtures.data > 0).all()


def test_every_item_keeps_its_whole_mass_where_all_features_have_a_topic():
    theta = random_theta(0)

    mixtures = item_mixtures(theta, np.arange(15) % 4)

    np.testing.assert_allclose(mixtures.sum(axis=1), theta.sum(axis=1))


def test_labels_of_other_features_are_refused():
    with pytest.raises(ContractError, match="labels"):
        item_mixtures(random_theta(0), np.zeros(14, dtype=int))


def test_presence_needs_the_stated_share():
    found = presence(MIXTURES, share=0.5)

    assert found.toarray().tolist() == [
        [True, True, False],
        [False, True, False],
        [True, False, False],
        [True, False, True],
    ]
    assert item_counts(MIXTURES, share=0.5).tolist() == [3, 2, 1]
    assert item_counts(MIXTURES, share=0.01).tolist() == [3, 3, 1]


def test_topic_weights_are_mean_shares():
    np.testing.assert_allclose(topic_weights(MIXTURES), [1.95 / 4, 1.55 / 4, 0.125])


def test_representative_items_have_the_largest_shares_and_ties_keep_their_order():
    assert representative_items(MIXTURES, 0, 10).tolist() == [2, 0, 3]
    assert representative_items(MIXTURES, 1, 2).tolist() == [1, 0]
    assert representative_items(MIXTURES, 2, 5).tolist() == [3]


@given(seed=st.integers(0, 1000), n_topics=st.integers(1, 6))
def test_the_largest_topic_is_the_first_of_those_with_the_largest_share(seed, n_topics):
    dense = np.random.default_rng(seed).integers(0, 3, (12, n_topics)) / 4

    found = largest_topics(sparse.csr_array(dense))

    assert np.array_equal(found, np.where(dense.any(axis=1), dense.argmax(axis=1), -1))
