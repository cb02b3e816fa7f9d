"""Neural topic models find planted themes, again and again, and leave no trace in Torch."""

from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn.functional import batch_norm

from saetm.errors import InputError
from saetm.models.neural.batches import batch_of
from saetm.models.neural.mixture import mixture_loss
from saetm.models.neural.plans import Sinkhorn, squared_distances
from saetm.models.neural.product import ProductDecoder, normalised_loss, softmax_loss
from saetm.models.neural.training import Schedule
from saetm.models.neural.tsctm import contrast
from saetm.models.neural.word_transport import SHARPNESS, transport_loss
from tests.core.planted_bags import planted_bags, recovered_items, recovered_words

FLOORS = {  # share of the themes' words found, after a tenth of the training that it gets
    "avitm": 0.85,
    "combinedtm": 0.85,
    "dectm": 0.6,
    "dvae": 0.9,
    "etm": 0.9,
    "fastopic": 0.7,
    "nstm": 0.6,
    "tsctm": 0.85,
}
SMALL = planted_bags(n_items=200)


def fitted(name, planted, seed=0, advance=lambda _: None, **changes):
    module = import_module(f"saetm.models.neural.{name}")
    quick = {"epochs": 30, "learning_rate": 0.02, "least_epochs": 30} | changes
    schedule = replace(module.SCHEDULE, **quick)
    return getattr(module, f"fit_{name}")(planted.corpus, 4, seed, advance, schedule)


@pytest.mark.parametrize("name", FLOORS)
def test_themes_are_found(name):
    done: list[float] = []
    fit = fitted(name, SMALL, advance=done.append)
    assert recovered_words(SMALL, fit) >= FLOORS[name]
    assert recovered_items(SMALL, fit) >= FLOORS[name]
    np.testing.assert_allclose(fit.distributions.sum(axis=1), 1)
    np.testing.assert_allclose(fit.mixtures.sum(axis=1), 1, atol=1e-5)
    assert sum(done) == pytest.approx(1)


@pytest.mark.parametrize("name", ["combinedtm", "dvae", "nstm"])
def test_the_seed_decides_and_the_state_of_torch_stays(name):
    before = torch.random.get_rng_state(), torch.get_num_threads()
    first, again, other = (fitted(name, SMALL, seed, epochs=3) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first.scores, again.scores)
    np.testing.assert_array_equal(first.mixtures, again.mixtures)
    assert not np.array_equal(first.scores, other.scores)
    assert torch.equal(before[0], torch.random.get_rng_state())
    assert before[1] == torch.get_num_threads()


def test_training_that_diverges_says_so():
    with pytest.raises(InputError, match="diverged"):
        fitted("avitm", SMALL, epochs=20, learning_rate=1e30)


def test_training_ends_when_the_loss_is_flat():
    done: list[float] = []
    fitted("fastopic", SMALL, advance=done.append, epochs=300, learning_rate=1e-9)
    assert len(done) == 41  # two windows of 20 epochs, and the share of those left out
    assert sum(done) == pytest.approx(1)


@given(n_items=st.integers(1, 100_000), size=st.sampled_from([32, 200, 1000]))
def test_small_data_gets_more_steps_and_never_an_item_alone(n_items, size):
    steps = Schedule(batch_size=size).steps(n_items)
    assert steps >= 1
    assert n_items < 16 or n_items // steps >= 16
    assert n_items // steps <= 2 * size


def batch(n_items=7):
    return batch_of(planted_bags(n_items=n_items).corpus, np.arange(n_items))


def dense(some, n_words):
    bags = torch.zeros(len(some.items), n_words)
    bags[some.rows, some.words] = some.counts
    return bags


def gradients(loss, *leaves) -> list[Tensor]:
    (loss * torch.arange(1.0, len(loss) + 1)).sum().backward()
    return [leaf.grad for leaf in leaves]


@settings(max_examples=10)
@given(seed=st.integers(0, 1000))
def test_the_loss_of_a_product_is_what_autograd_makes_of_its_formula(seed):
    some = batch()
    logits = torch.randn(7, 37, generator=torch.Generator().manual_seed(seed))
    ours, theirs = logits.clone().requires_grad_(), logits.clone().requires_grad_()
    found = softmax_loss(ours, some)
    expected = -(dense(some, 37) * theirs.log_softmax(dim=1)).sum(dim=1)
    torch.testing.assert_close(found, expected)
    slopes = gradients(found, ours), gradients(expected, theirs)
    torch.testing.assert_close(*slopes, rtol=1e-3, atol=1e-4)


