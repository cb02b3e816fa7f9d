"""Our own topic model, fitted from nothing, behind the interface of the others."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from saetm.cuts import Material, grow_tree
from saetm.emission.config import EmissionConfig
from saetm.emission.solve import solve
from saetm.errors import InputError
from saetm.evidence import merging_vectors
from saetm.models.model import Advance, Corpus, ModelFit
from saetm.sae.config import SaeConfig
from saetm.sae.encode import encode
from saetm.sae.item_features import item_features
from saetm.sae.train import train
from saetm.topics.config import TopicConfig
from saetm.topics.cut import cut
from saetm.topics.mixtures import item_mixtures, topic_weights
from saetm.topics.tree import Tree
from saetm.topics.word_order import order_scores
from saetm.topics.word_vectors import corpus_word_vectors
from saetm.topics.words import topic_words

_SAE, _EMISSION, _TOPICS = SaeConfig(), EmissionConfig(), TopicConfig()


@dataclass(frozen=True)
class SaeTm:
    """SAE-TM (arXiv 2511.16309) with the settings of a dataset; the seed is that of each fit."""

    sae: SaeConfig = _SAE
    emission: EmissionConfig = _EMISSION
    topics: TopicConfig = _TOPICS

    def __call__(self, corpus: Corpus, n_topics: int, seed: int, advance: Advance) -> ModelFit:
        """Train an autoencoder, solve the emissions, grow the tree and cut it.

        Raises:
            InputError: no feature is active, or the tree has fewer leaves than topics.
        """
        tree, material, config = self.grow(corpus, seed, advance)
        if n_topics > tree.n_leaves:
            raise InputError(f"the tree has {tree.n_leaves} leaves, fewer than {n_topics} topics")
        return topics_of(cut(tree, n_topics), material, config)

    def grow(
        self, corpus: Corpus, seed: int, advance: Advance
    ) -> tuple[Tree, Material, TopicConfig]:
        """Fit everything up to the tree, which can be cut at any number of topics.

        Raises:
            InputError: no feature is active.
        """
        sae = self.sae.model_copy(update={"seed": seed})
        weights = train(corpus.embeddings, sae).weights
        advance(0.7)  # of the time; the emissions take most of the rest
        shares = item_features(encode(corpus.embeddings, weights))
        if shares.nnz == 0:
            raise InputError("no feature is active in any item: choose a weaker sparsity")
        material = self._material(corpus, shares, weights.sae_id, seed)
        config = self.topics.model_copy(update={"seed": seed})
        tree = grow_tree(merging_vectors(material, weights.decoder, config), material, config)
        advance(0.3)
        return tree, material, config

    def _material(
        self, corpus: Corpus, shares: "sparse.csr_array[np.float32]", sae_id: str, seed: int
    ) -> Material:
        emission = self.emission.model_copy(update={"seed": seed})
        return Material(
            sae_id=sae_id,
            item_ids=[str(row) for row in range(corpus.n_items)],
            shares=shares,
            weights=topic_weights(shares),
            item_counts=shares.count_nonzero(axis=0).astype(np.int64),
            emissions=solve(shares, corpus.counts, emission).emissions,
            words=corpus.words,
            word_vectors=corpus_word_vectors(
                corpus.counts, dimensions=self.topics.word_dimensions, seed=seed
            ),
        )


def fit_sae_tm(corpus: Corpus, n_topics: int, seed: int, advance: Advance) -> ModelFit:
    """Fit with the default settings of every part; see `SaeTm`."""
    return SaeTm()(corpus, n_topics, seed, advance)


def topics_of(labels: NDArray[np.int32], material: Material, config: TopicConfig) -> ModelFit:
    """Describe the topics into which features are divided, as other models describe theirs.

    Args:
        labels: (K,) topic of each feature, from 0; -1 for features outside of all topics.
        material: N items, K features and V words.
        config: the order of a topic's words.
    """
    parts = material.emissions, material.weights, labels
    return ModelFit(
        order_scores(*parts, material.word_vectors, config.word_order),
        topic_words(*parts),
        item_mixtures(material.shares, labels).toarray(),
    )
