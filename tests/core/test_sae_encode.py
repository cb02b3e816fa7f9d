"""An item's code is the same bits alone, in any block and with any BLAS."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from saetm.errors import ContractError
from saetm.sae.encode import encode, variance_explained
from saetm.sae.item_features import item_features
from saetm.sae.weights import Weights

KINDS = ["batch_topk", "topk", "l1"]


def weights(kind, *, n_features=80, dimension=24, seed=0):
    rng = np.random.default_rng(seed)
    decoder = rng.standard_normal((n_features, dimension)).astype(np.float32)
    decoder /= np.linalg.norm(decoder, axis=1, keepdims=True)
    return Weights(
        encoder=decoder * np.float32(0.8),
        encoder_bias=np.full(n_features, -0.1, dtype=np.float32),
        decoder=decoder,
        decoder_bias=rng.standard_normal(dimension).astype(np.float32),
        threshold=float(np.float32(1.5)) if kind == "batch_topk" else 0.0,
        kind=kind,
        active_features=0 if kind == "l1" else 5,
    )


def rows(n_items, *, dimension=24, seed=1):
    return np.random.default_rng(seed).standard_normal((n_items, dimension)).astype(np.float32)


def naive_codes(embeddings, sae):
    pre = (embeddings.astype(np.float64) - sae.decoder_bias) @ sae.encoder.T.astype(np.float64)
    pre += sae.encoder_bias
    codes = np.where(pre > sae.threshold, pre, 0.0)
    if sae.kind == "topk":
        floor = np.sort(codes, axis=1)[:, -sae.active_features, None]
        codes = np.where(codes >= floor, codes, 0.0)
    return codes


@pytest.mark.parametrize("kind", KINDS)
def test_codes_are_those_of_the_formula(kind):
    sae = weights(kind)
    codes = encode(rows(50), sae)

    np.testing.assert_allclose(codes.toarray(), naive_codes(rows(50), sae), atol=2e-6)
    assert codes.dtype == np.float32
    assert codes.data.min() > 0


def test_rows_that_cannot_be_written_are_encoded_without_a_warning():
    embeddings = rows(50)
    embeddings.flags.writeable = False  # as of a memory-mapped file

    assert encode(embeddings, weights("topk")).nnz == encode(rows(50), weights("topk")).nnz


@pytest.mark.parametrize("kind", KINDS)
@given(st.integers(1, 60), st.integers(0, 59), st.integers(1, 64))
@settings(max_examples=20, deadline=None)
def test_a_code_does_not_depend_on_its_batch_or_block(kind, n_items, place, block_rows):
    sae, embeddings = weights(kind), rows(60)
    everything = encode(embeddings, sae)
    some = encode(embeddings[:n_items], sae, block_rows=block_rows)
    alone = encode(embeddings[place : place + 1], sae)

    assert bits(some) == bits(everything[:n_items])
    assert bits(alone) == bits(everything[place : place + 1])


@pytest.mark.parametrize("kind", ["batch_topk", "topk"])
def test_equal_entries_at_the_edge_are_decided_alike_in_every_batch(kind):
    embeddings = rows(40)
    sae = weights(kind)
    pre = encode(embeddings, weights("l1"))
    edge = float(np.sort(pre.data)[len(pre.data) // 2])  # an activation lies on the threshold
    sae = Weights(
        sae.encoder.repeat(2, axis=0),  # and each feature has an equal twin
        sae.encoder_bias.repeat(2),
        sae.decoder.repeat(2, axis=0),
        sae.decoder_bias,
        edge,
        kind,
        sae.active_features,
    )
    everything = encode(embeddings, sae)

    for item in range(40):
        assert bits(encode(embeddings[item : item + 1], sae)) == bits(everything[item : item + 1])


def bits(codes):
    return codes.data.tobytes(), codes.indices.tolist(), codes.indptr.tolist()


def test_feature_ids_ascend_and_topk_keeps_at_most_k():
    codes = encode(rows(100), weights("topk"))

    assert np.diff(codes.indptr).max() <= 5
    assert all((np.diff(codes[[item]].indices) > 0).all() for item in range(100))


def test_of_equal_values_topk_keeps_the_lower_features():
    sae = Weights(
        np.ones((4, 2), dtype=np.float32),
        np.zeros(4, dtype=np.float32),
        np.ones((4, 2), dtype=np.float32),
        np.zeros(2, dtype=np.float32),
        0.0,
        "topk",
        2,
    )

    assert encode(np.ones((1, 2), dtype=np.float32), sae).indices.tolist() == [0, 1]


def test_no_items_give_no_codes():
    assert encode(rows(0), weights("topk")).shape == (0, 80)


def test_shares_sum_to_one_and_items_without_features_stay_empty():
    codes = sparse.csr_array(np.array([[1.0, 3.0], [0.0, 0.0], [0.0, 2.0]], dtype=np.float32))

    assert item_features(codes).toarray().tolist() == [[0.25, 0.75], [0.0, 0.0], [0.0, 1.0]]


def test_variance_explained_is_the_formula_and_does_not_depend_on_blocks():
    sae, embeddings = weights("l1"), rows(30)
    rebuilt = naive_codes(embeddings, sae) @ sae.decoder + sae.decoder_bias
    unexplained = np.square(embeddings - rebuilt).sum()
    expected = 1 - unexplained / np.square(embeddings - embeddings.mean(axis=0)).sum()

    assert variance_explained(embeddings, sae) == pytest.approx(expected, rel=1e-5)
    assert variance_explained(embeddings, sae, block_rows=7) == pytest.approx(expected, rel=1e-5)


def test_what_cannot_be_encoded_is_refused():
    broken = rows(5)
    broken[3, 2] = np.nan

    with pytest.raises(ContractError, match="embedding 3 "):
        encode(broken, weights("topk"), block_rows=2)
    with pytest.raises(ContractError, match=r"not \(N, 24\)"):
        encode(rows(5, dimension=23), weights("topk"))
    with pytest.raises(ContractError, match="no variance"):
        variance_explained(np.ones((3, 24), dtype=np.float32), weights("topk"))
