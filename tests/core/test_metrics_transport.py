"""Word mover's distances of all pairs, against the solvers that others keep."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from saetm.crew import Crew
from saetm.metrics.transport import word_movers_distances

VECTORS = arrays(np.float64, (30, 3), elements=st.floats(-5, 5, width=16))
TOPICS = st.integers(1, 8).flatmap(
    lambda size: st.lists(
        st.lists(st.integers(0, 29), min_size=size, max_size=size), min_size=1, max_size=5
    ).map(np.array)
)


def assigned(top_words, vectors):
    found = np.zeros((len(top_words), len(top_words)))
    for first, second in combinations(range(len(top_words)), 2):
        costs = cdist(vectors[top_words[first]], vectors[top_words[second]])
        found[first, second] = found[second, first] = costs[linear_sum_assignment(costs)].mean()
    return found


@given(TOPICS, VECTORS)
def test_each_pair_costs_what_scipy_finds_even_with_ties_and_words_twice(top_words, vectors):
    found = word_movers_distances(top_words, vectors, crew=Crew(1))

    np.testing.assert_allclose(found, assigned(top_words, vectors), atol=1e-9)


def topics_of_chance():
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(300, 20))
    return np.array([rng.choice(300, 20, replace=False) for _ in range(40)]), vectors


def test_twenty_words_are_assigned_as_by_scipy_on_any_number_of_threads():
    top_words, vectors = topics_of_chance()

    alone, together = (word_movers_distances(top_words, vectors, crew=Crew(n)) for n in (1, 3))

    np.testing.assert_allclose(alone, assigned(top_words, vectors), rtol=1e-12)
    np.testing.assert_array_equal(alone, together)


def test_pot_finds_no_cheaper_transport():
    pot = pytest.importorskip("ot")
    top_words, vectors = topics_of_chance()
    evenly = np.full(20, 1 / 20)

    found = word_movers_distances(top_words, vectors)

    for first, second in combinations(range(6), 2):
        costs = cdist(vectors[top_words[first]], vectors[top_words[second]])
        assert found[first, second] == pytest.approx(pot.emd2(evenly, evenly, costs))
