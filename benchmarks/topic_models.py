"""Our topic model behind the face that all of a comparison have: topics in words of a corpus."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from token_corpus import TokenCorpus

from saetm import SAETopicModel
from saetm.emission.config import EmissionConfig
from saetm.sae.config import SaeConfig
from saetm.topics.config import TopicConfig

N_TOP = 20  # words kept per topic


@dataclass(frozen=True)
class Topics:
    """What a model found at one number of topics."""

    top: NDArray[np.int64]  # (T, N_TOP) word ids, best first
    mass: NDArray[np.float64]  # (T,) share of the corpus; what is missing to 1 has no topic
    seconds: float  # of the processor, from embeddings and texts to topics
    again: float | None = None  # seconds where topics at another number are there already


Fit = Callable[[TokenCorpus, Sequence[int], int], list[Topics]]
"""Corpus, numbers of topics and seed in; the topics at each number out."""


@dataclass(frozen=True)
class Seeds:
    """Which part of our model draws from which seed."""

    sae: int
    emission: int  # words held out, on which prior and passes are chosen
    merging: int  # word vectors, and k-means where it is chosen


def sae_tm(corpus: TokenCorpus, counts: Sequence[int], seed: int) -> list[Topics]:
    """Fit `SAETopicModel` with its defaults."""
    return seeded_sae_tm(corpus, counts, Seeds(seed, seed, seed), TopicConfig())


def seeded_sae_tm(
    corpus: TokenCorpus, counts: Sequence[int], seeds: Seeds, merging: TopicConfig
) -> list[Topics]:
    """Fit `SAETopicModel` with a seed for each part; each number of topics is a cut of it."""
    began = time.process_time()
    model = SAETopicModel(
        sae=SaeConfig(seed=seeds.sae),
        emission=EmissionConfig(seed=seeds.emission),
        merging=merging.model_copy(update={"seed": seeds.merging}),
        analyse=str.split,
    ).fit(corpus.embeddings, corpus.texts)
    learned = time.process_time() - began
    return [_cut(model, count, corpus, learned) for count in counts]


def _cut(model: SAETopicModel, count: int, corpus: TokenCorpus, learned: float) -> Topics:
    began = time.process_time()
    topics = model.topics(count)
    again = time.process_time() - began
    place = {word: column for column, word in enumerate(corpus.words.tolist())}
    top = [[place[word] for word in words[:N_TOP]] for words in topics["words"].to_list()]
    return Topics(np.array(top), topics["weight"].to_numpy(), learned + again, again)
