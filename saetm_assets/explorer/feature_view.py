"""Features as pages show them: how strong, how common, and by which words."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from saetm.topics.word_sums import scores, word_sums
from saetm.topics.words import top_words
from saetm_assets.explorer.dataset import Dataset

WORDS = 8


@dataclass(frozen=True, slots=True)
class FeatureView:
    """A feature of the autoencoder."""

    feature: int
    weight: float  # mean share over all items
    item_count: int  # items for which it is active
    words: list[str]  # those that it makes likelier, best first
    description: str  # what it is said to mean; empty where nothing is


def describe_features(dataset: Dataset, features: Sequence[int]) -> list[FeatureView]:
    """Describe some features, in their order; those that no item activates are left out."""
    material = dataset.material
    active = [feature for feature in features if material.weights[feature] > 0]
    if not active:
        return []
    labels = np.full(len(material.weights), -1, dtype=np.int32)
    labels[active] = np.arange(len(active))
    sums = word_sums(material.emissions, material.weights, labels)
    best = top_words(scores(sums, None, "agreement"), WORDS)
    return [
        FeatureView(
            feature=feature,
            weight=float(material.weights[feature]),
            item_count=int(material.item_counts[feature]),
            words=[material.words[word] for word in best[place]],
            description=dataset.feature_names.get(feature, ""),
        )
        for place, feature in enumerate(active)
    ]
