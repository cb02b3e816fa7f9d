"""Steering sets one component of a state and touches nothing else; a topic is one direction."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from saetm.errors import ContractError, InputError
from saetm.steering.direction import topic_direction
from saetm.steering.intervention import set_component

ROUNDING = {
    torch.float64: 1e-12,
    torch.float32: 1e-5,
    torch.bfloat16: 2**-7,
    torch.float16: 2**-9,
}


def unit(rng, width):
    vector = rng.standard_normal(width)
    return torch.from_numpy(vector / np.linalg.norm(vector))


@given(
    seed=st.integers(0, 2**32 - 1),
    width=st.integers(2, 96),
    magnitude=st.floats(-50, 50),
    dtype=st.sampled_from(sorted(ROUNDING, key=str)),
)
def test_the_component_is_lambda_and_what_is_orthogonal_stays(seed, width, magnitude, dtype):
    rng = np.random.default_rng(seed)
    direction = unit(rng, width)
    states = torch.from_numpy(3 * rng.standard_normal((2, 4, width))).to(dtype)

    steered = set_component(
        states,
        direction.to(torch.promote_types(dtype, torch.float32)),
        torch.tensor([[magnitude], [magnitude]], dtype=torch.float64),
    )

    assert steered.dtype == dtype
    before, after = states.double(), steered.double()
    off = ROUNDING[dtype] * (before.norm(dim=-1) + abs(magnitude))
    assert ((after @ direction - magnitude).abs() <= off).all()
    rest = [each - (each @ direction)[..., None] * direction for each in (before, after)]
    assert ((rest[0] - rest[1]).norm(dim=-1) <= off).all()
    again = set_component(
        steered,
        direction.to(torch.promote_types(dtype, torch.float32)),
        torch.tensor(magnitude, dtype=torch.float64),
    )
    assert ((again.double() - after).norm(dim=-1) <= off).all()


def test_a_magnitude_of_zero_takes_the_component_out():
    direction = torch.tensor([0.6, 0.8])
    steered = set_component(torch.tensor([[3.0, 4.0]]), direction, torch.zeros(1))
    assert steered.abs().max() < 1e-6


@given(st.integers(0, 2**32 - 1), st.integers(1, 20), st.floats(1e-6, 1e6))
def test_a_direction_has_length_one_whatever_the_scale_of_the_weights(seed, count, scale):
    rng = np.random.default_rng(seed)
    weights = rng.dirichlet(np.ones(count))
    decoder = rng.standard_normal((count, 12)).astype(np.float32)

    direction = topic_direction(weights, decoder)

    assert direction.dtype == np.float32
    assert np.linalg.norm(direction) == pytest.approx(1, abs=1e-6)
    naive = sum(weight * row.astype(float) for weight, row in zip(weights, decoder, strict=True))
    np.testing.assert_allclose(direction, naive / np.linalg.norm(naive), atol=1e-6)
    np.testing.assert_allclose(topic_direction(scale * weights, decoder), direction, atol=1e-6)


def test_a_topic_of_one_feature_is_that_feature():
    decoder = np.eye(3, dtype=np.float32)
    np.testing.assert_array_equal(topic_direction(np.array([0.0, 0.2, 0.0]), decoder), decoder[1])


@pytest.mark.parametrize(
    "weights", [np.array([0.5, 0.5]), np.zeros(2), np.zeros(0)], ids=["opposite", "zero", "none"]
)
def test_a_topic_without_a_direction_is_refused(weights):
    decoder = np.array([[1.0, 0.0], [-1.0, 0.0]], dtype=np.float32)[: len(weights)]
    with pytest.raises(InputError, match="no direction"):
        topic_direction(weights, decoder)


def test_weights_that_do_not_fit_are_refused():
    with pytest.raises(ContractError, match="do not fit"):
        topic_direction(np.ones(3), np.eye(2, dtype=np.float32))
    with pytest.raises(ContractError, match="is none"):
        topic_direction(np.array([np.nan, 1.0]), np.eye(2, dtype=np.float32))
