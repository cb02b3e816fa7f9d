"""Products in eight bits miss nothing that they promise not to miss."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from saetm.sae.encode import encode
from saetm.sae.exact import halve
from saetm.sae.loops import halve_pairs
from saetm.sae.pattern import Pattern, walk_rows
from saetm.sae.preactivations import Preactivations
from saetm.sae.quantised import exceeding, positions, quantise
from saetm.sae.weights import Weights


def vectors(seed, count, dimension, *, spread):
    """Draw vectors whose norms differ by factors of about e^spread."""
    rng = np.random.default_rng(seed)
    norms = np.exp(spread * rng.standard_normal((count, 1)))
    return torch.from_numpy((norms * rng.standard_normal((count, dimension))).astype(np.float32))


def with_an_outlier(rows, seed):
    rows[seed % len(rows), seed % rows.shape[1]] *= 1000
    return rows


@given(st.integers(0, 10**6), st.integers(2, 40), st.integers(0, 3), st.floats(-2, 2))
@settings(max_examples=60)
def test_no_product_above_its_floor_is_missing(seed, dimension, spread, floor):
    items = with_an_outlier(vectors(seed, 9, dimension, spread=spread), seed)
    features = vectors(seed + 1, 19, dimension, spread=spread)
    floors, bias = torch.linspace(floor, floor + spread, 9), torch.linspace(-1, 1, 19)
    products = items.double() @ features.double().T + bias
    found = exceeding(items, quantise(features, surely=True), bias, floors, surely=True)
    pairs = list(zip(found.rows.tolist(), found.columns.tolist(), strict=True))

    wanted = (products > floors[:, None]).nonzero().tolist()
    assert set(map(tuple, wanted)) <= set(pairs)
    assert pairs == sorted(set(pairs))


def test_few_entries_are_proposed_that_turn_out_inactive():
    items, features = vectors(0, 300, 384, spread=0.05), vectors(1, 512, 384, spread=0.05)
    floor = (items @ features.T).flatten().topk(300 * 4).values[-1].expand(300)
    surely, likely = (
        len(
            exceeding(
                items, quantise(features, surely=each), torch.zeros(512), floor, surely=each
            ).rows
        )
        for each in (True, False)
    )

    assert 1200 <= likely < 1.4 * 1200 < surely < 5 * 1200


@given(st.integers(0, 10**6), st.integers(1, 6), st.integers(1, 16))
def test_positions_are_those_of_a_plain_search(seed, n_rows, n_columns):
    mask = torch.rand(n_rows, n_columns, generator=torch.Generator().manual_seed(seed)) > 0.8

    assert torch.equal(positions(mask), mask.flatten().nonzero()[:, 0])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_entries_above_a_floor_are_those_of_the_dense_matrix(dtype):
    items, encoder = vectors(2, 100, 64, spread=0.3), vectors(3, 128, 64, spread=0.3)
    bias = torch.linspace(-3, 3, 128, dtype=dtype)
    pre = Preactivations(items.to(dtype), encoder.to(dtype), bias)
    floor = float(pre.dense().flatten().topk(401).values[-2:].mean())
    pattern, values = pre.above(torch.full((100,), floor))

    dense = pre.dense()
    torch.testing.assert_close(pattern.dense(values), torch.where(dense > floor, dense, 0.0))


@given(st.integers(0, 10**6))
@settings(max_examples=15)
def test_codes_are_the_same_bits_whichever_products_propose(seed):
    features = vectors(seed, 64, 32, spread=1).numpy()
    arrays = {
        "encoder": features,
        "encoder_bias": np.linspace(-1, 1, 64, dtype=np.float32),
        "decoder": features,
        "decoder_bias": np.zeros(32, dtype=np.float32),
        "threshold": 5.0,
    }
    items = vectors(seed + 1, 50, 32, spread=1).numpy()
    eight, full = (
        encode(items, Weights(**arrays, kind=kind, active_features=4))
        for kind in ("batch_topk", "l1")  # l1 has the same rule, and products in full
    )

    assert eight.data.tobytes() == full.data.tobytes()
    assert eight.indices.tolist() == full.indices.tolist()
    assert eight.indptr.tolist() == full.indptr.tolist()


@pytest.mark.parametrize("n_active", [1, 7, 64])
def test_codes_of_topk_are_the_same_bits_alone_and_among_many(n_active):
    features = vectors(1, 64, 32, spread=0.3).numpy()
    weights = Weights(
        encoder=features,
        encoder_bias=np.linspace(-1, 1, 64, dtype=np.float32),
        decoder=features,
        decoder_bias=np.zeros(32, dtype=np.float32),
        threshold=0.0,
        kind="topk",
        active_features=n_active,
    )
    items = with_an_outlier(vectors(2, 300, 32, spread=0.5), 3).numpy()
    together = encode(items, weights)  # eight bits propose
    alone = [encode(items[[row]], weights) for row in range(300)]  # products in full

    assert together.data.tobytes() == b"".join(each.data.tobytes() for each in alone)
    assert together.indices.tolist() == [one for each in alone for one in each.indices.tolist()]


@pytest.mark.parametrize("dimension", [1, 2, 7, 384])
def test_additions_have_the_same_order_on_processors_and_accelerators(dimension):
    left, right = vectors(1, 30, dimension, spread=2), vectors(2, 20, dimension, spread=2)
    everywhere = Pattern.at(torch.arange(600), (30, 20))
    looped, sliced = torch.empty(600), torch.empty(600)
    walk_rows(halve_pairs, everywhere.starts, everywhere.columns, left, right, looped)
    halve(left, right, everywhere, sliced)

    assert torch.equal(looped, sliced)
    torch.testing.assert_close(looped.reshape(30, 20), left @ right.T, rtol=1e-4, atol=1e-4)
