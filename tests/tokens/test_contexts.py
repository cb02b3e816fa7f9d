import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from saetm.tokens.contexts import Context, Firing, TopContexts
from tests.tokens.planted_tokens import stream_of


@given(st.integers(0, 1000), st.integers(1, 40))
def test_the_best_of_each_document_are_kept_whatever_the_batches(seed, size):
    rng = np.random.default_rng(seed)
    texts = np.sort(rng.integers(12, size=120))
    values = rng.permutation(120).astype(np.float32) + 1
    features = rng.integers(3, size=120)
    top = TopContexts(3, size=4)
    start = 0
    for states in stream_of(np.zeros((120, 1), np.float32), texts, size=size)():
        here = slice(start, start + len(states.texts))
        tokens = np.arange(len(states.texts))
        top.add(states, Firing(tokens, features[here], values[here]))
        start = here.stop
    for feature in range(3):
        mine = {
            text: values[(features == feature) & (texts == text)].max(initial=0) for text in texts
        }
        wanted = sorted((value for value in mine.values() if value), reverse=True)[:4]
        assert [each.activation for each in top.of(feature)] == wanted


def test_a_context_holds_its_token_by_position():
    sources = ["the goal of the goalkeeper", "a ball"]
    texts = np.repeat([0, 1], [26, 6])
    states = next(stream_of(np.zeros((32, 1), np.float32), texts, sources, size=32)())
    top = TopContexts(1)
    top.add(states, Firing(np.array([20, 28]), np.array([0, 0]), np.array([1.0, 2.0], np.float32)))
    strongest, other = top.of(0)
    assert (strongest.text, strongest.start, strongest.token) == ("a ball", 2, "b")
    assert other.text[other.start] == other.token == "k"
    assert (strongest.word, other.word) == ("ball", "goalkeeper")


def test_words_of_marks_are_the_marks():
    assert Context("so; he said", 2, ";", 1.0).word == ";"
    assert Context("in  1992 ", 2, "  1992", 1.0).word == "1992"
