"""Where topics and words are points of one space."""

import torch
from torch import Tensor, nn

from saetm.models.model import Corpus

LEARNED_DIMENSION = 200  # as in TopMost


def word_points(corpus: Corpus, *, learned: bool) -> nn.Parameter:
    """Return (V, E) points of words, about as long as normal draws of as many dimensions.

    They are the word vectors of the corpus; where it has none they are drawn, and learned in
    any case.

    Args:
        corpus: with or without word vectors.
        learned: whether known vectors are trained too.
    """
    if corpus.word_vectors is None:
        return nn.Parameter(torch.randn(corpus.n_words, LEARNED_DIMENSION))
    vectors = torch.tensor(corpus.word_vectors, dtype=torch.float32)
    spread = vectors.square().mean().sqrt().clamp_min(torch.finfo(torch.float32).tiny)
    return nn.Parameter(vectors / spread, requires_grad=learned)


def topic_points(n_topics: int, words: Tensor) -> nn.Parameter:
    """Return (T, E) points of topics, with first products of about unit size with words."""
    dimension = words.shape[1]
    return nn.Parameter(torch.randn(n_topics, dimension) * dimension**-0.5)
