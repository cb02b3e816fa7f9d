"""Compiled steps are Torch's steps, and do not depend on the number of threads."""

import numpy as np
import pytest
import torch

from saetm.crew import Crew
from saetm.sae.compiled_learning import CompiledLearner
from saetm.sae.config import SaeConfig
from saetm.sae.learning import TorchLearner
from saetm.sae.loops import Rounded, find_above, mark_largest, round_rows
from saetm.sae.quantised import quantise
from saetm.sae.revival import Silence, revival
from saetm.sae.start import initial_autoencoder

N_FEATURES = 70
ROWS = torch.from_numpy(np.random.default_rng(0).standard_normal((600, 20)).astype(np.float32) / 4)


def learned(learner, *, kind, n_steps=12):
    """Take steps from the same start; return the parameters and the losses."""
    config = SaeConfig(kind=kind, dictionary_size=N_FEATURES, active_features=3, learning_rate=1e-2)
    model = initial_autoencoder(ROWS, config, config.sizes(*ROWS.shape))
    silence = Silence(N_FEATURES, patience=120, device=torch.device("cpu"))
    taught = learner(model, config, silence)
    losses = [taught.step(rows, 1e-2) for rows in torch.split(ROWS, 50)[:n_steps]]
    return dict(model.named_parameters()), losses


@pytest.mark.parametrize("kind", ["batch_topk", "topk"])
@pytest.mark.parametrize("has_eight_bits", [True, False])
def test_a_compiled_step_is_a_step_of_torch(monkeypatch, kind, has_eight_bits):
    expected, expected_losses = learned(TorchLearner, kind=kind)
    if not has_eight_bits:  # as on a processor without instructions for them
        for module in ("preactivations", "compiled_learning"):
            monkeypatch.setattr(f"saetm.sae.{module}.is_fast", lambda _: False)
    actual, losses = learned(CompiledLearner, kind=kind)

    np.testing.assert_allclose(losses, expected_losses, rtol=1e-5)
    for name, parameter in expected.items():
        torch.testing.assert_close(actual[name], parameter, rtol=1e-4, atol=2e-6)


def test_threads_change_no_bit_of_a_step():
    before, found = torch.get_num_threads(), []
    for n_threads in (1, 3):
        torch.set_num_threads(n_threads)
        found.append(learned(CompiledLearner, kind="batch_topk", n_steps=3)[0])
    torch.set_num_threads(before)

    for name, parameter in found[0].items():
        assert torch.equal(found[1][name], parameter), name


def test_silent_features_are_dead_after_the_patience_and_alive_once_active():
    silence = Silence(4, patience=10, device=torch.device("cpu"))

    assert silence.after(torch.tensor([0, 1]), 6).tolist() == []
    assert silence.after(torch.tensor([1]), 6).tolist() == [2, 3]
    assert silence.after(torch.tensor([2]), 6).tolist() == [0, 3]


def test_revival_falls_along_its_gradient():
    generator = torch.Generator().manual_seed(0)
    parts = [torch.randn(5, 20, generator=generator), torch.zeros(5)]
    parts = [each.requires_grad_() for each in (*parts, torch.randn(5, 20, generator=generator))]
    missed = revival(ROWS, ROWS, *parts)
    missed.backward()
    moved = [(each - 0.05 * each.grad).detach() for each in parts]

    assert revival(ROWS, ROWS, *moved) < missed


@pytest.mark.parametrize("n_columns", [1, 15, 16, 33])
@pytest.mark.parametrize("share", [0.0, 0.02, 1.0])
def test_what_is_above_its_limit_is_found(n_columns, share):
    rng = np.random.default_rng(n_columns)
    products = rng.integers(-9, 10, (300, n_columns), dtype=np.int32)
    limits = np.quantile(products, 1 - share, axis=0).astype(np.int32) - (share == 1)
    counts = np.empty(300, np.int64)
    columns = Crew(2).walk(find_above, np.arange(301), products, limits, counts)

    rows, expected = np.nonzero(products > limits)
    np.testing.assert_array_equal(np.concatenate(columns), expected)
    np.testing.assert_array_equal(counts, np.bincount(rows, minlength=300))


def test_of_equal_values_the_first_are_the_largest():
    values = np.array([2, 1, 2, 2, 5, 0, 0, 0], np.float32)
    limits, largest = np.empty((2, 3), np.float32), np.empty(8, np.bool_)
    start = np.array([0, 5, 8], np.int32)
    Crew(1).walk(mark_largest, start, start, values, limits, largest)

    assert largest.tolist() == [True, False, True, False, True, True, True, True]
    assert limits[:, 0].tolist() == [2, 0]


def test_rounded_rows_are_those_of_torch():
    vectors = ROWS.clone()
    vectors[3] = 0
    rounded = Rounded(
        np.empty(vectors.shape, np.int8), np.empty(600, np.float32), np.empty(600, np.float32)
    )
    Crew(1).walk(round_rows, np.arange(601), vectors.numpy(), rounded)
    expected = quantise(vectors, surely=False)

    assert np.abs(rounded.numbers - expected.numbers.numpy().astype(int)).max() <= 1
    np.testing.assert_allclose(rounded.steps, expected.steps, rtol=1e-6, atol=1e-37)
    np.testing.assert_allclose(rounded.norms, expected.norms, rtol=1e-6)
