"""What the explorer does when its slider moves: another number of topics, with all their words.

    python benchmarks/explorer_cut.py [--features 24576] [--items 100000]

Features, their words and the items are drawn: topics of topics, each with words of its own, over
words as rare as those of a language.
"""

import time
from collections.abc import Callable, Iterator
from string import ascii_lowercase

import numpy as np
from numpy.typing import NDArray
from published import Cell, Heading, arguments, publish
from scipy import sparse

from saetm.cuts import Material
from saetm.emission.emissions import Emissions
from saetm.topics.config import TopicConfig
from saetm.topics.cut import cut, cut_nodes, node_ids
from saetm.topics.tree import Tree
from saetm.topics.ward import ward_tree
from saetm.topics.word_order import order_scores
from saetm.topics.words import top_words, topic_words
from saetm_assets.explorer.naming import by_rule
from saetm_assets.explorer.node_topics import FINEST, NodeTopics

N_WORDS, WORDS_OF_FEATURE, DIMENSIONS, ACTIVE = 5000, 250, 32, 16
JUMPS = (2, 10, 50, 137, 300, 500)
COMMAND = "python benchmarks/explorer_cut.py"


def material_of_chance(n_features: int, n_items: int) -> tuple[Material, NDArray[np.float64]]:
    """Draw what topics are read from, and the vectors that features are merged by."""
    random = np.random.default_rng(0)
    themes = random.normal(size=(200, DIMENSIONS))
    places = random.integers(len(themes), size=n_features)
    vectors = themes[places] + 0.7 * random.normal(size=(n_features, DIMENSIONS))
    weights = random.gamma(0.4, size=n_features) + 1e-4
    weights /= weights.sum()
    unigram = 1.0 / (10.0 + np.arange(N_WORDS))
    unigram /= unigram.sum()
    return Material(
        sae_id="sae",
        item_ids=[f"{item:032x}" for item in range(n_items)],
        shares=_shares(n_items, n_features, random),
        weights=weights,
        item_counts=np.full(n_features, 99),
        emissions=_emissions(places, unigram, random),
        words=["".join(letters) for letters in random.choice(list(ascii_lowercase), (N_WORDS, 7))],
        word_vectors=random.normal(size=(N_WORDS, 200)).astype(np.float32),
    ), vectors


def _emissions(
    places: NDArray[np.int64], unigram: NDArray[np.float64], random: np.random.Generator
) -> Emissions:
    n_features, half = len(places), WORDS_OF_FEATURE // 2
    own = (places[:, None] * 23 + random.integers(200, size=(n_features, half))) % N_WORDS
    common = random.choice(N_WORDS, p=unigram, size=(n_features, WORDS_OF_FEATURE - half))
    rows = np.repeat(np.arange(n_features), WORDS_OF_FEATURE)
    mass = random.gamma(0.3, size=len(rows)).astype(np.float32)
    shape = n_features, len(unigram)
    columns = np.hstack([own, common]).ravel()
    words = sparse.csr_array(sparse.coo_array((mass, (rows, columns)), shape=shape))
    words.data *= np.repeat(0.9 / np.asarray(words.sum(axis=1)), np.diff(words.indptr))
    return Emissions(words.astype(np.float32), np.full(n_features, 0.1), unigram)


def _shares(
    n_items: int, n_features: int, random: np.random.Generator
) -> "sparse.csr_array[np.float32]":
    width = n_features // ACTIVE
    places = (random.random((n_items, ACTIVE)) ** 3 * width).astype(np.int32)
    features = places + np.arange(ACTIVE, dtype=np.int32) * width
    shares = random.dirichlet(np.ones(ACTIVE), n_items).astype(np.float32)
    offsets = np.arange(n_items + 1, dtype=np.int32) * ACTIVE
    shape = n_items, n_features
    return sparse.csr_array((shares.ravel(), features.ravel(), offsets), shape=shape)


def seconds_of(work: Callable[[], object]) -> float:
    """Time one call."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def recutting(tree: Tree, material: Material) -> Iterator[dict[str, Cell]]:
    """Yield a row for each way in which a reader gets to another number of topics."""
    config = TopicConfig()
    ids = node_ids(tree, salt="sae")

    def opened() -> NodeTopics:
        made = NodeTopics(tree, ids, material, config, by_rule)
        made.topics(cut_nodes(tree, 25))
        return made

    def shown(at: NodeTopics, count: int) -> float:
        return seconds_of(lambda: (cut(tree, count), at.topics(cut_nodes(tree, count))))

    yield _row("first of all, at 25 topics", [seconds_of(opened)], len(ids))
    first = opened()
    steps = [shown(first, count) for count in range(26, FINEST + 1)]
    yield _row("one topic more, from 26 to 500", steps, len(ids))
    back = [shown(first, count) for count in JUMPS if count > 25]
    yield _row("back to numbers that were shown", back, len(ids))
    jumps = [shown(opened(), count) for count in JUMPS]
    yield _row("from 25 straight to 2, 10, 50, 137, 300, 500", jumps, len(ids))
    ready = opened()
    yield _row("most nodes described ahead, in the background", [seconds_of(ready.warm)], len(ids))
    yield _row("from there to any of those numbers", [shown(ready, k) for k in JUMPS], len(ids))
    naive = [seconds_of(lambda k=count: _naive(tree, material, config, k)) for count in JUMPS]
    yield _row("words of those alone, from all features", naive, len(ids))


def _naive(tree: Tree, material: Material, config: TopicConfig, count: int) -> None:
    labels = cut(tree, count)
    parts = material.emissions, material.weights, labels
    scores = order_scores(*parts, material.word_vectors, config.word_order)
    topic_words(*parts)
    top_words(scores, config.stored_words)


def _row(way: str, seconds: list[float], n_nodes: int) -> dict[str, Cell]:
    return {
        "to another number of topics": way,
        "features": (n_nodes + 1) // 2,
        "times": len(seconds),
        "median ms": 1000 * float(np.median(seconds)),
        "95th percentile ms": 1000 * float(np.quantile(seconds, 0.95)),
        "longest ms": 1000 * max(seconds),
    }


HEADING = Heading(
    "Another number of topics in the explorer",
    "Topics with their words, probabilities, specificities, item counts and best items, from "
    "memory (5,000 words, 16 active features per item, all drawn). The explorer adds the words of "
    "coarser topics up from those of the finest cut and keeps what it has described; the last row "
    "reads the words alone from all features each time.",
    COMMAND,
)


def main() -> None:
    """Read the arguments and print the table."""
    parser = arguments(__doc__)
    parser.add_argument("--features", type=int, default=24_576)
    parser.add_argument("--items", type=int, default=100_000)
    options = parser.parse_args()
    n_features, n_items = options.features, options.items
    if options.short:
        n_features, n_items = 2000, 10_000
    material, vectors = material_of_chance(n_features, n_items)
    tree = ward_tree(vectors, material.weights)
    print(f"a tree of {tree.n_leaves:,} leaves", flush=True)
    publish(options.results, "explorer_cut", list(recutting(tree, material)), HEADING)


if __name__ == "__main__":
    main()
