"""What a dataset gives to topic models that are compared, its own among them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from resources.view import DatasetView
from saetm.bridge import list_series
from saetm.errors import InputError
from saetm.models.catalogue import OURS
from saetm.options import DatasetOptions
from saetm.tables import BAGS, VOCABULARY
from saetm_assets.cut_view import compute_cut
from saetm_assets.matrices import item_vectors, topic_material, word_counts, word_space

if TYPE_CHECKING:
    from saetm.models.contest import Contender
    from saetm.models.model import Advance, Corpus, Fit, ModelFit

STORED_WORDS = 50  # of a topic
STORED_TOPICS = 10  # of an item: some models give every topic some mass in every item


def model_corpus(view: DatasetView) -> "tuple[list[str], Corpus]":
    """Read the N items that have a bag and a vector: their ids, ascending, and what models see."""
    from saetm.models.model import Corpus

    vectors = item_vectors(view)
    bags = set(view.in_service(BAGS).select("item_id").collect()["item_id"])
    rows = np.flatnonzero([item in bags for item in vectors.item_ids])
    ids = [vectors.item_ids[row] for row in rows]
    words = view.scan(VOCABULARY).sort("word_id").select("word").collect()["word"].to_list()
    space = word_space(view, words)
    return ids, Corpus(
        counts=word_counts(view, ids),
        embeddings=vectors.matrix[rows],
        words=words,
        word_vectors=None if space is None else space.astype(np.float32),
    )


def fit_of(view: DatasetView, model: str, options: DatasetOptions, *, refit: int) -> "Fit":
    """Return what fits a model; our own is the line's, and only its refits are fitted anew."""
    from resources.torchvision_ops import declare_missing_operators
    from saetm.models.catalogue import MODELS
    from saetm.models.sae_tm import SaeTm

    if model != OURS:
        declare_missing_operators()  # BERTopic loads torchvision where it is installed
        return MODELS[model].fit
    if refit == 0:
        return _OfTheLine(view, options)
    return SaeTm(options.sae, options.emission, options.topics)


@dataclass(frozen=True)
class _OfTheLine:
    """The topics of the line at any number."""

    view: DatasetView
    options: DatasetOptions

    def __call__(
        self, corpus: "Corpus", n_topics: int, _seed: int, advance: "Advance"
    ) -> "ModelFit":
        """Cut the stored tree.

        Raises:
            InputError: the activations are not of the items of the corpus.
        """
        from saetm.models.sae_tm import topics_of

        topics = compute_cut(self.view, n_topics, self.options).topics
        material = topic_material(self.view)
        labels = np.full(len(material.weights), -1, dtype=np.int32)
        for rank, features in enumerate(topics["features"].to_list()):
            labels[features] = rank
        if len(material.item_ids) != corpus.n_items:
            raise InputError("activations and bags are of different items: run `saetm run` first")
        advance(1.0)
        return topics_of(labels, material, self.options.topics)


def topic_rows(found: "Contender", words: pl.Series) -> pl.DataFrame:
    """Turn topics into rows of topic, weight, words and probabilities, best words first."""
    from saetm.topics.words import top_words

    top = top_words(found.fit.scores, STORED_WORDS)
    best = np.take_along_axis(found.fit.distributions, top, axis=1)
    rows = [
        {"words": words[row.tolist()].to_list(), "probabilities": probabilities.tolist()}
        for row, probabilities in zip(top, best, strict=True)
    ]
    return pl.DataFrame(rows).with_columns(
        topic=pl.int_range(len(rows), dtype=pl.Int32), weight=pl.Series(found.weights)
    )


def mixture_rows(found: "Contender", item_ids: list[str]) -> pl.DataFrame:
    """Turn (N, T) mixtures into rows of item_id, ranks and shares: the largest of each item."""
    mixtures = found.fit.mixtures
    order = np.argsort(-mixtures, axis=1, kind="stable")[:, :STORED_TOPICS]
    shares = np.take_along_axis(mixtures, order, axis=1)
    has_mass = shares > 0
    offsets = np.concatenate([[0], np.cumsum(has_mass.sum(axis=1))])
    return pl.DataFrame(
        {
            "item_id": item_ids,
            "ranks": list_series(order[has_mass], offsets, dtype=pl.Int32()),
            "shares": list_series(shares[has_mass], offsets, dtype=pl.Float32()),
        }
    )
