"""Coherence from shared items."""

from itertools import combinations
from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse

from saetm.errors import ContractError
from saetm.metrics.npmi import npmi

N_WORDS = 7
COUNTS = arrays(
    np.float64,
    st.tuples(st.integers(1, 12), st.just(N_WORDS)),
    elements=st.sampled_from([0.0, 0.0, 1.0, 3.0]),
)
TOPICS = st.lists(
    st.permutations(range(N_WORDS)).map(lambda words: words[:4]), min_size=1, max_size=5
).map(np.array)


def naive_npmi(topic, counts):
    values = []
    for first, second in combinations(topic, 2):
        p, q = (counts[:, word].astype(bool).mean() for word in (first, second))
        both = (counts[:, first].astype(bool) & counts[:, second].astype(bool)).mean()
        if both == 0:
            values.append(-1.0)
        elif both == 1:
            values.append(0.0)
        else:
            values.append(log(both / (p * q)) / -log(both))
    return np.mean(values)


@given(TOPICS, COUNTS)
def test_it_is_the_naive_mean_over_pairs(top_words, counts):
    expected = [naive_npmi(topic, counts) for topic in top_words]

    np.testing.assert_allclose(npmi(top_words, sparse.csr_array(counts)), expected, atol=1e-12)


@given(TOPICS, COUNTS, st.randoms(use_true_random=False))
def test_order_of_items_and_of_words_does_not_matter_and_that_of_topics_is_kept(
    top_words, counts, chance
):
    items, topics, slots = (
        chance.sample(range(size), size) for size in (len(counts), *top_words.shape)
    )

    shuffled = npmi(top_words[topics][:, slots], sparse.csr_array(counts[items]))

    np.testing.assert_allclose(
        shuffled, npmi(top_words, sparse.csr_array(counts))[topics], atol=1e-12
    )


@given(TOPICS, COUNTS)
def test_values_lie_between_minus_one_and_one(top_words, counts):
    values = npmi(top_words, sparse.csr_array(counts))

    assert np.all(np.abs(values) <= 1)


@given(COUNTS, st.integers(2, 9))
def test_only_whether_an_item_holds_a_word_matters(counts, factor):
    top_words = np.array([[0, 1, 2], [4, 5, 6]])

    scaled = npmi(top_words, sparse.csr_array(counts * factor))

    assert scaled.tolist() == npmi(top_words, sparse.csr_array(counts)).tolist()


def test_words_that_only_occur_together_score_one_and_words_apart_minus_one():
    counts = sparse.csr_array(np.array([[1, 2, 0], [1, 1, 0], [0, 0, 1], [0, 0, 4]]))

    assert npmi(np.array([[0, 1], [0, 2]]), counts).tolist() == [1.0, -1.0]


def test_a_word_of_every_item_or_of_none_gives_no_nan():
    counts = sparse.csr_array(np.array([[1.0, 1, 0, 1], [1, 1, 0, 0]]))

    assert npmi(np.array([[0, 1], [0, 3], [0, 2], [2, 3]]), counts).tolist() == [0, 0, -1, -1]


def test_zeros_that_are_stored_are_not_occurrences():
    stored = sparse.csr_array(
        (np.array([1.0, 0.0, 1.0]), np.array([0, 1, 1]), np.array([0, 2, 3])), shape=(2, 2)
    )

    assert npmi(np.array([[0, 1]]), stored).tolist() == [-1.0]


@pytest.mark.parametrize(
    ("top_words", "shape"),
    [
        ([[0]], (2, 3)),
        ([0, 1], (2, 3)),
        ([[0, 3]], (2, 3)),
        ([[-1, 1]], (2, 3)),
        ([[0, 1]], (0, 3)),
    ],
)
def test_input_outside_the_contract_is_refused(top_words, shape):
    with pytest.raises(ContractError):
        npmi(np.array(top_words), sparse.csr_array(shape))


def test_gensim_agrees_where_each_pair_shares_some_items_but_not_all():
    coherence = pytest.importorskip("gensim.models.coherencemodel")
    dictionary = pytest.importorskip("gensim.corpora").Dictionary
    rng = np.random.default_rng(0)
    counts = (rng.random((200, 6)) < 0.4).astype(float)
    counts[0] = 1
    texts = [[f"w{word}" for word in np.flatnonzero(row)] for row in counts]
    top_words = np.array([[0, 1, 2, 3], [2, 5, 4, 1]])
    model = coherence.CoherenceModel(
        topics=[[f"w{word}" for word in topic] for topic in top_words],
        texts=texts,
        dictionary=dictionary(texts),
        coherence="c_npmi",
        window_size=6,  # no text is longer, so a window is a document
        processes=1,
    )

    expected = model.get_coherence_per_topic()

    np.testing.assert_allclose(npmi(top_words, sparse.csr_array(counts)), expected, atol=1e-6)