@settings(max_examples=10)
@given(seed=st.integers(0, 1000))
def test_the_loss_of_a_normalised_product_is_what_autograd_makes_of_its_formula(seed):
    some, chance = batch(), torch.Generator().manual_seed(seed)
    parts = torch.randn(7, 37, generator=chance), torch.randn(37, generator=chance)
    ours = [part.clone().requires_grad_() for part in parts]
    theirs = [part.clone().requires_grad_() for part in parts]
    found = normalised_loss(1.0 * ours[0], ours[1], some)
    normal = batch_norm(theirs[0], None, None, bias=theirs[1], training=True, eps=1e-3)
    expected = -(dense(some, 37) * normal.log_softmax(dim=1)).sum(dim=1)
    torch.testing.assert_close(found, expected)
    slopes = gradients(found, *ours), gradients(expected, *theirs)
    torch.testing.assert_close(*slopes, rtol=1e-3, atol=1e-4)


def test_a_topic_says_what_its_decoder_says_of_an_item_of_it_alone():
    decoder, chance = ProductDecoder(4, 37), torch.Generator().manual_seed(0)
    mixtures = torch.rand(7, 4, generator=chance).softmax(dim=1)
    for _ in range(200):  # until it knows the mixtures
        decoder(mixtures, batch())
    layer = nn.BatchNorm1d(37, eps=1e-3, affine=False, momentum=None)
    layer(mixtures @ decoder.weights.detach() * (6 / 7) ** 0.5)  # of n, where Torch takes n - 1
    layer.running_mean = (mixtures @ decoder.weights.detach()).mean(dim=0)
    layer.eval()
    expected = layer(decoder.weights).double().softmax(dim=1)
    torch.testing.assert_close(decoder.distributions(), expected, rtol=1e-3, atol=1e-6)


@settings(max_examples=10)
@given(seed=st.integers(0, 1000))
def test_the_loss_of_a_mixture_is_what_autograd_makes_of_its_formula(seed):
    some, chance = batch(), torch.Generator().manual_seed(seed)
    parts = [torch.rand(shape, generator=chance) for shape in ((7, 3), (3, 37))]
    ours = [part.clone().requires_grad_() for part in parts]
    theirs = [part.clone().requires_grad_() for part in parts]
    found = mixture_loss(*ours, some)
    expected = -(dense(some, 37) * (theirs[0] @ theirs[1]).log()).sum(dim=1)
    torch.testing.assert_close(found, expected)
    slopes = gradients(found, *ours), gradients(expected, *theirs)
    torch.testing.assert_close(*slopes, rtol=1e-3, atol=1e-4)


def regularised(mixtures, cost, some):
    """Return the (B,) regularised costs of transport, whose gradients ours should be."""
    values = []
    for item in range(len(mixtures)):
        held = some.rows == item
        plan = Sinkhorn(SHARPNESS).plan(cost[some.words[held]], some.shares[held], mixtures[item])
        values.append((plan * (cost[some.words[held]] + (plan + 1e-30).log() / SHARPNESS)).sum())
    return torch.stack(values)


def test_the_gradients_of_transport_are_those_of_its_regularised_cost(monkeypatch):
    monkeypatch.setattr("saetm.models.neural.plans.TRACED_ROUNDS", 300)
    some, chance = batch(3), torch.Generator().manual_seed(0)
    cost = torch.rand(37, 4, generator=chance)
    mixtures = torch.rand(3, 4, generator=chance).softmax(dim=1)
    scalings = np.ones((3, 4), np.float32)
    for _ in range(20):  # as epochs do
        transport_loss(mixtures, cost, some, scalings)
    ours = [part.clone().requires_grad_() for part in (mixtures, cost)]
    theirs = [part.clone().requires_grad_() for part in (mixtures, cost)]
    found = gradients(transport_loss(*ours, some, scalings), *ours)
    expected = gradients(regularised(*theirs, some), *theirs)
    centred = expected[0] - expected[0].mean(dim=1, keepdim=True)  # mixtures stay on the simplex
    torch.testing.assert_close(found[0], centred, atol=1e-3, rtol=1e-3)
    torch.testing.assert_close(found[1], expected[1], atol=1e-3, rtol=1e-3)


def test_a_plan_has_the_masses_that_it_should():
    chance = torch.Generator().manual_seed(0)
    points = [torch.randn(count, 3, generator=chance) for count in (20, 5)]
    rows, columns = torch.full((20,), 0.05), torch.tensor([0.1, 0.1, 0.2, 0.2, 0.4])
    plan = Sinkhorn(2.0).plan(squared_distances(*points), rows, columns)
    torch.testing.assert_close(plan.sum(dim=1), rows)
    assert (plan.sum(dim=0) - columns).abs().sum() < 5e-3


def test_contrast_is_lower_where_items_of_a_code_agree():
    code = torch.tensor([0, 0, 1, 1])
    apart = torch.tensor([[1.0, 0.0], [1.0, 0.1], [0.0, 1.0], [0.1, 1.0]])
    assert contrast(apart, code) < contrast(apart[[0, 2, 1, 3]], code)
    assert contrast(apart, torch.zeros(4, dtype=torch.int64)) == 0  # nobody to be told apart from
