"""The choice of prior and passes on held-out words."""

import numpy as np
import pytest
from pydantic import ValidationError
from scipy import sparse

from saetm.emission.config import EmissionConfig
from saetm.emission.emissions import dense
from saetm.emission.solve import solve
from saetm.errors import ContractError
from tests.core.planted_words import planted_words


def scarce():
    return planted_words(n_items=400, n_features=60, n_words=200, length=20, seed=6)


def test_the_best_candidate_on_held_out_words_is_chosen():
    world = scarce()

    fit = solve(world.theta, world.counts, EmissionConfig(prior_grid=(0.1, 3.0, 500.0)))

    best = max(fit.candidates, key=lambda step: step.heldout_log_likelihood)
    assert (fit.prior, fit.passes) == (best.prior, best.passes)
    assert fit.heldout_log_likelihood == best.heldout_log_likelihood
    assert {step.prior for step in fit.candidates} <= {0.1, 3.0, 500.0}


@pytest.mark.parametrize("grid", [(0.01, 0.1, 1.0, 3.0), (3.0, 9.0, 30.0, 100.0), (3.0, 1.0)])
def test_the_search_finds_the_best_prior_of_the_grid_without_trying_all(grid):
    world = scarce()
    alone = [
        solve(world.theta, world.counts, EmissionConfig(prior=prior)).heldout_log_likelihood
        for prior in grid
    ]

    fit = solve(world.theta, world.counts, EmissionConfig(prior_grid=grid))

    assert fit.prior == grid[int(np.argmax(alone))]
    assert fit.heldout_log_likelihood == max(alone)


def test_the_choice_explains_fresh_words_better_than_convergence_without_a_prior():
    world = scarce()
    fresh = planted_words(n_items=400, n_features=60, n_words=200, length=400, seed=6)

    def explained(config):
        fit = solve(world.theta, world.counts, config)
        q = 0.7 * fresh.theta @ dense(fit.emissions) + 0.3 * fit.emissions.unigram
        seen = fit.emissions.unigram > 0
        return (fresh.counts.toarray()[:, seen] * np.log(q[:, seen])).sum() / fresh.counts.sum()

    overfit = EmissionConfig(prior=0, passes=500, heldout_share=0)
    np.testing.assert_array_equal(world.theta.toarray(), fresh.theta.toarray())
    assert explained(EmissionConfig()) > explained(overfit) + 0.02


def test_the_final_fit_sees_all_words():
    world = scarce()

    chosen = solve(world.theta, world.counts, EmissionConfig())

    given = EmissionConfig(prior=chosen.prior, passes=chosen.passes, heldout_share=0)
    np.testing.assert_array_equal(
        dense(chosen.emissions), dense(solve(world.theta, world.counts, given).emissions)
    )


def test_the_same_seed_gives_the_same_fit_and_another_seed_another_split():
    world = scarce()

    one, same, other = (
        solve(world.theta, world.counts, EmissionConfig(seed=seed)) for seed in (1, 1, 2)
    )

    assert one.candidates == same.candidates
    assert one.heldout_log_likelihood != other.heldout_log_likelihood


def test_what_is_given_is_kept_and_only_the_rest_is_chosen():
    world = scarce()

    by_passes = solve(world.theta, world.counts, EmissionConfig(prior=7.0))
    by_prior = solve(world.theta, world.counts, EmissionConfig(passes=2))

    assert by_passes.prior == 7.0
    assert by_prior.passes == len(by_prior.curve) == 2
    assert by_prior.heldout_log_likelihood < 0


def test_every_pass_of_search_and_fit_is_told():
    world = scarce()
    told = []

    fit = solve(world.theta, world.counts, EmissionConfig(), on_step=told.append)

    search, final = told[: len(fit.candidates)], told[len(fit.candidates) :]
    assert tuple(search) == fit.candidates
    assert tuple(step.log_likelihood for step in final) == fit.curve


def test_fractions_of_words_cannot_be_held_out():
    with pytest.raises(ContractError, match="whole numbers"):
        solve(sparse.csr_array([[1.0]]), sparse.csr_array([[0.5]]), EmissionConfig())


@pytest.mark.parametrize(
    "wrong",
    [
        {"heldout_share": 0},
        {"background_share": 0},
        {"prior": -1},
        {"prior_grid": (1.0, -1.0)},
        {"passes": 0},
        {"unknown": 1},
    ],
)
def test_settings_without_sense_are_refused(wrong):
    with pytest.raises(ValidationError):
        EmissionConfig(**wrong)
