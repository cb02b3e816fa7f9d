"""Every topic model of the catalogue: planted themes, seeds, odd corpora and bad input."""

import numpy as np
import pytest
from scipy import sparse

from resources.torchvision_ops import declare_missing_operators
from saetm.errors import InputError
from saetm.models.catalogue import MODELS
from saetm.models.model import Corpus, Model
from tests.core.planted_bags import planted_bags, recovered_items, recovered_words

SMALL = planted_bags(n_items=150)


def fitted(name, corpus=SMALL.corpus, n_topics=4, seed=0):
    return MODELS[name].fit(corpus, n_topics, seed, lambda _: None)


@pytest.mark.parametrize("name", ["lda", "nmf"])
def test_bags_alone_give_the_themes(name):
    fit = fitted(name)
    assert recovered_words(SMALL, fit) >= 0.85
    assert recovered_items(SMALL, fit) >= 0.85
    np.testing.assert_allclose(fit.distributions.sum(axis=1), 1)
    np.testing.assert_array_equal(fit.mixtures, fitted(name).mixtures)


@pytest.fixture(scope="module")
def _importable():
    declare_missing_operators()  # of torchvision, which BERTopic loads


@pytest.mark.slow
@pytest.mark.usefixtures("_importable")
@pytest.mark.parametrize("name", [name for name in MODELS if name != "sae_tm"])
def test_every_model_finds_the_themes_as_it_is_set(name):
    for package in MODELS[name].packages:
        pytest.importorskip(package)
    planted = planted_bags(n_items=500)
    fit, again = fitted(name, planted.corpus), fitted(name, planted.corpus)
    floor = 0.5 if name == "dectm" else 0.7  # of few topics it gives words of no theme too
    assert recovered_words(planted, fit) >= floor
    assert recovered_items(planted, fit) >= 0.7
    np.testing.assert_array_equal(fit.scores, again.scores)
    np.testing.assert_array_equal(fit.mixtures, again.mixtures)


@pytest.mark.slow
@pytest.mark.usefixtures("_importable")
@pytest.mark.parametrize("name", [name for name in MODELS if name != "sae_tm"])
def test_items_without_words_and_nearly_as_many_topics_as_items_do_no_harm(name):
    for package in MODELS[name].packages:
        pytest.importorskip(package)
    fit = fitted(name, holed(planted_bags(n_items=60, words_each=10).corpus), n_topics=40)
    assert np.isfinite(fit.mixtures).all()
    totals = fit.mixtures.sum(axis=1)
    assert np.isclose(totals[1:], 1, atol=1e-5).all()
    assert np.isclose(totals[0], 1, atol=1e-5) or totals[0] == 0


@pytest.mark.parametrize("name", ["lda", "nmf"])
def test_an_item_without_words_gets_no_topics(name):
    fit = fitted(name, holed(SMALL.corpus))
    assert (fit.mixtures[0] == 0).all()
    assert np.isfinite(fit.mixtures).all()


def holed(corpus):
    """Return the corpus with a first item and a last word that occur in nothing."""
    counts = corpus.counts.tolil()
    counts[0, :] = 0
    counts[:, -1] = 0
    return Corpus(
        sparse.csr_array(counts.tocsr()), corpus.embeddings, corpus.words, corpus.word_vectors
    )


@pytest.mark.parametrize(
    ("n_items", "n_words", "n_topics", "words"),
    [
        (5, 1, 2, "vocabulary has 1 words"),
        (1, 5, 2, "1 items have words"),
        (5, 5, 1, "1 topics were asked for"),
        (5, 5, 6, "at most as many topics as items and words"),
    ],
)
def test_what_no_model_can_do_is_said_in_a_sentence(n_items, n_words, n_topics, words):
    corpus = Corpus(
        sparse.csr_array(np.ones((n_items, n_words))),
        np.ones((n_items, 3), np.float32),
        [str(word) for word in range(n_words)],
        None,
    )
    with pytest.raises(InputError, match=words):
        fitted("nmf", corpus, n_topics)


def test_a_package_that_is_missing_is_named():
    model = Model("x", "X", "nobody", "nmf:fit_nmf", ("no_such_package",))
    with pytest.raises(InputError, match="X needs no_such_package"):
        model.fit(SMALL.corpus, 2, 0, lambda _: None)


def test_bertopic_asks_for_items_enough():
    from saetm.models.bertopic import fit_bertopic

    with pytest.raises(InputError, match="needs 16 items"):
        fit_bertopic(planted_bags(n_items=10).corpus, 2, 0, lambda _: None)


def test_rows_of_a_corpus_keep_their_words():
    some = SMALL.corpus.rows(np.array([3, 1]))
    assert some.n_items == 2
    assert some.n_words == SMALL.corpus.n_words
    np.testing.assert_array_equal(some.counts.toarray(), SMALL.corpus.counts.toarray()[[3, 1]])
