"""Explained variance adds up over batches and equals the dense computation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saetm.errors import ContractError
from saetm.sae import explained as module
from saetm.sae.encode import encode, variance_explained
from saetm.sae.explained import Explained, explained
from tests.core.test_sae_weights import weights

ROWS = np.random.default_rng(5).standard_normal((50, 11)).astype(np.float32)
SAE = weights()


def dense(rows, sae, centre):
    """Add up one item after the other, with dense codes."""
    codes = encode(rows, sae).toarray()
    error = deviation = 0.0
    for row, code in zip(rows.astype(np.float64), codes.astype(np.float64), strict=True):
        rebuilt = sum(code[k] * sae.decoder[k] for k in range(len(code))) + sae.decoder_bias
        error += ((row - rebuilt) ** 2).sum()
        deviation += ((row - centre) ** 2).sum()
    return error, deviation


@pytest.mark.parametrize("kind", ["batch_topk", "topk", "l1"])
def test_blocks_equal_the_dense_computation_item_by_item(monkeypatch, kind):
    monkeypatch.setattr(module, "BLOCK_ROWS", 7)
    sae, centre = weights(kind=kind), ROWS[3]
    found = explained(ROWS, encode(ROWS, sae), sae, centre=centre)

    error, deviation = dense(ROWS, sae, centre)
    assert found.item_count == 50
    assert found.squared_error == pytest.approx(error, rel=1e-6)
    assert found.squared_deviation == pytest.approx(deviation, rel=1e-6)
    assert found.share == pytest.approx(1 - error / deviation, rel=1e-6)


def test_the_share_is_what_training_calls_variance_explained():
    centre = ROWS.mean(axis=0)

    found = explained(ROWS, encode(ROWS, SAE), SAE, centre=centre)

    assert found.share == pytest.approx(variance_explained(ROWS, SAE), rel=1e-6)


@given(st.integers(0, 50))
def test_two_batches_are_one(cut):
    codes, centre = encode(ROWS, SAE), SAE.decoder_bias
    first = explained(ROWS[:cut], codes[:cut], SAE, centre=centre)
    second = explained(ROWS[cut:], codes[cut:], SAE, centre=centre)

    both, whole = first + second, explained(ROWS, codes, SAE, centre=centre)

    assert both.item_count == whole.item_count
    assert both.share == pytest.approx(whole.share)


def test_where_nothing_varies_nothing_is_said():
    alike = ROWS[:1].repeat(3, axis=0)

    assert Explained().share is None
    assert explained(alike, encode(alike, SAE), SAE, centre=alike[0]).share is None


def test_what_does_not_fit_together_is_refused():
    codes = encode(ROWS, SAE)
    for rows, kept, centre in (
        (ROWS[1:], codes, SAE.decoder_bias),
        (ROWS, codes[:, 1:], SAE.decoder_bias),
        (ROWS, codes, SAE.decoder_bias[1:]),
    ):
        with pytest.raises(ContractError, match="codes are"):
            explained(rows, kept, SAE, centre=centre)
