"""The sparse way through the autoencoder equals the dense one, in value and gradient."""

import pytest
import torch

from saetm.sae.autoencoder import Autoencoder
from saetm.sae.sparsity import L1, BatchTopK, TopK


def autoencoder(sparsity, *, n_features=60, dimension=7, seed=0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    model = Autoencoder(
        torch.randn(n_features, dimension, generator=generator),
        torch.randn(dimension, generator=generator),
        sparsity,
        encoder_scale=0.5,
    ).to(dtype)
    with torch.no_grad():
        model.encoder += 0.1 * torch.randn(n_features, dimension, generator=generator)
        model.encoder_bias -= 0.2
    return model, torch.randn(9, dimension, generator=generator, dtype=dtype)


def dense_pass(model, rows):
    pre = (rows - model.decoder_bias) @ model.encoder.T + model.encoder_bias
    activations = pre.relu() * kept_by_sorting(model.sparsity, pre)
    return activations, activations @ model.decoder + model.decoder_bias


def kept_by_sorting(sparsity, pre):
    if isinstance(sparsity, L1):
        return pre > 0
    if isinstance(sparsity, TopK):
        return pre >= pre.sort(dim=1).values[:, -sparsity.active_features, None]
    return pre >= pre.flatten().sort().values[-sparsity.active_features * len(pre)]


def gradients(model, loss):
    model.zero_grad()
    loss.backward()
    return {name: parameter.grad.clone() for name, parameter in model.named_parameters()}


class CostlyTopK(TopK):
    """TopK that also charges, so that gradients reach the values themselves."""

    def penalty(self, strength):
        return 0.3 * strength


TOLERANCES = {torch.float64: (1e-7, 1e-7), torch.float32: (1e-4, 1e-5)}  # relative, absolute


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("rule", [TopK, BatchTopK, CostlyTopK, L1])
def test_values_and_gradients_equal_the_dense_ones(rule, dtype):
    sparsity = rule(0.1 if rule is L1 else 2)
    model, rows = autoencoder(sparsity, dtype=dtype)
    activations, expected = dense_pass(model, rows)
    penalty = sparsity.penalty(activations.sum() / len(rows))
    oracle = gradients(model, (rows - expected).square().sum() + penalty)
    result = model(rows)
    actual = gradients(model, (rows - result.reconstruction).square().sum() + result.penalty)

    relative, absolute = TOLERANCES[dtype]
    codes = result.active.dense(result.activations)
    torch.testing.assert_close(result.reconstruction, expected, rtol=relative, atol=absolute)
    torch.testing.assert_close(codes, activations.detach(), rtol=relative, atol=absolute)
    for name, gradient in oracle.items():
        torch.testing.assert_close(actual[name], gradient, rtol=relative, atol=absolute)


def test_rows_without_an_active_feature_reconstruct_to_the_decoder_bias():
    model, rows = autoencoder(TopK(1))
    with torch.no_grad():
        model.encoder_bias -= 100.0

    assert torch.equal(model(rows).reconstruction, model.decoder_bias.expand_as(rows))


def test_constraints_restore_unit_rows_and_a_full_pull_aligns_the_encoder():
    model, _ = autoencoder(TopK(1))
    with torch.no_grad():
        model.decoder *= 3.0
    model.constrain(pull=1.0)

    norms = model.decoder.norm(dim=1)
    cosines = torch.cosine_similarity(model.encoder, model.decoder, dim=1)
    torch.testing.assert_close(norms, torch.ones_like(norms))
    torch.testing.assert_close(cosines.abs(), torch.ones_like(norms))
