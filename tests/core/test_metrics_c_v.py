"""Coherence from shared windows."""

from math import log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saetm.errors import ContractError
from saetm.metrics.c_v import EPSILON, c_v

N_WORDS = 6
TEXTS = st.lists(
    st.lists(st.integers(-1, N_WORDS - 1), max_size=9).map(lambda ids: np.array(ids, np.int64)),
    min_size=1,
    max_size=6,
)
TOPICS = st.lists(
    st.permutations(range(N_WORDS)).map(lambda words: words[:3]), min_size=1, max_size=4
).map(np.array)
WINDOWS = st.integers(1, 5)


def windows_of(texts, size):
    for text in texts:
        for start in range(max(len(text) - size + 1, 1)):
            yield set(text[start : start + size].tolist())


def naive_c_v(topic, texts, size):
    windows = list(windows_of(texts, size))

    def share(*words):
        return sum(all(word in window for word in words) for window in windows) / len(windows)

    def npmi(one, other):
        if share(one) in {0, 1} or share(other) in {0, 1}:
            return 0.0
        both = share(one, other)
        return log((both + EPSILON) / (share(one) * share(other))) / -log(both + EPSILON)

    vectors = [[npmi(one, other) for other in topic] for one in topic]
    whole = [sum(column) for column in zip(*vectors, strict=True)]
    return np.mean([cosine(vector, whole) for vector in vectors])


def cosine(one, other):
    length = sqrt(sum(x * x for x in one)) * sqrt(sum(x * x for x in other))
    return sum(x * y for x, y in zip(one, other, strict=True)) / length if length else 0.0


@given(TOPICS, TEXTS, WINDOWS)
def test_it_is_the_naive_count_of_windows(top_words, texts, size):
    expected = [naive_c_v(topic, texts, size) for topic in top_words.tolist()]

    np.testing.assert_allclose(c_v(top_words, texts, window=size), expected, atol=1e-9)


@given(TOPICS, TEXTS, WINDOWS, st.randoms(use_true_random=False))
def test_order_of_items_and_of_top_words_does_not_matter_and_that_of_topics_is_kept(
    top_words, texts, size, chance
):
    items, topics, slots = (chance.sample(range(n), n) for n in (len(texts), *top_words.shape))

    shuffled = c_v(top_words[topics][:, slots], [texts[item] for item in items], window=size)

    expected = c_v(top_words, texts, window=size)[topics]
    np.testing.assert_allclose(shuffled, expected, atol=1e-9)


def test_words_that_only_occur_together_score_one_and_more_than_words_apart():
    texts = [np.array(ids) for ids in ([0, 1], [1, 5, 0], [2, 5], [3], [4, 4])]

    together, apart = c_v(np.array([[0, 1], [2, 3]]), texts)

    assert together == pytest.approx(1.0)
    assert apart < 0.5


def test_a_window_reaches_no_further_than_its_tokens_or_its_item():
    far = [np.array([0, 5, 5, 1, 5]), np.array([5, 5])]
    split = [np.array([0]), np.array([1]), np.array([5, 5])]

    assert c_v(np.array([[0, 1]]), far, window=4) > c_v(np.array([[0, 1]]), far, window=3)
    assert c_v(np.array([[0, 1]]), far, window=3) < 0.5
    assert c_v(np.array([[0, 1]]), split) < 0.5


@pytest.mark.parametrize(
    ("top_words", "texts", "window"),
    [
        ([[0]], [[0]], 110),
        ([0, 1], [[0]], 110),
        ([[0, -1]], [[0]], 110),
        ([[0, 1]], [], 110),
        ([[0, 1]], [[0]], 0),
    ],
)
def test_input_outside_the_contract_is_refused(top_words, texts, window):
    with pytest.raises(ContractError):
        c_v(np.array(top_words), [np.array(text) for text in texts], window=window)


def spread_texts():
    """Sixty texts of up to 25 tokens in which no word comes again within 12 tokens."""
    rng = np.random.default_rng(0)
    texts = []
    for length in rng.integers(4, 26, size=60):
        text = []
        while len(text) < length:
            text.append(int(rng.choice(np.setdiff1d(np.arange(30), text[-12:]))))
        texts.append(np.array(text))
    return texts


SPREAD_TOPICS = np.array([[0, 1, 2, 3], [2, 9, 4, 11], [20, 21, 5, 7]])
GENSIM_VALUES = [0.38633046743150995, 0.45822844377866234, 0.44960824553988515]  # gensim 4.4.0


def test_gensim_gave_the_same_where_no_window_holds_a_word_twice():
    values = c_v(SPREAD_TOPICS, spread_texts(), window=10)

    np.testing.assert_allclose(values, GENSIM_VALUES, atol=1e-9)


def test_gensim_gives_the_same_now():
    coherence = pytest.importorskip("gensim.models.coherencemodel")
    dictionary = pytest.importorskip("gensim.corpora").Dictionary
    texts = [[f"w{word}" for word in text] for text in spread_texts()]
    model = coherence.CoherenceModel(
        topics=[[f"w{word}" for word in topic] for topic in SPREAD_TOPICS],
        texts=texts,
        dictionary=dictionary(texts),
        coherence="c_v",
        window_size=10,
        processes=1,
    )

    np.testing.assert_allclose(
        c_v(SPREAD_TOPICS, spread_texts(), window=10), model.get_coherence_per_topic(), atol=1e-9
    )
