"""A number of topics by the curve of quality."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from saetm.choosing import choose, ladder
from saetm.metrics.intervals import Estimate
from saetm.scoring.ladder import ladder_estimates
from saetm.scoring.words import Evidence

CURVES = st.dictionaries(
    st.integers(2, 300),
    st.tuples(st.floats(-1, 1), st.floats(0, 0.3)).map(
        lambda pair: Estimate(pair[0], pair[0] - pair[1], pair[0] + pair[1], 5)
    ),
    min_size=1,
)


@given(CURVES)
def test_the_choice_may_be_the_best_and_no_larger_number_may(curve):
    best = max(each.value for each in curve.values())

    chosen = choose(curve).topic_count

    assert curve[chosen].high >= best
    assert all(each.high < best for count, each in curve.items() if count > chosen)


def test_without_intervals_the_best_is_chosen_and_without_numbers_none():
    curve = {5: Estimate(0.2, None, None, 2), 9: Estimate(0.1, None, None, 2)}

    assert choose(curve).topic_count == 5
    assert "is the best" in choose(curve).reason
    assert choose({}) is None


def test_the_reason_names_the_best():
    curve = {10: Estimate(0.4, 0.3, 0.5, 10), 20: Estimate(0.38, 0.3, 0.46, 20)}

    assert choose(curve).reason == (
        "20 topics: their quality of 0.380 may be 0.460, and the best is 0.400 at 10; more topics "
        "are worse"
    )


@given(st.integers(1, 500), st.lists(st.integers(2, 400), max_size=3))
def test_a_ladder_ascends_within_the_tree(most, asked):
    rungs = ladder(most, asked)

    assert rungs == sorted(set(rungs))
    assert rungs
    assert max(rungs) <= most
    assert {count for count in asked if count <= most} <= {*rungs}


def test_quality_is_coherence_times_the_share_of_unique_words():
    rng = np.random.default_rng(0)
    themes = np.kron(np.eye(5), np.ones((1, 8)))  # five themes of eight words
    counts = sparse.csr_array(rng.poisson(2 * themes[rng.integers(0, 5, 200)]).astype(float))
    words = np.arange(40).reshape(5, 8)
    evidence = Evidence(counts, None, None)

    right = ladder_estimates(words, words[::-1], evidence)
    twice = ladder_estimates(np.repeat(words, 2, axis=0), None, evidence)
    mixed = ladder_estimates(words.T.reshape(5, 8), None, evidence)

    assert right["quality"].value == right["npmi"].value * right["unique_words"].value
    assert right["stability"].value == 1
    assert "stability" not in twice
    assert twice["quality"].value == pytest.approx(right["quality"].value / 2)
    assert mixed["quality"].high < right["quality"].low
