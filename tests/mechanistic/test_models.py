"""The three models: planted topics, seeds, odd corpora and bad input."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from saetm.errors import ContractError, InputError
from saetm.mechanistic.catalogue import MODELS
from saetm.mechanistic.model import FeatureCorpus, FeatureModel
from tests.mechanistic.planted import planted, recovery

SMALL = planted(n_items=64, n_topics=3, per_topic=12, width=12, mixing=0.05)
QUICK = [name for name in MODELS if name != "mbertopic"]  # that one loads for half a minute


def fitted(name, corpus=SMALL.corpus, n_topics=3, seed=0):
    return MODELS[name].fit(corpus, n_topics, seed, lambda _: None)


def holed(corpus):
    """Return the corpus with a first document and a last feature that show nothing."""
    counts = corpus.counts.tolil()
    counts[0, :] = 0
    counts[:, -1] = 0
    return replace(corpus, counts=sparse.csr_array(counts.tocsr()))


@pytest.mark.parametrize("name", QUICK)
def test_planted_topics_come_back_and_stay_with_a_seed(name):
    fit, again = fitted(name), fitted(name)

    assert min(recovery(SMALL, fit)) > 0.95
    np.testing.assert_array_equal(fit.weights, again.weights)
    np.testing.assert_array_equal(fit.mixtures, again.mixtures)


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_every_model_finds_twenty_planted_topics(name):
    for package in MODELS[name].packages:
        pytest.importorskip(package)
    many = planted(n_items=1000, n_topics=20, per_topic=20, width=48, mixing=0.05)

    fit, again = (fitted(name, many.corpus, 20) for _ in range(2))

    assert min(recovery(many, fit)) > 0.85
    np.testing.assert_array_equal(fit.weights, again.weights)
    np.testing.assert_array_equal(fit.mixtures, again.mixtures)


def test_metm_follows_the_encoder():
    """With the encoder of other features, no states show what the planted topics show."""
    narrow = planted(n_items=64, n_topics=3, per_topic=12, width=3, mixing=0.05)
    mixed = np.random.default_rng(0).permutation(narrow.corpus.n_features)
    of_others = replace(narrow.corpus, dictionary=narrow.corpus.dictionary.rows(mixed))

    assert recovery(narrow, fitted("metm", narrow.corpus))[0] > 0.95
    assert recovery(narrow, fitted("metm", of_others))[0] < 0.9


def check_rows(corpus, fit):
    np.testing.assert_allclose(fit.weights.sum(axis=1), 1)
    totals = fit.mixtures.sum(axis=1)
    is_filled = np.diff(corpus.counts.indptr) > 0
    np.testing.assert_allclose(totals[is_filled], 1)
    assert (totals[~is_filled] == 0).all()


@pytest.mark.parametrize("name", QUICK)
def test_documents_and_features_that_show_nothing_do_no_harm(name):
    corpus = holed(SMALL.corpus)
    check_rows(corpus, fitted(name, corpus))


@pytest.mark.slow
def test_mbertopic_takes_documents_and_features_that_show_nothing_and_says_what_it_cannot():
    for package in MODELS["mbertopic"].packages:
        pytest.importorskip(package)
    corpus = holed(SMALL.corpus)
    fit = fitted("mbertopic", corpus)
    check_rows(corpus, fit)
    assert (fit.weights[:, -1] == 0).all()
    assert len(fitted("mbertopic", corpus, n_topics=50).weights) < 50  # no more are there
    alike = FeatureCorpus(
        sparse.csr_array(np.ones((30, SMALL.corpus.n_features))),
        np.full(30, 9),
        SMALL.corpus.dictionary,
    )
    with pytest.raises(InputError, match="clusters of documents"):
        fitted("mbertopic", alike, n_topics=2)


@pytest.mark.slow
def test_documents_of_merged_clusters_are_where_their_features_are():
    for package in MODELS["mbertopic"].packages:
        pytest.importorskip(package)
    many = planted(n_items=400, n_topics=10, per_topic=15, width=24, mixing=0.02)

    fit = fitted("mbertopic", many.corpus, n_topics=4)

    assert len(fit.weights) == 4
    by_features = (many.rates / many.rates.sum(axis=0)) @ fit.weights.T  # (10, 4)
    agreeing = by_features.argmax(axis=1)[many.mixtures.argmax(axis=1)]
    assert (fit.mixtures.argmax(axis=1) == agreeing).mean() > 0.9


def test_mbertopic_needs_documents_for_its_neighbourhoods():
    few = FeatureCorpus(SMALL.corpus.counts[:15], SMALL.corpus.tokens[:15], SMALL.corpus.dictionary)
    with pytest.raises(InputError, match="mBERTopic needs 16 documents with features, not 15"):
        fitted("mbertopic", few)


@pytest.mark.parametrize(
    ("n_items", "n_features", "n_topics", "words"),
    [
        (5, 46, 1, "1 topics were asked for"),
        (5, 1, 2, "1 features occur"),
        (5, 0, 2, "0 features occur"),
        (3, 46, 4, "3 documents show a feature; 4 topics need as many"),
    ],
)
def test_what_no_model_can_do_is_said_in_a_sentence(n_items, n_features, n_topics, words):
    counts = np.zeros((6, 46))
    counts[:n_items, :n_features] = 1
    corpus = FeatureCorpus(sparse.csr_array(counts), np.full(6, 4), SMALL.corpus.dictionary)
    for name in MODELS:
        with pytest.raises(InputError, match=words):
            fitted(name, corpus, n_topics)


def test_a_package_that_is_missing_is_named():
    model = FeatureModel("x", "X", "nobody", "mlda:fit_mlda", ("no_such_package",))
    with pytest.raises(InputError, match=r"X needs no_such_package: .*saetm\[mechanistic\]"):
        model.fit(SMALL.corpus, 3, 0, lambda _: None)


@pytest.mark.parametrize(
    "counts", [np.full((2, 46), 5.0), np.full((2, 46), -1.0), np.ones((2, 45))]
)
def test_counts_that_cannot_be_are_refused(counts):
    with pytest.raises(ContractError):
        FeatureCorpus(sparse.csr_array(counts), np.full(2, 4), SMALL.corpus.dictionary)
