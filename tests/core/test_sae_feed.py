"""Rows reach the steps once each, from memory or from a file, in any precision."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from saetm.sae import feed as module
from saetm.sae.config import SaeConfig
from saetm.sae.encode import encode
from saetm.sae.feed import Feed, moments, taken
from saetm.sae.silent import silent_features
from saetm.sae.train import train
from saetm.sae.weights import Weights
from tests.core.planted_ctm import planted_ctm


@given(st.integers(1, 200), st.integers(1, 50), st.integers(1, 40))
def test_an_epoch_holds_every_row_once_in_batches_of_nearly_equal_size(n_rows, batch, together):
    rows = np.arange(3 * n_rows, dtype=np.float32).reshape(n_rows, 3)
    ids = np.random.default_rng(0).permutation(n_rows)[: max(1, n_rows // 2)]
    entries, module._BLOCK_ENTRIES = module._BLOCK_ENTRIES, together * batch * 3
    try:
        batches = list(Feed(rows, ids, 2.0, "cpu").epoch(batch, torch.Generator().manual_seed(1)))
    finally:
        module._BLOCK_ENTRIES = entries
    sizes = [len(each) for each in batches]

    assert max(sizes) <= batch
    assert max(sizes) - min(sizes) <= 1
    assert sorted(torch.cat(batches)[:, 0].mul(2 / 3).round().tolist()) == sorted(ids)


def test_two_epochs_have_two_orders_and_a_seed_repeats_them():
    feed = Feed(np.arange(40, dtype=np.float32)[:, None], np.arange(40), 1.0, "cpu")
    generator, again = (torch.Generator().manual_seed(3) for _ in range(2))
    one, two = (torch.cat(list(feed.epoch(8, generator))) for _ in range(2))

    assert not torch.equal(one, two)
    assert torch.equal(one, torch.cat(list(feed.epoch(8, again))))


@given(st.integers(2, 60), st.integers(1, 9))
def test_moments_of_blocks_are_those_of_all_rows(n_rows, block_rows):
    rows = 100 + np.random.default_rng(n_rows).standard_normal((n_rows, 2)).astype(np.float32)
    entries, module._BLOCK_ENTRIES = module._BLOCK_ENTRIES, 4 * 2 * block_rows
    try:
        found = moments(rows)
    finally:
        module._BLOCK_ENTRIES = entries

    np.testing.assert_allclose(found.mean, rows.mean(axis=0, dtype=np.float64), rtol=1e-6)
    assert found.spread == pytest.approx(
        n_rows * rows.astype(np.float64).var(axis=0).sum(), rel=1e-4
    )
    np.testing.assert_allclose(found.without(rows[:1]), rows[1:].mean(axis=0), rtol=1e-5)


@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.float64])
def test_a_memory_mapped_array_trains_the_same_weights(tmp_path, dtype):
    planted = planted_ctm(n_items=300, n_topics=8, dimension=16, seed=4)
    rows = planted.embeddings.astype(dtype)
    np.save(tmp_path / "rows.npy", rows)
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r")

    one, two = (train(each, SaeConfig(epochs=3)) for each in (rows, mapped))
    assert one.weights.sae_id == two.weights.sae_id
    assert one.variance_explained == two.variance_explained


@pytest.mark.parametrize("kind", ["batch_topk", "topk", "l1"])
def test_silent_features_are_those_without_an_activation(kind):
    rng = np.random.default_rng(0)
    encoder = rng.standard_normal((60, 8)).astype(np.float32)
    bias = np.linspace(0, -8, 60, dtype=np.float32)
    weights = Weights(encoder, bias, encoder, np.zeros(8, np.float32), 1.0, kind, 5)
    rows = rng.standard_normal((3000, 8)).astype(np.float32)
    feed = Feed(rows, rng.permutation(3000)[:2500], 1.0, "cpu")
    fired = np.unique(encode(taken(rows, feed.ids), weights).indices)

    silent = silent_features(feed, weights)
    assert silent.tolist() == np.setdiff1d(np.arange(60), fired).tolist()
    assert 0 < silent.size < 60
