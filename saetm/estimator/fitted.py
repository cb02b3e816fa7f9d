"""What a fit learns, as a value, and how it is learned: the line of stages in memory."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from saetm.cuts import Cut, Material, cut_kmeans, cut_tree, grow_tree
from saetm.emission.config import EmissionConfig
from saetm.emission.emissions import Emissions
from saetm.emission.solve import solve
from saetm.errors import ContractError
from saetm.estimator.corpus import Corpus
from saetm.estimator.settings import Settings
from saetm.evidence import merging_vectors
from saetm.sae.encode import encode
from saetm.sae.item_features import item_features
from saetm.sae.optimise import Step
from saetm.sae.train import train
from saetm.sae.weights import Weights
from saetm.topics.config import TopicConfig
from saetm.topics.mixtures import topic_weights
from saetm.topics.tree import Tree
from saetm.topics.word_vectors import corpus_word_vectors

OnStep = Callable[[Step], None]


@dataclass(frozen=True, slots=True)
class Quality:
    """How good the autoencoder is."""

    variance_explained: float | None  # of held-out items; None where none is held out
    l0: float  # mean number of active features per held-out item
    dead_share: float  # share of features that fire for no training item


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """Everything that a topic model has learned; its items are in the order of their content."""

    settings: Settings
    autoencoder: Weights  # of K features
    quality: Quality
    vocabulary: pl.DataFrame  # V rows of word_id, word, document_frequency, word_count
    material: Material  # item ids are row numbers of the data fitted, as text
    vectors: NDArray[np.float64]  # (K, E) by which features are merged
    tree: Tree

    @property
    def rows(self) -> NDArray[np.int64]:
        """(N,) row, in the data fitted, of each item of the material."""
        return np.array(self.material.item_ids, dtype=np.int64)

    def cut(self, n_topics: int) -> Cut:
        """Divide the features into topics; fewer where the tree has fewer leaves."""
        config = self.settings.merging
        if config.method == "kmeans":
            return cut_kmeans(self.vectors, n_topics, self.material, config)
        return cut_tree(self.tree, n_topics, self.material, config)


def learn(
    corpus: Corpus, settings: Settings, *, device: str = "cpu", on_step: OnStep | None = None
) -> Fitted:
    """Train the autoencoder, solve the emissions and grow the tree.

    Args:
        corpus: the items; where the vocabulary is empty, features are merged by their items
            alone, and topics have no words.
        settings: of every part.
        device: where to train, encode and solve, as Torch names it.
        on_step: told of every look at the held-out items in training.

    Raises:
        ContractError: as `train`, or no feature is active in any item.
    """
    training = train(corpus.embeddings, settings.sae, device=device, on_step=on_step)
    shares = item_features(encode(corpus.embeddings, training.weights, device=device))
    if shares.nnz == 0:
        raise ContractError("no feature is active in any item: choose a weaker sparsity")
    material = Material(
        sae_id=training.weights.sae_id,
        item_ids=[str(row) for row in corpus.rows],
        shares=shares,
        weights=topic_weights(shares),
        item_counts=shares.count_nonzero(axis=0).astype(np.int64),
        emissions=_emissions(shares, corpus.counts, settings.emission, device=device),
        words=corpus.vocabulary["word"].to_list(),
        word_vectors=_word_vectors(corpus.counts, settings.merging),
    )
    vectors = merging_vectors(material, training.weights.decoder, settings.merging)
    return Fitted(
        settings=settings,
        autoencoder=training.weights,
        quality=Quality(training.variance_explained, training.l0, training.dead_share),
        vocabulary=corpus.vocabulary,
        material=material,
        vectors=vectors,
        tree=grow_tree(vectors, material, settings.merging),
    )


def _emissions(
    shares: "sparse.csr_array[np.float32]",
    counts: "sparse.csr_array[np.float64]",
    config: EmissionConfig,
    *,
    device: str,
) -> Emissions:
    if counts.shape[1] > 0:
        return solve(shares, counts, config, device=device).emissions
    n_features = shares.shape[1]
    wordless = np.zeros((n_features, 0), dtype=np.float32)
    return Emissions(
        sparse.csr_array(wordless), prior_share=np.ones(n_features), unigram=np.zeros(0)
    )


def _word_vectors(
    counts: "sparse.csr_array[np.float64]", config: TopicConfig
) -> NDArray[np.float32] | None:
    if counts.shape[1] == 0:
        return None
    return corpus_word_vectors(counts, dimensions=config.word_dimensions, seed=config.seed)
