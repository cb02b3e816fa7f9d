"""How the merging benchmark judges topics: by their words, and by the groups of their items."""

from dataclasses import dataclass

import numpy as np
from merging_material import Fit, Texts
from numpy.typing import NDArray

from saetm.metrics.agreement import nmi, purity
from saetm.metrics.c_v import c_v
from saetm.metrics.diversity import unique_words
from saetm.metrics.npmi import npmi
from saetm.topics.mixtures import item_mixtures
from saetm.topics.words import top_words

SHOWN, KNOWN = 10, 50  # words that are judged, and words that no intruder may be one of
DRAWS, OWN_WORDS = 40, 5  # of intruders per topic, and of the topic's words beside one
HEAVIEST = 20


@dataclass(frozen=True)
class Verdict:
    """What one fit is worth at one number of topics."""

    npmi: float
    npmi_heaviest: float
    npmi_elsewhere: float  # over items that were not fitted
    c_v: float | None  # None where it is not asked for; it takes as long as all the rest
    unique: float
    intruders: float  # share found
    purity: float | None
    nmi: float | None
    largest: float  # share of all mass


def judge(
    fit: Fit,
    labels: NDArray[np.int32],
    scores: NDArray[np.float64],
    elsewhere: Texts,
    *,
    is_whole: bool,
) -> Verdict:
    """Judge topics, heaviest first, by the top words of their scores; by C_V where `is_whole`."""
    ranked = top_words(scores, KNOWN)
    top = ranked[:, :SHOWN]
    within = npmi(top, fit.items.counts)
    mixtures = item_mixtures(fit.material.shares, labels)
    weights = np.asarray(mixtures.sum(axis=0))
    held = np.diff(mixtures.indptr) > 0
    leading = np.where(held, np.asarray(mixtures.argmax(axis=1)).ravel(), -1)
    groups = fit.items.groups
    return Verdict(
        npmi=within.mean(),
        npmi_heaviest=within[:HEAVIEST].mean(),
        npmi_elsewhere=npmi(top, elsewhere.counts).mean(),
        c_v=c_v(top, fit.items.tokens).mean() if is_whole else None,
        unique=unique_words(top),
        intruders=intruders_found(ranked, fit.items.meanings),
        purity=None if groups is None else purity(leading, groups),
        nmi=None if groups is None else nmi(leading, groups),
        largest=float(weights.max() / weights.sum()),
    )


def intruders_found(ranked: NDArray[np.int64], meanings: NDArray[np.floating]) -> float:
    """Return how often a word of another topic is the least similar of six.

    Five of a topic's SHOWN words are drawn, and one of the SHOWN words of another topic that is
    not among the first KNOWN of this one; the six are compared by the cosines of their vectors,
    which know nothing of the corpus. Chance finds one in six.

    Args:
        ranked: (T, KNOWN) words, best first.
        meanings: (V, E) unit vectors of words.
    """
    random = np.random.default_rng(0)
    found = [
        _is_found(ranked, topic, random, meanings)
        for topic in range(len(ranked))
        for _ in range(DRAWS)
    ]
    known = [each for each in found if each is not None]
    return float(np.mean(known)) if known else float("nan")


def _is_found(
    ranked: NDArray[np.int64],
    topic: int,
    random: np.random.Generator,
    meanings: NDArray[np.floating],
) -> bool | None:
    other = (topic + random.integers(1, len(ranked))) % len(ranked)
    strangers = np.setdiff1d(ranked[other, :SHOWN], ranked[topic])
    if not len(strangers):
        return None
    own = random.choice(ranked[topic, :SHOWN], OWN_WORDS, replace=False)
    vectors = meanings[np.append(own, random.choice(strangers))]
    alike = vectors @ vectors.T
    np.fill_diagonal(alike, 0.0)
    return bool(alike.sum(axis=1).argmin() == OWN_WORDS)
