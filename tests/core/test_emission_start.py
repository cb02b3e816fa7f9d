"""Warm starts: an optimum stays, and new words may still enter."""

import numpy as np
import pytest
from scipy import sparse

from saetm.emission.config import EmissionConfig
from saetm.emission.emissions import Emissions, dense
from saetm.emission.solve import solve
from saetm.errors import ContractError
from tests.core.planted_words import planted_words


def world():
    return planted_words(n_items=60, n_features=5, n_words=20, length=20, seed=8)


def config(passes, prior=3.0):
    return EmissionConfig(prior=prior, passes=passes, heldout_share=0)


@pytest.mark.parametrize(("prior", "tolerance"), [(3.0, 1e-6), (0.0, 3e-4)])
def test_a_start_at_the_optimum_stays_there(prior, tolerance):
    w = world()
    optimum = solve(w.theta, w.counts, config(3000, prior)).emissions

    again = solve(w.theta, w.counts, config(3, prior), start=optimum).emissions

    np.testing.assert_allclose(dense(again), dense(optimum), atol=tolerance)


def test_passes_go_on_where_the_start_left_off():
    w = world()
    half = solve(w.theta, w.counts, config(5)).emissions

    whole = solve(w.theta, w.counts, config(5), start=half)

    expected = solve(w.theta, w.counts, config(10))
    np.testing.assert_allclose(dense(whole.emissions), dense(expected.emissions), atol=1e-6)


def test_a_start_shortens_the_way_after_items_are_added():
    w = world()
    before = solve(w.theta[:50], w.counts[:50], config(500)).emissions

    warm = solve(w.theta, w.counts, config(1), start=before).curve
    cold = solve(w.theta, w.counts, config(6)).curve

    assert cold[3] < warm[0] < cold[-1] + 0.05


def test_a_word_new_to_a_feature_enters_even_where_the_start_gave_it_nothing():
    theta = sparse.csr_array([[1.0], [1.0]])
    counts = sparse.csr_array([[4.0, 0.0], [0.0, 4.0]])
    start = Emissions(
        words=sparse.csr_array(np.array([[1.0, 0.0]], dtype=np.float32)),
        prior_share=np.zeros(1),
        unigram=np.array([0.5, 0.5]),
    )

    fit = solve(theta, counts, config(200, prior=0.0), start=start)

    np.testing.assert_allclose(dense(fit.emissions), [[0.5, 0.5]], atol=1e-3)


def test_a_start_of_another_shape_is_refused():
    w = world()
    start = solve(w.theta, w.counts, config(1)).emissions

    with pytest.raises(ContractError, match="start has shape"):
        solve(w.theta[:, :4], w.counts, config(1), start=start)


def test_a_start_that_has_seen_the_words_cannot_be_judged_on_them():
    w = world()
    start = solve(w.theta, w.counts, config(1)).emissions

    with pytest.raises(ContractError, match="prior and passes"):
        solve(w.theta, w.counts, EmissionConfig(), start=start)
