"""Each equation of the mechanistic models against a form that can be read off the page."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.special import gammaln
from scipy.stats import binom

from saetm.mechanistic.binomial import binomial_loss
from saetm.mechanistic.fits import members
from saetm.mechanistic.mbertopic import CountedFeatures
from saetm.mechanistic.model import FeatureCorpus
from saetm.mechanistic.states import nearest_states
from saetm.mechanistic.vectors import document_vectors
from saetm.models.model import Corpus
from saetm.models.neural.batches import batch_of
from saetm.tokens.dictionary import Dictionary

SEEDS = st.integers(0, 10_000)
quick = settings(deadline=None, max_examples=25)


def drawn(seed, n_items=6, n_features=9, width=4):
    chance = np.random.default_rng(seed)
    tokens = chance.integers(0, 12, n_items)
    counts = chance.binomial(tokens[:, None], chance.uniform(0, 0.6, n_features))
    rows = chance.normal(size=(n_features, width)).astype(np.float32)
    none = np.zeros(n_features, np.float32)
    dictionary = Dictionary(rows, none, rows, np.zeros(width, np.float32), none, 0)
    return FeatureCorpus(sparse.csr_array(counts.astype(float)), tokens, dictionary)


def batch(corpus):
    empty = np.zeros((corpus.n_items, 0), np.float32)
    return batch_of(Corpus(corpus.counts, empty, [], None), np.arange(corpus.n_items))


def mixtures_and_rates(seed, corpus, n_topics=3):
    chance = np.random.default_rng(seed + 1)
    theta = chance.dirichlet(np.ones(n_topics), corpus.n_items)
    rates = chance.uniform(0.01, 0.95, (n_topics, corpus.n_features))
    return theta, rates


@given(SEEDS)
@quick
def test_the_likelihood_is_that_of_scipys_binomials_but_for_the_coefficients(seed):
    corpus = drawn(seed)
    theta, rates = mixtures_and_rates(seed, corpus)
    counts, tokens = corpus.counts.toarray(), corpus.tokens[:, None]
    full = binom.logpmf(counts, tokens, theta @ rates).sum(axis=1)
    ways = gammaln(tokens + 1) - gammaln(counts + 1) - gammaln(tokens - counts + 1)

    found = binomial_loss(
        torch.tensor(theta, dtype=torch.float32),
        torch.tensor(rates, dtype=torch.float32),
        batch(corpus),
        torch.from_numpy(corpus.tokens.astype(np.float32)),
    )

    np.testing.assert_allclose(found.numpy(), ways.sum(axis=1) - full, rtol=1e-3, atol=1e-3)


@given(SEEDS)
@quick
def test_gradients_of_the_likelihood_are_those_of_its_dense_form(seed):
    corpus = drawn(seed)
    parts = [torch.tensor(part, requires_grad=True) for part in mixtures_and_rates(seed, corpus)]
    single = [part.detach().float().requires_grad_() for part in parts]
    counts, tokens = torch.tensor(corpus.counts.toarray()), torch.tensor(corpus.tokens)[:, None]

    p = parts[0] @ parts[1]
    (-(counts * p.log() + (tokens - counts) * torch.log1p(-p))).sum().backward()
    binomial_loss(*single, batch(corpus), tokens.flatten().float()).sum().backward()

    for dense, sparser in zip(parts, single, strict=True):
        np.testing.assert_allclose(sparser.grad.numpy(), dense.grad.numpy(), rtol=2e-3, atol=2e-2)


@given(SEEDS)
@quick
def test_document_vectors_are_sums_of_decoder_rows_per_token(seed):
    corpus = drawn(seed)

    found = document_vectors(corpus)

    for item, counts in enumerate(corpus.counts.toarray()):
        rows = [count * row for count, row in zip(counts, corpus.dictionary.decoder, strict=True)]
        expected = np.sum(rows, axis=0) / max(corpus.tokens[item], 1)
        np.testing.assert_allclose(found[item], expected, atol=1e-5)


@pytest.mark.slow  # BERTopic loads for half a minute
@given(SEEDS)
@quick
def test_class_tf_idf_over_features_is_tf_times_log_of_one_plus_a_by_f(seed):
    ctfidf = pytest.importorskip("bertopic.vectorizers._ctfidf").ClassTfidfTransformer()
    counts = drawn(seed, n_items=8).counts.toarray() + 1
    texts = ["0 3 4", "1 2 5 6 7"]

    sums = CountedFeatures(sparse.csr_array(counts)).transform(texts)
    found = ctfidf.fit(sums).transform(sums.copy()).toarray()

    classes = np.array([counts[[0, 3, 4]].sum(axis=0), counts[[1, 2, 5, 6, 7]].sum(axis=0)])
    mean_total = int(classes.sum() / 2)  # BERTopic cuts the fraction off
    frequencies = classes / classes.sum(axis=1, keepdims=True)
    expected = frequencies * np.log(1 + mean_total / classes.sum(axis=0))
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@given(SEEDS)
@quick
def test_nearest_states_are_a_weighted_ridge_regression(seed):
    chance = np.random.default_rng(seed)
    encoder, odds = chance.normal(size=(30, 5)), chance.normal(size=(3, 30))
    weights = chance.uniform(0.1, 1, 30)

    states = nearest_states(encoder, odds, weights)

    weighed = np.sqrt(weights)[:, None] * encoder
    ridge = 1e-3 * np.square(weighed).sum() / 5
    rows = np.vstack([weighed, np.sqrt(ridge) * np.eye(5)])
    for state, wanted in zip(states, odds, strict=True):
        target = np.r_[np.sqrt(weights) * wanted, np.zeros(5)]
        np.testing.assert_allclose(state, np.linalg.lstsq(rows, target)[0], atol=1e-8)


@given(SEEDS, st.floats(0.05, 1), st.integers(1, 20))
@quick
def test_members_are_the_fewest_that_hold_the_mass(seed, mass, most):
    weights = np.random.default_rng(seed).dirichlet(np.full(15, 0.3))

    found = members(weights, mass=mass, most=most)

    held = weights[found]
    assert (np.diff(held) <= 0).all()
    assert held[-1] >= np.delete(weights, found).max(initial=0)
    assert len(found) == most or held.sum() >= mass - 1e-9
    assert held[:-1].sum() < mass
