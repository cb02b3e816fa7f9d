"""Counts of features per text, against the formula token by token."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from saetm.errors import ContractError
from saetm.tokens import counting, encode
from saetm.tokens.counting import count_features, counting_floors
from saetm.tokens.encode import Placed
from tests.tokens.planted_dictionaries import naive_codes, random_dictionary


@dataclass
class Batch:
    states: torch.Tensor
    texts: np.ndarray


def batches_of(states, texts, n_batches):
    for rows in np.array_split(np.arange(len(states)), n_batches):
        yield Batch(torch.from_numpy(states[rows]), texts[rows])


@given(st.integers(0, 2**32 - 1), st.integers(1, 60), st.integers(1, 5), st.sampled_from([0, 3]))
def test_counts_equal_the_formula_token_by_token(seed, n_tokens, n_batches, active_features):
    draw = np.random.default_rng(seed)
    dictionary = random_dictionary(seed, active_features=active_features)
    states = draw.normal(size=(n_tokens, 8)).astype(np.float32)
    texts = draw.integers(0, 7, n_tokens)  # 7 and 8 have no tokens
    floors = np.where(draw.random(40) < 0.1, np.inf, draw.random(40) * 4).astype(np.float32)

    found = count_features(
        batches_of(states, texts, n_batches), Placed(dictionary, "cpu", floors), 40, 9
    )

    codes = naive_codes(dictionary, states)
    wanted = np.array([(codes[texts == text] > floors).sum(axis=0) for text in range(9)])
    assert np.array_equal(found.counts.toarray(), wanted)
    assert np.array_equal(found.tokens, np.bincount(texts, minlength=9))
    assert found.counts.has_canonical_format


@pytest.mark.parametrize("active_features", [0, 3])
def test_codes_equal_the_formula(active_features):
    dictionary = random_dictionary(1, active_features=active_features)
    states = np.random.default_rng(2).normal(size=(50, 8)).astype(np.float32)

    codes = encode.encode(states, dictionary)

    np.testing.assert_allclose(codes.toarray(), naive_codes(dictionary, states), atol=1e-5)
    assert codes.dtype == np.float32
    assert codes.nnz
    assert encode.encode(states[:0], dictionary).shape == (0, 40)


def test_neither_blocks_nor_sums_in_between_change_anything(monkeypatch):
    dictionary = random_dictionary(3)
    states = np.random.default_rng(4).normal(size=(200, 8)).astype(np.float32)
    texts = np.arange(200) // 9
    whole = count_features(batches_of(states, texts, 1), Placed(dictionary, "cpu"), 40, 23)
    monkeypatch.setattr(encode, "ENTRIES_AT_ONCE", 40 * 7)
    monkeypatch.setattr(counting, "PENDING", 50)

    parts = count_features(batches_of(states, texts, 11), Placed(dictionary, "cpu"), 40, 23)

    assert whole.counts.sum() > 1000
    assert np.array_equal(whole.counts.toarray(), parts.counts.toarray())


def test_floors_are_quantiles_of_positive_activations():
    dictionary = random_dictionary(5, n_features=3)
    steps = np.arange(1, 20) / 20
    quantiles = np.array([steps * 100, steps, np.full(19, np.nan)], dtype=np.float32)
    dictionary.thresholds[:] = 2

    floors = counting_floors(dictionary, quantiles, 0.83)

    np.testing.assert_allclose(floors, [83, 2, np.inf], rtol=1e-6)


def test_a_token_at_the_floor_does_not_count():
    dictionary = random_dictionary(6)
    state = np.random.default_rng(7).normal(size=(1, 8)).astype(np.float32)
    (found,) = Placed(dictionary, "cpu").entries(torch.from_numpy(state))
    floors = np.zeros(40, dtype=np.float32)
    floors[found.features] = found.values

    (none,) = Placed(dictionary, "cpu", floors).entries(torch.from_numpy(state))

    assert len(found.features)
    assert not len(none.features)


def test_states_of_another_width_are_refused():
    placed = Placed(random_dictionary(8), "cpu")

    with pytest.raises(ContractError, match=r"\(3, 9\), not \(n, 8\)"):
        list(placed.entries(torch.zeros(3, 9)))
    with pytest.raises(ContractError, match=r"\(40, 18\), not \(40, 19\)"):
        counting_floors(random_dictionary(8), np.zeros((40, 18), np.float32), 0.8)
