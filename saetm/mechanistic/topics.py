"""Topics over features as rows: with features, words, items, and ids that last."""

from collections import Counter
from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from saetm.cuts import Cut, Material, placed, words_of
from saetm.emission.emissions import Emissions
from saetm.errors import ContractError
from saetm.mechanistic.fits import Fits, members
from saetm.mechanistic.model import FeatureFit
from saetm.mechanistic.names import names_of
from saetm.models.shares import shares
from saetm.past import Past
from saetm.refits import Refit, cut_changes, stacked
from saetm.tables import TOPIC_NODES
from saetm.topics.config import TopicConfig
from saetm.topics.cut import topic_id

MASS, MOST = 0.9, 100  # of a topic's features that are told: share of its mass, and number
LEAST_SHARE = 1e-3  # of a document; priors leave less than that of every topic in each of them


def mechanistic_topics(
    fits: Fits,
    kept: NDArray[np.integer],
    material: Material,
    config: TopicConfig,
    past: Past | None = None,
) -> Refit:
    """Describe the topics of fits, and let topics that were there before keep their ids.

    There is no tree: nodes have no rows. A topic is the one before that has its number of topics
    and, one to one, shares SAME of its weights of features, or else its top words.

    Args:
        fits: over F features of the documents that the material has as items.
        kept: (F,) which features of the material these are.
        material: emissions of K features, words, items.
        config: how words are ordered, and when a topic counts as present.
        past: the fit before, of whatever model.

    Raises:
        ContractError: fits and material differ in items, or features are not among its own.
    """
    cuts = {count: _cut(fit, kept, material, config) for count, fit in fits.by_count.items()}
    names = names_of(cuts, past, material.sae_id)
    cuts = {count: cut.renamed(names) for count, cut in cuts.items()}
    topics = stacked({count: cut.topics for count, cut in cuts.items()})
    topics = topics.with_columns(method=pl.lit(fits.model))
    return Refit(
        nodes=TOPIC_NODES.empty().drop("dataset", "run_id"),
        topics=topics,
        mixtures=stacked({count: cut.mixtures for count, cut in cuts.items()}),
        changes=cut_changes(past, topics, None),
        former_share=0.0,
    )


def _cut(
    fit: FeatureFit, kept: NDArray[np.integer], material: Material, config: TopicConfig
) -> Cut:
    """Describe the topics of one fit, heaviest first, with ids by content."""
    if len(fit.mixtures) != len(material.item_ids) or fit.weights.shape[1] != len(kept):
        raise ContractError(
            f"weights {fit.weights.shape} and mixtures {fit.mixtures.shape} do not fit "
            f"{len(kept)} features and {len(material.item_ids)} items"
        )
    order = np.argsort(-fit.mixtures.mean(axis=0), kind="stable")
    mine = [members(fit.weights[topic], mass=MASS, most=MOST) for topic in order]
    weights = [fit.weights[topic, held] for topic, held in zip(order, mine, strict=True)]
    features = [kept[held] for held in mine]
    ids = _contents(features, f"{material.sae_id} {len(mine)}")
    words = words_of(*_paired(features, weights, material), config)
    told = [
        {
            "topic_id": content,
            "features": each.tolist(),
            "feature_weights": its_weights.tolist(),
            **its_words,
        }
        for content, each, its_weights, its_words in zip(ids, features, weights, words, strict=True)
    ]
    return placed(told, sparse_mixtures(fit.mixtures[:, order]), material, config)


def _contents(features: list[NDArray[np.integer]], salt: str) -> list[str]:
    """Return ids by features; topics of just the same ones differ by their order."""
    alike: Counter[str] = Counter()
    ids = []
    for each in features:
        content = topic_id(each, salt=salt)
        ids.append(topic_id(each, salt=f"{salt} {alike[content]}"))
        alike[content] += 1
    return ids


def _paired(
    features: list[NDArray[np.integer]], weights: list[NDArray[np.float64]], material: Material
) -> tuple[NDArray[np.int64], Material]:
    """Give every topic its own copy of each feature, and so every feature one topic.

    Returns:
        (P,) topics of P pairs of a topic and a feature, and the material of these pairs.
    """
    rows = np.concatenate(features)
    emissions = Emissions(
        words=material.emissions.words[rows],
        prior_share=material.emissions.prior_share[rows],
        unigram=material.emissions.unigram,
    )
    labels = np.repeat(np.arange(len(features)), [len(each) for each in features])
    return labels, replace(material, emissions=emissions, weights=np.concatenate(weights))


def sparse_mixtures(mixtures: NDArray[np.float64]) -> "sparse.csr_array[np.float64]":
    """Leave out what is below LEAST_SHARE of a document; the rest sums to one again, or to zero."""
    return sparse.csr_array(shares(np.where(mixtures >= LEAST_SHARE, mixtures, 0.0)))
