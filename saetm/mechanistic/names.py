"""Which topic over features is which topic of the fit before, as topics share features."""

from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from saetm.bridge import lists_to_csr
from saetm.cuts import Cut
from saetm.past import Past
from saetm.refits import CUTS, word_pairs
from saetm.topics.identity import SAME, TIE, Pair, named, one_to_one


def names_of(cuts: dict[int, Cut], past: Past | None, sae_id: str) -> dict[str, str]:
    """Name every topic of the cuts of a fit.

    Args:
        cuts: by number of topics, with ids by content.
        past: the fit before.
        sae_id: what the features now belong to.

    Returns:
        Ids, all distinct, by ids by content.
    """
    contents = [content for cut in cuts.values() for content in cut.topics["topic_id"]]
    if past is None:
        return named(contents, {}, taken=())
    pairs = [*_feature_pairs(cuts, past, sae_id), *word_pairs(cuts, past)]
    return named(contents, one_to_one(pairs), taken=past.topics["topic_id"])


def _feature_pairs(cuts: dict[int, Cut], past: Past, sae_id: str) -> Iterator[Pair]:
    """Pair topics of as many, over the same features, whose weights are SAME at least."""
    if past.sae_id != sae_id or "feature_weights" not in past.topics.columns:
        return
    for count, cut in cuts.items():
        before = past.cut(count).drop_nulls("feature_weights")
        likeness = _likeness(before, cut.topics, past.n_features)
        for old, new in zip(*np.nonzero(likeness >= SAME), strict=True):
            apart = round(1.0 - float(likeness[old, new]), TIE)
            yield Pair(CUTS, apart, before["topic_id"][int(old)], cut.topics["topic_id"][int(new)])


def _likeness(old: pl.DataFrame, new: pl.DataFrame, n_features: int) -> NDArray[np.float64]:
    """Return weighted Jaccard likenesses: sums of the smaller weights over sums of the larger."""
    one, other = (_dense(each, n_features) for each in (old, new))
    apart = cdist(one, other, metric="cityblock")
    both = one.sum(axis=1)[:, None] + other.sum(axis=1)
    return np.asarray((both - apart) / (both + apart))


def _dense(topics: pl.DataFrame, n_features: int) -> NDArray[np.float64]:
    weights = lists_to_csr(topics["features"], topics["feature_weights"], n_columns=n_features)
    return np.asarray(weights.toarray(), dtype=np.float64)
