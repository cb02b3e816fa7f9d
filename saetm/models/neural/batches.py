"""Items as Torch reads them: the words that each holds, one after the other."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from saetm.models.model import Corpus


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """B items; M pairs of an item and a word that it holds, in the order of the items."""

    items: NDArray[np.integer]  # (B,) which items of the corpus
    starts: Tensor  # (B,) int64, the first pair of each item
    rows: Tensor  # (M,) int64 below B, the item of each pair
    words: Tensor  # (M,) int64 below V
    counts: Tensor  # (M,) float32
    lengths: Tensor  # (B,) float32, the words of each item in all
    embeddings: Tensor  # (B, D) float32

    @property
    def shares(self) -> Tensor:
        """(M,) counts divided by the length of their item."""
        return self.counts / self.lengths[self.rows]


def batch_of(corpus: Corpus, items: NDArray[np.integer]) -> Batch:
    """Gather some items."""
    bags = corpus.counts[items]
    sizes = np.diff(bags.indptr)
    return Batch(
        items=items,
        starts=torch.from_numpy(bags.indptr[:-1].astype(np.int64)),
        rows=torch.from_numpy(np.repeat(np.arange(len(items)), sizes)),
        words=torch.from_numpy(bags.indices.astype(np.int64)),
        counts=torch.from_numpy(bags.data.astype(np.float32)),
        lengths=torch.from_numpy(np.asarray(bags.sum(axis=1), dtype=np.float32)),
        embeddings=torch.from_numpy(corpus.embeddings[items].astype(np.float32)),
    )
