"""What it takes to score 500 topics: each metric with its interval, and naive loops beside it.

    python benchmarks/scoring.py [--topics 500]

Topics are 20 words of 5,000 by chance, over 10,000 items of 60 words; words have vectors of 200
numbers. The naive loops are SciPy's assignment per pair of topics, and one set of words per pair.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations
from statistics import median
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from published import Cell, Heading, arguments, publish
from scipy import sparse
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from resources.judge import open_judge
from saetm.metrics.agreement import partition_estimates
from saetm.metrics.c_v import c_v
from saetm.metrics.diversity import PERSISTENCE, rank_biased_overlaps, unique_shares
from saetm.metrics.intervals import mean_estimate, pair_estimate
from saetm.metrics.npmi import npmi
from saetm.metrics.perplexity import perplexity
from saetm.metrics.stability import found_again
from saetm.metrics.transport import word_movers_distances
from saetm.scoring.judged import questions_about

N_WORDS, N_ITEMS, WORDS_PER_ITEM, DIMENSIONS = 5000, 10_000, 60, 200
PAIRS = 5000  # that naive loops go through; their time is scaled up


@dataclass(frozen=True)
class Corpus:
    """What topics of chance are held against."""

    top_words: NDArray[np.int64]  # (T, 20)
    tokens: list[NDArray[np.int64]]
    counts: "sparse.csr_array[np.float64]"  # (N, V)
    vectors: NDArray[np.float32]  # (V, E)
    labels: NDArray[np.int64]  # (N,)
    groups: NDArray[np.int64]  # (N,)
    distributions: NDArray[np.float64]  # (T, V)


def corpus(n_topics: int) -> Corpus:
    """Draw topics and items."""
    rng = np.random.default_rng(0)
    weights = 1 / np.arange(10, N_WORDS + 10)
    tokens = list(rng.choice(N_WORDS, (N_ITEMS, WORDS_PER_ITEM), p=weights / weights.sum()))
    items = np.repeat(np.arange(N_ITEMS), WORDS_PER_ITEM)
    counts = sparse.coo_array((np.ones(len(items)), (items, np.concatenate(tokens))))
    distributions = rng.gamma(0.05, size=(n_topics, N_WORDS)) + 1e-9
    return Corpus(
        top_words=np.array([rng.choice(N_WORDS, 20, replace=False) for _ in range(n_topics)]),
        tokens=tokens,
        counts=sparse.csr_array(counts),
        vectors=rng.normal(size=(N_WORDS, DIMENSIONS)).astype(np.float32),
        labels=rng.integers(0, n_topics, N_ITEMS),
        groups=rng.integers(0, 20, N_ITEMS),
        distributions=distributions / distributions.sum(axis=1, keepdims=True),
    )


def metrics(data: Corpus) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield the name of each metric with what computes it and its interval."""
    top, best = data.top_words, data.top_words[:, :10]
    unigram = np.asarray(data.counts.sum(axis=0))
    yield "word mover's distance", lambda: pair_estimate(word_movers_distances(top, data.vectors))
    yield "inverted RBO", lambda: pair_estimate(1 - rank_biased_overlaps(top))
    yield "NPMI", lambda: mean_estimate(npmi(best, data.counts))
    yield "C_V", lambda: mean_estimate(c_v(best, data.tokens))
    yield "unique words", lambda: mean_estimate(unique_shares(best))
    yield "stability", lambda: mean_estimate(found_again(top, top[::-1]))
    yield "purity and NMI", lambda: partition_estimates(data.labels, data.groups)
    yield (
        "perplexity of 1,000 items",
        lambda: perplexity(data.distributions, data.counts[:1000], unigram),
    )
    yield "embedded judge", lambda: judged(data)


def judged(data: Corpus) -> int:
    """Ask the embedded judge about all topics; return how many questions it answered."""
    words = [[f"word{number}" for number in topic] for topic in data.top_words.tolist()]
    judge = open_judge("embedded")
    asked = questions_about(words, words)
    return sum(1 for _ in judge.answer([each.question for each in asked])) if judge else 0


def naive_distances(data: Corpus, pairs: list[tuple[int, int]]) -> list[float]:
    """Assign the words of each pair by SciPy."""
    found = []
    for first, second in pairs:
        costs = cdist(data.vectors[data.top_words[first]], data.vectors[data.top_words[second]])
        found.append(float(costs[linear_sum_assignment(costs)].mean()))
    return found


def naive_overlaps(data: Corpus, pairs: list[tuple[int, int]]) -> list[float]:
    """Intersect the first words of each pair, depth by depth."""
    found = []
    for first, second in pairs:
        one, other = data.top_words[first].tolist(), data.top_words[second].tolist()
        shares = [len({*one[:d]} & {*other[:d]}) / d for d in range(1, len(one) + 1)]
        head = sum(share * PERSISTENCE**d for d, share in enumerate(shares))
        found.append((1 - PERSISTENCE) * head + shares[-1] * PERSISTENCE ** len(one))
    return found


def seconds(work: Callable[[], object], repeats: int) -> float:
    """Return the median time of some calls, after one that compiles and loads."""
    work()
    return median(_timed(work) for _ in range(repeats))


def _timed(work: Callable[[], object]) -> float:
    began = perf_counter()
    work()
    return perf_counter() - began


def naive(data: Corpus) -> dict[str, tuple[float, float]]:
    """Return seconds of the naive loops over all pairs, and how far they are off ours."""
    every = list(combinations(range(len(data.top_words)), 2))
    chosen = every[:: max(1, len(every) // PAIRS)]
    places = tuple(np.array(chosen).T)
    ours = {
        "word mover's distance": word_movers_distances(data.top_words, data.vectors)[places],
        "inverted RBO": rank_biased_overlaps(data.top_words)[places],
    }
    loops = {"word mover's distance": naive_distances, "inverted RBO": naive_overlaps}
    found = {}
    for name, loop in loops.items():
        began = perf_counter()
        theirs = loop(data, chosen)
        taken = (perf_counter() - began) * len(every) / len(chosen)
        found[name] = taken, float(np.abs(ours[name] - theirs).max())
    return found


def rows(data: Corpus, repeats: int) -> Iterator[dict[str, Cell]]:
    """Yield a row per metric."""
    loops = naive(data)
    for name, work in metrics(data):
        taken = seconds(work, repeats)
        loop, off = loops.get(name, (None, None))
        yield {
            "metric": name,
            "topics": len(data.top_words),
            "seconds": taken,
            "naive loop, seconds": loop,
            "times faster": None if loop is None else loop / taken,
            "largest difference": off,
        }


if __name__ == "__main__":
    parser = arguments(__doc__)
    parser.add_argument("--topics", type=int, default=500, help="topics of the model")
    options = parser.parse_args()
    size = min(options.topics, 200) if options.short else options.topics
    found = list(rows(corpus(size), repeats=1 if options.short else 3))
    found.append(
        {"metric": "all", "topics": size, "seconds": sum(float(row["seconds"]) for row in found)}
    )
    publish(
        options.results,
        "scoring",
        found,
        Heading(
            "Scores of a topic model",
            f"Each metric of {size} topics with its bootstrap interval, over {N_ITEMS:,} items. "
            f"Naive loops go through every pair of topics; {PAIRS:,} pairs are timed and scaled "
            "up, and the largest difference of a pair is told.",
            "python benchmarks/scoring.py",
        ),
    )
