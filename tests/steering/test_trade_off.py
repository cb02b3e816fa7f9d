"""Which strength is recommended, and what it is recommended by."""

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from saetm.errors import ContractError
from saetm.steering.feature_share import feature_share
from saetm.steering.trade_off import (
    ENOUGH,
    MOST_PERPLEXITY,
    Effect,
    effects,
    recommended_of,
    recommended_strength,
)

FITS = st.builds(
    Effect,
    st.sampled_from([-1.0, 0.0, 0.25, 0.5, 1.0, 2.0]),
    st.floats(-1, 1) | st.just(math.nan),
    st.floats(0.5, 10) | st.just(math.nan) | st.just(math.inf),
    st.floats(0, 1) | st.just(math.nan),
)


@given(st.lists(FITS, max_size=8))
def test_what_is_recommended_is_fit_and_near_the_best(found):
    chosen = recommended_strength(found)

    fit = [
        each
        for each in found
        if each.strength > 0
        and each.relevance_gain > 0
        and each.perplexity_ratio <= MOST_PERPLEXITY
    ]
    assert (chosen is None) == (not fit)
    if fit:
        gain = max(each.relevance_gain for each in fit if each.strength == chosen)
        assert gain >= ENOUGH * max(each.relevance_gain for each in fit)


def test_the_three_ways_are_weighed():
    weak = Effect(0.25, 0.10, 1.1, 0.2)
    good = Effect(0.50, 0.30, 1.5, 0.4)
    equal = Effect(0.75, 0.31, 1.9, 0.6)
    broken = Effect(1.00, 0.60, 2.1, 0.9)
    away = Effect(-0.50, 0.90, 1.0, 0.1)

    assert recommended_strength([weak, good, equal, broken, away]) == 0.5
    assert recommended_strength([weak, good, equal, broken], enough=1.0) == 0.75
    assert recommended_strength([weak, good, equal, broken], most_perplexity=3) == 1.0
    assert recommended_strength([broken, away]) is None
    assert recommended_strength([]) is None


def measured(strength, relevance, perplexity, drift):
    return [
        {
            "prompt": prompt,
            "draw": draw,
            "is_steered": strength is not None,
            "strength": strength or 0.0,
            "relevance": relevance + 0.1 * draw,
            "feature_share": relevance / 2,
            "perplexity": perplexity * 4 ** (prompt == "b"),
            "drift": drift,
        }
        for prompt in ("a", "b")
        for draw in range(3)
    ]


def test_effects_are_of_pairs_and_perplexity_of_its_logarithm():
    rows = measured(0.5, 0.4, 3.0, 0.3) + measured(None, 0.1, 2.0, 0.0) + measured(0, 0.2, 2, 0.1)
    found = effects(pl.DataFrame(rows).sample(fraction=1, shuffle=True, seed=1))

    assert found.select("is_steered", "strength").rows() == [
        (False, 0.0),
        (True, 0.0),
        (True, 0.5),
    ]
    assert found["texts"].to_list() == [6, 6, 6]
    assert found["relevance_gain"].to_list() == pytest.approx([0, 0.1, 0.3])
    assert found["perplexity"].to_list() == pytest.approx([4, 4, 6])
    assert found["perplexity_ratio"].to_list() == pytest.approx([1, 1, 1.5])
    assert recommended_of(found) == 0.5


def test_nothing_to_compare_with_is_a_breach():
    with pytest.raises(ContractError, match="unsteered"):
        effects(pl.DataFrame(measured(0.5, 0.4, 3.0, 0.3)))


@given(st.integers(0, 2**32 - 1))
def test_the_shares_of_all_topics_are_one_and_equal_the_naive_form(seed):
    rng = np.random.default_rng(seed)
    counts = sparse.csr_array(rng.poisson(0.5, (4, 6)).astype(float))
    weights = rng.dirichlet(np.full(6, 0.3), size=3)
    weights[:, 5] = 0  # a feature of no topic tells nothing
    pi = rng.dirichlet(np.ones(3))

    found = np.stack([feature_share(counts, weights, pi, topic) for topic in range(3)])

    for text, row in enumerate(counts.toarray()):
        fired = row[:5].sum()
        for topic in range(3):
            told = sum(
                row[i] * pi[topic] * weights[topic, i] / (pi @ weights[:, i])
                for i in range(5)
                if row[i]
            )
            assert found[topic, text] == pytest.approx(told / fired if fired else 0.0)
        assert found[:, text].sum() == pytest.approx(1.0 if fired else 0.0)


def test_shapes_that_do_not_fit_are_a_breach():
    with pytest.raises(ContractError, match="fit no"):
        feature_share(sparse.csr_array((1, 3)), np.ones((2, 4)), np.ones(2), 0)
