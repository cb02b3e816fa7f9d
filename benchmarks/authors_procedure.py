"""The procedure of SAE-TM's authors, written anew from the paper and its published settings.

Their autoencoder, word emissions by AdamW over a dense softmax, and k-means over the word2vec
vectors of each feature's most probable words (arXiv 2511.16309, section 4).
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from authors_autoencoder import BATCH, Training, train
from numpy.typing import NDArray
from scipy import sparse
from sklearn.cluster import KMeans
from token_corpus import TokenCorpus
from topic_models import N_TOP, Topics

from saetm.topics.words import top_words

BACKGROUND_SHARE, KEPT_MASS = 0.3, 0.9


@dataclass(frozen=True)
class Procedure:
    """The whole of it, with the vectors of words and the sizes left to the user."""

    vectors: NDArray[np.float32]  # (V, 300) word2vec
    training: Training
    epochs: int  # of the emissions; the paper takes 50 to 200

    def __call__(self, corpus: TokenCorpus, counts: Sequence[int], seed: int) -> list[Topics]:
        """Fit once, then cluster for each number of topics."""
        began = time.process_time()
        generator = torch.Generator().manual_seed(seed)
        theta = shares(torch.from_numpy(corpus.embeddings), self.training, generator)
        print(f"  autoencoder trained after {time.process_time() - began:.0f} s", flush=True)
        emissions = emit(theta, corpus.counts, self.epochs, generator)
        learned = time.process_time() - began
        print(f"  emissions descended after {learned:.0f} s", flush=True)
        return [self._merged(emissions, theta, count, learned) for count in counts]

    def _merged(
        self,
        emissions: NDArray[np.float32],
        theta: "sparse.csr_array[np.float32]",
        count: int,
        learned: float,
    ) -> Topics:
        began = time.process_time()
        weights = np.asarray(theta.mean(axis=0), dtype=np.float64)
        alive = np.flatnonzero(weights)
        places = truncated(emissions[alive]) @ self.vectors
        labels = KMeans(count, random_state=42).fit_predict(places, sample_weight=weights[alive])
        mass = np.bincount(labels, weights[alive], minlength=count)
        entries = weights[alive] / mass[labels], (labels, np.arange(len(alive)))
        top = top_words(sparse.csr_array(entries) @ emissions[alive], N_TOP)
        again = time.process_time() - began
        return Topics(top, mass / mass.sum(), learned + again, again)


def shares(
    embeddings: torch.Tensor, training: Training, generator: torch.Generator
) -> "sparse.csr_array[np.float32]":
    """Train the autoencoder and return the (N, K) shares of features in the items."""
    active = train(embeddings, training, generator).encode(embeddings)
    totals = active.sum(dim=1, keepdim=True).clamp(min=1e-12)
    return sparse.csr_array((active / totals).numpy())


def emit(
    theta: "sparse.csr_array[np.float32]",
    counts: "sparse.csr_array[np.float64]",
    epochs: int,
    generator: torch.Generator,
) -> NDArray[np.float32]:
    """Descend to the (K, V) word distributions of the features; the background is learned."""
    n_items = theta.shape[0]
    rarity = np.log(n_items / np.maximum((counts > 0).sum(axis=0), 1))
    weighted = sparse.csr_array(counts * (rarity / rarity.max()))
    shape = theta.shape[1], counts.shape[1]
    logits = (0.01 * torch.randn(shape, generator=generator)).requires_grad_()
    unigram = (counts.sum(axis=0) + 1e-8) / counts.sum()
    background = torch.tensor(np.log(unigram), dtype=torch.float32, requires_grad=True)
    optimiser = torch.optim.AdamW([logits, background], lr=1e-2, weight_decay=0.0)
    for _ in range(epochs):
        order = torch.randperm(n_items, generator=generator).numpy()
        for items in np.array_split(order, -(-n_items // BATCH)):
            mixtures = torch.from_numpy(theta[items].toarray())
            words = torch.from_numpy(weighted[items].toarray()).float()
            shown = (1 - BACKGROUND_SHARE) * mixtures @ torch.softmax(logits, dim=1)
            shown = shown + BACKGROUND_SHARE * torch.softmax(background, dim=0)
            loss = -(words * shown.clamp(min=1e-8).log()).sum()
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]  # torch has no type here
            optimiser.step()
    return torch.softmax(logits, dim=1).detach().numpy()


def truncated(emissions: NDArray[np.float32]) -> NDArray[np.float32]:
    """Keep of each row the fewest words whose mass exceeds KEPT_MASS, and renormalise."""
    order = np.argsort(-emissions, axis=1)
    ranked = np.take_along_axis(emissions, order, axis=1)
    before = np.cumsum(ranked, axis=1) - ranked
    kept = np.zeros_like(emissions)
    np.put_along_axis(kept, order, np.where(before <= KEPT_MASS, ranked, 0), axis=1)
    return kept / kept.sum(axis=1, keepdims=True)
