"""Expectation-maximisation against the authors' optimiser on the same held-out words."""

import numpy as np
import pytest
import torch
from scipy import sparse

from saetm.emission.config import EmissionConfig
from saetm.emission.emissions import dense
from saetm.emission.solve import solve
from tests.core.planted_words import planted_words


def adamw(theta, counts, unigram, *, epochs, seed):
    """Dense softmax logits, N(0, 0.01^2) at the start, lr 1e-2, batches of 1,024 items."""
    generator = torch.Generator().manual_seed(seed)
    theta, counts = torch.tensor(theta), torch.tensor(counts)
    background = 0.3 * torch.tensor(unigram)
    shape = (theta.shape[1], counts.shape[1])
    logits = (0.01 * torch.randn(shape, generator=generator, dtype=torch.float64)).requires_grad_()
    optimiser = torch.optim.AdamW([logits], lr=1e-2, weight_decay=0.0)
    curve = []
    for _ in range(epochs):
        for items in torch.randperm(len(theta), generator=generator).split(1024):
            q = 0.7 * theta[items] @ torch.softmax(logits, dim=1) + background
            loss = -(counts[items] * torch.log(q.clamp(min=1e-8))).sum()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        curve.append(torch.softmax(logits, dim=1).detach().numpy())
    return curve


@pytest.mark.slow
def test_held_out_words_are_explained_at_least_as_well_as_by_adamw_at_its_best_epoch():
    world = planted_words(n_items=2000, n_features=40, n_words=120, length=25, seed=0)
    theta, counts = world.theta.toarray(), world.counts.toarray()
    heldout = np.random.default_rng(0).binomial(counts.astype(np.int64), 0.2)
    seen = counts - heldout

    fit = solve(world.theta, sparse.csr_array(seen), EmissionConfig(idf_weighting=False, seed=1))

    unigram = fit.emissions.unigram

    def explained(emissions):
        q = 0.7 * theta @ emissions + 0.3 * unigram
        return (heldout * np.log(np.maximum(q, 1e-8))).sum() / heldout.sum()

    rival = max(map(explained, adamw(theta, seen, unigram, epochs=150, seed=0)))
    assert rival > explained(np.tile(unigram, (40, 1))) + 0.2
    assert explained(dense(fit.emissions)) >= rival
