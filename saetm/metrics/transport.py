"""Word mover's distances between all pairs of topics, each an exact assignment of words."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import pdist, squareform

from saetm.crew import Crew, Span, whole_crew
from saetm.errors import ContractError


def word_movers_distances(
    top_words: NDArray[np.integer],
    word_vectors: NDArray[np.floating],
    *,
    crew: Crew | None = None,
) -> NDArray[np.float64]:
    """Return the word mover's distance between the top words of each pair of topics.

    Each topic is a uniform distribution over its n words, so the cheapest transport is an
    assignment of words to words, and its cost the mean Euclidean distance moved.

    Args:
        top_words: (T, n) word ids below V, not empty.
        word_vectors: (V, E) finite vectors of the words.
        crew: threads that share the pairs; all that the machine gives where it is not set.

    Returns:
        (T, T) symmetric distances with zeros on the diagonal, in the unit of the vectors.

    Raises:
        ContractError: an id is outside 0 to V - 1, or a vector of a top word is not finite.

    References:
        SAE-TM (arXiv 2511.16309), Eq. 13; Kusner et al. 2015.
    """
    if not 0 <= top_words.min() <= top_words.max() < len(word_vectors):
        raise ContractError(f"top_words has an id outside 0 to {len(word_vectors) - 1}")
    words, places = np.unique(top_words, return_inverse=True)
    distances = _distances(word_vectors[words])  # (U, U) over the U distinct words
    slots = places.reshape(top_words.shape).astype(np.int64)
    moved = np.zeros((len(slots), len(slots)))
    partners = np.arange(len(slots))[::-1]  # of each topic, among those after it
    costs = np.concatenate([[0], np.cumsum(partners)])
    (crew or whole_crew()).walk(assign_pairs, costs, slots, distances, moved)
    return moved + moved.T


def assign_pairs(  # noqa: C901, PLR0912, PLR0915  a compiled function calls no others
    span: Span,
    slots: NDArray[np.int64],
    distances: NDArray[np.float64],
    moved: NDArray[np.float64],
) -> None:
    """Assign words to words at the least cost, for pairs whose first topic is in the span.

    Words whose nearest partner is free take it; each of the others is placed along the shortest
    augmenting path through those that are placed (Jonker and Volgenant 1987).

    Args:
        span: first topics of the pairs.
        slots: (T, n) words of the topics, as places in `distances`.
        distances: (U, U) between words.
        moved: (T, T) filled with mean distances, above the diagonal.
    """
    n_words = slots.shape[1]
    costs = np.empty((n_words, n_words))
    row_price, column_price, path_cost = np.empty(n_words), np.empty(n_words), np.empty(n_words)
    row_of, column_of = np.empty(n_words, np.int64), np.empty(n_words, np.int64)
    came_from, open_columns = np.empty(n_words, np.int64), np.empty(n_words, np.int64)
    for first in range(span[0], span[1]):
        for second in range(first + 1, len(slots)):
            for row in range(n_words):
                line = distances[slots[first, row]]
                for column in range(n_words):
                    costs[row, column] = line[slots[second, column]]
            row_of[:] = -1
            column_of[:] = -1
            column_price[:] = costs[0]
            for row in range(1, n_words):
                for column in range(n_words):
                    column_price[column] = min(column_price[column], costs[row, column])
            for row in range(n_words):
                nearest, least = 0, math.inf
                for column in range(n_words):
                    cost = costs[row, column] - column_price[column]
                    if cost < least:
                        nearest, least = column, cost
                row_price[row] = least
                if row_of[nearest] < 0:
                    row_of[nearest], column_of[row] = row, nearest
            for start in range(n_words):
                if column_of[start] >= 0:
                    continue
                path_cost[:] = math.inf
                for column in range(n_words):
                    open_columns[column] = column
                row, end, reached, n_open = start, -1, 0.0, n_words
                while end < 0:
                    base, least, place = reached - row_price[row], math.inf, 0
                    for each in range(n_open):
                        column = open_columns[each]
                        cost = base + costs[row, column] - column_price[column]
                        if cost < path_cost[column]:
                            path_cost[column], came_from[column] = cost, row
                        if path_cost[column] < least:
                            least, place = path_cost[column], each
                    reached, column = least, open_columns[place]
                    n_open -= 1
                    open_columns[place], open_columns[n_open] = open_columns[n_open], column
                    row = row_of[column]
                    if row < 0:
                        end = column
                row_price[start] += reached
                for each in range(n_open, n_words):
                    column = open_columns[each]
                    if column != end:
                        row_price[row_of[column]] += reached - path_cost[column]
                        column_price[column] -= reached - path_cost[column]
                row = -1
                while row != start:
                    row = came_from[end]
                    row_of[end] = row
                    column_of[row], end = end, column_of[row]
            total = 0.0
            for row in range(n_words):
                total += costs[row, column_of[row]]
            moved[first, second] = total / n_words


def _distances(vectors: NDArray[np.floating]) -> NDArray[np.float64]:
    if not np.all(np.isfinite(vectors)):
        raise ContractError("word_vectors has an entry that is not finite")
    return squareform(pdist(vectors.astype(np.float64)), checks=False)
