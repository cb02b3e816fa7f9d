"""Which fits a contest makes, what they leave out, and in which order their topics stand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from saetm.items import content_id
from saetm.models.contest import Task, contend, left_out, tasks
from saetm.models.model import Corpus, ModelFit

IDS = st.lists(st.binary(max_size=8).map(content_id), unique=True, min_size=1, max_size=60)


def test_refits_follow_the_fit_on_all_items_with_seeds_that_count_on():
    assert tasks((20, 10), refits=2, seed=5) == [
        Task(10, 0, 5),
        Task(10, 1, 6),
        Task(10, 2, 7),
        Task(20, 0, 5),
        Task(20, 1, 6),
        Task(20, 2, 7),
    ]


@given(IDS)
def test_ten_refits_leave_out_every_item_once_and_the_first_fit_none(item_ids):
    parts = np.array([left_out(item_ids, refit) for refit in range(1, 11)])

    assert parts.sum(axis=0).tolist() == [1] * len(item_ids)
    assert not left_out(item_ids, 0).any()


@given(IDS, st.integers(1, 10))
def test_what_is_left_out_stays_so_when_items_are_added(item_ids, refit):
    half = item_ids[::2]

    assert left_out(half, refit).tolist() == left_out(item_ids, refit)[::2].tolist()


class Told:
    """A model that returns what it is told, and keeps what it was given."""

    def __init__(self, fit):
        self.fit, self.seen = fit, []

    def __call__(self, corpus, n_topics, seed, advance):
        self.seen.append((corpus, n_topics, seed))
        advance(1.0)
        rows = corpus.n_items
        return ModelFit(self.fit.scores, self.fit.distributions, self.fit.mixtures[:rows])


@pytest.fixture
def corpus():
    rng = np.random.default_rng(0)
    counts = sparse.csr_array(rng.poisson(3.0, size=(40, 4)).astype(np.float64))
    return Corpus(counts, np.zeros((40, 2), np.float32), list("abcd"), None)


@pytest.fixture
def told():
    lighter = np.tile([0.3, 0.7], (40, 1))
    words = np.array([[0.7, 0.1, 0.1, 0.1], [0.1, 0.1, 0.1, 0.7]])
    return Told(ModelFit(words, words, lighter))


ITEM_IDS = [content_id(bytes([number])) for number in range(40)]


def test_topics_come_heaviest_first_with_their_weights(corpus, told):
    found = contend(told, corpus, ITEM_IDS, Task(2, 0, 3), lambda _: None)

    assert found.weights == pytest.approx([0.7, 0.3])
    assert found.fit.scores[0].argmax() == 3
    assert found.fit.mixtures[0] == pytest.approx([0.7, 0.3])
    assert found.perplexity is None
    assert told.seen[0][1:] == (2, 3)


def test_a_refit_sees_nine_tenths_and_foretells_the_rest(corpus, told):
    found = contend(told, corpus, ITEM_IDS, Task(2, 1, 0), lambda _: None)

    (seen, *_), out = told.seen[0], left_out(ITEM_IDS, 1)
    assert seen.n_items == 40 - out.sum()
    assert (seen.counts != corpus.counts[np.flatnonzero(~out)]).nnz == 0
    assert 1 < found.perplexity < 4 * 1.5  # four words, which the topics tell apart a little


def test_items_left_out_without_words_foretell_nothing(corpus, told):
    counts = corpus.counts.tolil()
    counts[np.flatnonzero(left_out(ITEM_IDS, 1))] = 0
    bare = Corpus(sparse.csr_array(counts), corpus.embeddings, corpus.words, None)

    assert contend(told, bare, ITEM_IDS, Task(2, 1, 0), lambda _: None).perplexity is None
