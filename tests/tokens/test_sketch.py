import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saetm.tokens.sketch import SHARES, PositiveSample, at_share, rank_bound


def filled(values, *, size=64, seed=0, start=0, n_features=1):
    sample = PositiveSample(n_features, size=size, seed=seed)
    tokens = np.arange(start, start + len(values))
    sample.add(tokens, np.zeros(len(values), dtype=np.int64), np.asarray(values, dtype=np.float32))
    return sample


def rank(values, found):
    """Return the share of values below, and at or below."""
    return (values < found).mean(), (values <= found).mean()


@given(st.lists(st.floats(0.125, 8, width=32), min_size=1, max_size=64))
def test_few_activations_have_exact_quantiles(values):
    found = filled(values).quantiles()[0]
    exact = np.quantile(np.array(values, dtype=np.float32), SHARES)
    assert np.allclose(found, exact, rtol=1e-6)


@given(st.integers(0, 2**32 - 1), st.sampled_from(["gamma", "pareto", "ties"]))
def test_the_80th_percentile_of_many_is_within_the_documented_rank_bound(seed, shape):
    rng = np.random.default_rng(seed)
    values = {
        "gamma": rng.gamma(0.5, 1.0, 5000) + 1e-3,
        "pareto": rng.pareto(1.0, 5000) + 1.0,
        "ties": rng.integers(1, 4, 5000),
    }[shape].astype(np.float32)
    found = at_share(filled(values, size=1024).quantiles(), 0.8)[0]
    below, up_to = rank(values, found)
    bound = rank_bound(1024)
    assert below - bound <= 0.8 <= up_to + bound


def test_a_rare_feature_has_the_percentile_of_its_activations_and_not_of_all_tokens():
    """Planted: one token in 200 fires, with 1, 2, ... 100; over all tokens the 80th is zero."""
    sample = PositiveSample(3)
    fires = np.arange(0, 20_000, 200)
    values = np.arange(1, 101, dtype=np.float32)
    sample.add(fires, np.ones(100, dtype=np.int64), values)
    quantiles = sample.quantiles()
    assert at_share(quantiles, 0.8)[1] == pytest.approx(np.quantile(values, 0.8))
    assert np.quantile(np.concatenate([values, np.zeros(19_900)]), 0.8) == 0
    assert np.isnan(quantiles[[0, 2]]).all()


@given(st.integers(1, 400), st.integers(0, 5))
def test_two_halves_merged_are_the_whole_in_any_order(cut, seed):
    values = np.random.default_rng(seed).gamma(1, 1, 401).astype(np.float32)
    whole = filled(values)
    one, other = filled(values[:cut]), filled(values[cut:], start=cut)
    other.merge(one)
    assert np.array_equal(whole.quantiles(), other.quantiles())
    assert len(other.entries) == 64


def test_memory_is_bounded_by_features_and_not_by_tokens():
    sample = PositiveSample(5, size=32)
    rng = np.random.default_rng(0)
    for start in range(0, 200_000, 10_000):
        tokens = np.arange(start, start + 10_000)
        sample.add(tokens, rng.integers(5, size=10_000), rng.random(10_000).astype(np.float32))
    assert len(sample.entries) == 5 * 32


def test_the_sample_is_fair():
    """Early and late tokens stay alike."""
    values = np.arange(20_000, dtype=np.float32)
    kept = filled(values, size=1024).entries.values
    assert abs(kept.mean() / 10_000 - 1) < 0.06


def test_shares_between_the_kept_ones_are_linear():
    quantiles = np.arange(19, dtype=np.float32)[None]
    assert at_share(quantiles, 0.8)[0] == pytest.approx(15)
    assert at_share(quantiles, 0.825)[0] == pytest.approx(15.5)
    assert at_share(quantiles, 0.95)[0] == pytest.approx(18)
