"""The words of topics as sums over features, so that a topic's sums are those of its parts.

`saetm.topics.word_order` reads the words of a cut from all features. Whoever moves from one cut of
a tree to another needs those of one or two topics more: what a coarser topic is made of is added up
from finer ones, and only features of new topics are looked at.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from saetm.emission.emissions import Emissions
from saetm.topics.centrality import centrality
from saetm.topics.word_order import CENTRALITY_POWER


@dataclass(frozen=True, slots=True, eq=False)
class WordSums:
    """Sums over the features of T topics, each feature times its weight."""

    mass: NDArray[np.float64]
    """(T,) weights alone."""
    even: NDArray[np.float64]
    """(T,) the share of the prior, which lies evenly on all words."""
    said: NDArray[np.float64]
    """(T, V) B, what items say about the features' words."""
    roots: NDArray[np.float64]
    """(T, V) square roots of B."""
    lifts: NDArray[np.float64]
    """(T, V) log(1 + B_kw / (p0_w + 1/V))."""

    def joined(self, groups: NDArray[np.integer]) -> "WordSums":
        """Add up topics.

        Args:
            groups: (T,) group 0 to G - 1 of each topic, each with one at least; -1 for none.

        Returns:
            Sums of the G groups.
        """
        held = np.flatnonzero(groups >= 0)
        shape = int(groups.max(initial=-1)) + 1, len(groups)
        member = sparse.csr_array((np.ones(len(held)), (groups[held], held)), shape=shape)
        return WordSums(
            mass=np.asarray(member @ self.mass),
            even=np.asarray(member @ self.even),
            said=np.asarray(member @ self.said),
            roots=np.asarray(member @ self.roots),
            lifts=np.asarray(member @ self.lifts),
        )


def word_sums(
    emissions: Emissions, weights: NDArray[np.floating], labels: NDArray[np.integer]
) -> WordSums:
    """Add up the features of each topic; features without a topic cost nothing.

    Args:
        emissions: K features over V words.
        weights: (K,) mean share of each feature over all items.
        labels: (K,) topic 0 to T - 1 of each feature, each with one at least; -1 for none.
    """
    held = np.flatnonzero(labels >= 0)
    said = emissions.words[held]
    share = np.asarray(weights, dtype=np.float64)[held]
    shape = int(labels.max(initial=-1)) + 1, len(held)
    member = sparse.csr_array((share, (labels[held], np.arange(len(held)))), shape=shape)
    expected = emissions.unigram + 1.0 / max(emissions.shape[1], 1)
    roots, lifts = np.sqrt(said.data), np.log1p(said.data / expected[said.indices])
    return WordSums(
        mass=np.asarray(member.sum(axis=1)),
        even=np.asarray(member @ emissions.prior_share[held]),
        said=(member @ said).toarray(),
        roots=(member @ _with_data(said, roots)).toarray(),
        lifts=(member @ _with_data(said, lifts)).toarray(),
    )


def distributions(sums: WordSums) -> NDArray[np.float64]:
    """Return the (T, V) probabilities of words, those of `saetm.topics.words.topic_words`."""
    evenly = sums.even / max(sums.said.shape[1], 1)
    return (sums.said + evenly[:, None]) / sums.mass[:, None]


def scores(
    sums: WordSums,
    word_vectors: NDArray[np.floating] | None,
    order: Literal["central", "agreement", "probability"],
) -> NDArray[np.float64]:
    """Return the (T, V) scores of words, those of `saetm.topics.word_order.order_scores`.

    Args:
        sums: of T topics.
        word_vectors: (V, E) vectors of words; None where they have none.
        order: what words are put in order by.

    Raises:
        ContractError: word_vectors do not have one row per word.
    """
    if order == "probability":
        return distributions(sums)
    agreed = (sums.roots / sums.mass[:, None]) ** 2 * (sums.lifts / sums.mass[:, None])
    if order == "agreement" or word_vectors is None:
        return agreed
    return agreed * centrality(agreed, word_vectors) ** CENTRALITY_POWER


def _with_data(
    matrix: "sparse.csr_array[np.floating]", data: NDArray[np.floating]
) -> "sparse.csr_array[np.floating]":
    return sparse.csr_array((data, matrix.indices, matrix.indptr), shape=matrix.shape)
