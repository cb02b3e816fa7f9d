"""Laws of the three rules of sparsity."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from saetm.sae.preactivations import Preactivations
from saetm.sae.sparsity import L1, BatchTopK, TopK

PRE = hnp.arrays(
    np.float32,
    st.tuples(st.integers(1, 7), st.integers(1, 12)),
    elements=st.floats(-4, 4, width=32),
).map(torch.from_numpy)


def kept_by(rule, pre):
    """Return what a rule keeps of a (n, K) matrix, dense."""
    n_features = pre.shape[1]
    source = Preactivations(pre, torch.eye(n_features), torch.zeros(n_features))
    pattern, values = rule(source)
    return pattern.dense(values)


@given(PRE, st.integers(1, 5))
def test_topk_keeps_at_most_k_and_they_are_the_largest(pre, k):
    kept = kept_by(TopK(k), pre)

    for row, codes in zip(pre, kept, strict=True):
        largest = row.sort(descending=True).values[:k].relu()
        assert sorted(codes[codes > 0].tolist()) == sorted(largest[largest > 0].tolist())


@given(st.integers(0, 10**6), st.integers(1, 6), st.floats(0.1, 10))
@settings(max_examples=20)
def test_topk_keeps_the_same_whatever_the_last_batch_was(seed, k, growth):
    generator = torch.Generator().manual_seed(seed)
    rule, encoder = TopK(k), torch.randn(40, 24, generator=generator)
    bias = 0.3 * torch.randn(40, generator=generator)
    for scale in (1.0, growth, 1.0):
        items = scale * torch.randn(50, 24, generator=generator)
        pre = Preactivations(items, encoder, bias)
        pattern, values = rule(pre)
        largest = pre.dense().topk(k, dim=1)
        expected = torch.zeros(50, 40).scatter(1, largest.indices, largest.values.relu())

        torch.testing.assert_close(pattern.dense(values), expected)


@given(PRE, st.integers(1, 5))
def test_batch_topk_in_training_keeps_what_a_full_sort_keeps(pre, k):
    kept = kept_by(BatchTopK(k), pre)

    ranked = pre.flatten().sort(descending=True).values
    cut = ranked[: k * len(pre)][-1].item()
    assert torch.equal(kept, torch.where((pre >= cut) & (pre > 0), pre, 0.0))


@given(st.integers(0, 2**31), st.integers(1, 4))
def test_batch_topk_keeps_k_on_average_whatever_the_last_batch_was(seed, k):
    generator = torch.Generator().manual_seed(seed)
    rule = BatchTopK(k)
    for scale in (1.0, 100.0, 0.01, 1.0):
        kept = kept_by(rule, scale * torch.randn(16, 32, generator=generator))
        assert (kept > 0).sum().item() == 16 * k


def test_batch_topk_at_inference_ignores_the_other_rows():
    pre = torch.randn(64, 20, generator=torch.Generator().manual_seed(0))
    rule = BatchTopK(3)
    in_training = kept_by(rule, pre)
    rule.eval()

    assert torch.equal(kept_by(rule, pre), in_training)
    assert torch.equal(kept_by(rule, pre[:1]), in_training[:1])


def test_the_threshold_is_saved_with_the_weights():
    rule = BatchTopK(3)
    kept_by(rule, torch.rand(8, 20, generator=torch.Generator().manual_seed(0)))

    assert rule.state_dict()["threshold"] > 0


@given(PRE)
def test_l1_keeps_every_positive_entry_and_charges_for_its_size(pre):
    rule = L1(0.5)
    kept = kept_by(rule, pre)

    assert torch.equal(kept, pre.clamp_min(0))
    assert rule.penalty(torch.tensor(3.0)) == 1.5


def test_fixed_supports_cost_nothing():
    assert BatchTopK(2).penalty(torch.tensor(3.0)) == TopK(2).penalty(torch.tensor(3.0)) == 0
