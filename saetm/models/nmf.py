"""Non-negative matrix factorisation of TF-IDF, from scikit-learn."""

import warnings

from saetm.errors import InputError
from saetm.models.model import Advance, Corpus, ModelFit
from saetm.models.shares import distributions, shares

MOST_ROUNDS = 400


def fit_nmf(corpus: Corpus, n_topics: int, seed: int, advance: Advance) -> ModelFit:
    """Factorise the (N, V) TF-IDF matrix into mixtures and topics, Frobenius loss.

    Raises:
        InputError: more topics than items or words: a factor would be left empty.

    References:
        Lee and Seung 1999; the start is the SVD of Boutsidis and Gallopoulos 2008.
    """
    if n_topics > min(corpus.counts.shape):
        raise InputError(
            f"NMF takes at most as many topics as items and words, not {n_topics} topics of "
            f"{corpus.n_items} items and {corpus.n_words} words"
        )
    from sklearn.decomposition import NMF  # noqa: PLC0415  # loads for a second
    from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415
    from sklearn.feature_extraction.text import TfidfTransformer  # noqa: PLC0415

    model = NMF(n_topics, init="nndsvda", max_iter=MOST_ROUNDS, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the last rounds move no top word
        mixtures = model.fit_transform(TfidfTransformer().fit_transform(corpus.counts))
    advance(1.0)
    topics = model.components_
    return ModelFit(topics.astype(float), distributions(topics, corpus.counts), shares(mixtures))
