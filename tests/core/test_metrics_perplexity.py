"""Perplexity by document completion."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse

from saetm.errors import ContractError
from saetm.metrics import perplexity as module
from saetm.metrics.perplexity import perplexity, split_words

COUNTS = arrays(np.float64, (5, 6), elements=st.integers(0, 4).map(float))


@given(COUNTS, st.integers(0, 5))
def test_halves_add_up_and_differ_by_one_word_at_most(counts, seed):
    halves = split_words(sparse.csr_array(counts), seed=seed)

    np.testing.assert_array_equal((halves.seen + halves.heldout).toarray(), counts)
    more = halves.seen.sum(axis=1) - halves.heldout.sum(axis=1)
    np.testing.assert_array_equal(more, counts.sum(axis=1) % 2)


def planted(n_items=60, n_topics=3, n_words=30, seed=0):
    """Items of one topic each, whose topics have words of their own."""
    rng = np.random.default_rng(seed)
    topics = np.kron(np.eye(n_topics), np.full(n_words // n_topics, n_topics / n_words))
    counts = np.array([rng.multinomial(40, topics[item % n_topics]) for item in range(n_items)])
    return topics, sparse.csr_array(counts.astype(np.float64)), counts.sum(axis=0).astype(float)


def test_even_distributions_waver_between_all_words():
    _, counts, _ = planted()
    even = np.full((2, 30), 1 / 30)

    assert perplexity(even, counts, np.ones(30)) == pytest.approx(30)


def test_the_true_topics_waver_between_their_own_words():
    topics, counts, unigram = planted()

    found = perplexity(topics, counts, unigram)

    assert 10 < found < 12.5
    assert found < perplexity(topics.mean(axis=0, keepdims=True), counts, unigram)


def test_blocks_of_items_change_nothing(monkeypatch):
    topics, counts, unigram = planted()
    whole = perplexity(topics, counts, unigram)

    monkeypatch.setattr(module, "BLOCK", 100)

    assert perplexity(topics, counts, unigram) == pytest.approx(whole, rel=1e-12)


def test_a_word_that_no_fitted_item_holds_is_left_out():
    topics, counts, unigram = planted()
    new = sparse.csr_array(np.hstack([counts.toarray(), np.ones((60, 1))]))
    wider = np.hstack([topics, np.zeros((3, 1))])

    assert perplexity(wider, new, np.append(unigram, 0)) == pytest.approx(
        perplexity(topics, counts, unigram)
    )


@pytest.mark.parametrize(
    ("topics", "counts", "unigram"),
    [
        (np.ones((2, 3)) / 3, np.ones((2, 4)), np.ones(3)),
        (np.ones((2, 3)), np.ones((2, 3)), np.ones(3)),
        (np.ones((2, 3)) / 3, np.eye(3), np.ones(3)),
    ],
)
def test_input_outside_the_contract_is_refused(topics, counts, unigram):
    with pytest.raises(ContractError):
        perplexity(topics, sparse.csr_array(counts), unigram)
