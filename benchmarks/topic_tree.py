"""The topic tree of 24,576 features: growing it, cutting it, and a million items at a new cut.

    python benchmarks/topic_tree.py --data FOLDER [--features 24576] [--items 1000000]

FOLDER holds newsgroups.jsonl.gz with one `text` per line, for word vectors: features are made
whose words lie around one word or two of the corpus, and their weights are drawn. Two tables come
out, `topic_tree` of growing it and `topic_mixtures` of what a new number of topics costs.
"""

import gzip
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from footprint import Footprint, footprint
from numpy.typing import NDArray
from published import Cell, Heading, arguments, publish
from scipy import sparse
from scipy.cluster.hierarchy import cut_tree as cut_linkage
from scipy.cluster.hierarchy import linkage
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.metrics import adjusted_mutual_info_score

from saetm.cuts import STORED_ITEMS, mixture_rows, node_rows, tree_of
from saetm.topics.config import TopicConfig
from saetm.topics.cut import cut, topic_id
from saetm.topics.former import Former
from saetm.topics.kmeans import kmeans_topics
from saetm.topics.leaves import feature_leaves
from saetm.topics.mixtures import (
    item_counts,
    item_mixtures,
    representative_items,
    topic_weights,
)
from saetm.topics.tree import Tree
from saetm.topics.vectors import even_out, keep_mass
from saetm.topics.views import View, join_views
from saetm.topics.ward import ward_tree
from saetm.topics.word_vectors import corpus_word_vectors

COUNTS = (50, 200, 1000)
ACTIVE = 16  # features of an item
MICRO_TOPICS = 4000
DIRECTIONS = 384  # dimensions in which the items of features lie
SCIPY_FEATURES = 10_000  # at most; it holds all distances
LOOP_ITEMS = 20_000  # that a Python loop is shown
TREE_STEP, LABELS, TOPICS = (
    "tree from the rows of its table",
    "labels of all features",
    "features and ids of all topics",
)
LOOP = "the same mixtures in a Python loop"
COMMAND = "python benchmarks/topic_tree.py --data ../shared/data"

Vectors = NDArray[np.float64]
Labels = dict[int, NDArray[np.int32]]
"""Topics of features, by their number."""


def features_of(folder: Path, n_features: int) -> tuple[Vectors, Vectors]:
    """Make merging vectors and weights as features have them that learned from a corpus."""
    with gzip.open(folder / "newsgroups.jsonl.gz", "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    counts = CountVectorizer(max_features=5000, stop_words="english").fit_transform(texts)
    space = corpus_word_vectors(sparse.csr_array(counts, dtype=np.float64), seed=0)
    random, frequency = np.random.default_rng(0), np.asarray(counts.sum(axis=0)).ravel()
    weights = random.gamma(0.4, size=n_features) + 1e-4
    blocks = [
        keep_mass(_emissions(space, frequency, size, random)) @ space
        for size in np.diff([*range(0, n_features, 1024), n_features])
    ]
    weights /= weights.sum()
    words = np.concatenate(blocks)
    directions = words @ random.normal(size=(words.shape[1], DIRECTIONS))
    directions += directions.std() * random.normal(size=directions.shape)
    evenness = TopicConfig().evenness
    views = [View(even_out(raw, weights, evenness=evenness), 0.5) for raw in (words, directions)]
    return join_views(views, weights), weights


def _emissions(
    space: Vectors, frequency: NDArray[np.int64], size: int, random: np.random.Generator
) -> Vectors:
    unit = space / np.maximum(np.linalg.norm(space, axis=1, keepdims=True), 1e-9)
    drawn = np.sqrt(frequency) / np.sqrt(frequency).sum()
    one, other = (unit[random.choice(len(unit), size, p=drawn)] for _ in range(2))
    towards = one + random.beta(0.3, 1.5, size=(size, 1)) * (other - one)
    towards /= np.maximum(np.linalg.norm(towards, axis=1, keepdims=True), 1e-9)
    scores = np.exp(random.uniform(6, 14, size=(size, 1)) * (towards @ unit.T))
    scores *= frequency**0.3 * random.gamma(1.0, size=scores.shape)
    return np.asarray(scores / scores.sum(axis=1, keepdims=True))


def exact(vectors: Vectors, weights: Vectors) -> tuple[Labels, Tree]:
    """Grow the tree over all features."""
    return _cuts(tree := ward_tree(vectors, weights)), tree


def refit(vectors: Vectors, weights: Vectors, former: Tree) -> tuple[Labels, Tree]:
    """Grow it near a former tree."""
    return _cuts(tree := ward_tree(vectors, weights, former=Former(former, 0.9))), tree


def over_micro_topics(vectors: Vectors, weights: Vectors) -> tuple[Labels, Tree]:
    """Grow it over micro-topics that k-means has formed."""
    enough = np.full(len(weights), 99)
    leaves = feature_leaves(vectors, weights, enough, TopicConfig(max_leaves=MICRO_TOPICS))
    return _cuts(tree := ward_tree(vectors, weights, leaves)), tree


def by_scipy(vectors: Vectors) -> tuple[Labels, None]:
    """Let SciPy grow it; to SciPy all features weigh the same."""
    cuts = cut_linkage(linkage(vectors, "ward"), COUNTS)
    return dict(zip(COUNTS, cuts.T.astype(np.int32), strict=True)), None


def by_kmeans(vectors: Vectors, weights: Vectors) -> tuple[Labels, None]:
    """Form topics by the paper's k-means, started once, at the middle number alone."""
    found = kmeans_topics(vectors, weights, n_topics=COUNTS[1], n_starts=1, seed=0)
    return {COUNTS[1]: found}, None


def _cuts(tree: Tree) -> Labels:
    return {count: cut(tree, count) for count in COUNTS}


def explained(vectors: Vectors, weights: Vectors, labels: NDArray[np.int32]) -> float:
    """Return the share of the weighted variance of vectors that lies between topics."""
    masses = np.bincount(labels, weights)
    shape = len(masses), len(weights)
    member = sparse.csr_array((weights, (labels, np.arange(len(weights)))), shape=shape)
    centres = (member @ vectors) / masses[:, None]
    mean = np.average(vectors, axis=0, weights=weights)
    between = masses @ np.square(centres - mean).sum(axis=1)
    return float(between / (weights @ np.square(vectors - mean).sum(axis=1)))


def growing(
    vectors: Vectors, weights: Vectors, own: Footprint[tuple[Labels, Tree]]
) -> Iterator[dict[str, Cell]]:
    """Yield the rows of the first table, each way in a process of its own."""
    reference, tree = own.result
    ways: dict[str, Callable[[], Footprint[tuple[Labels, Tree | None]]]] = {
        "tree of all features": lambda: own,
        "refit, the former tree counts nine tenths": lambda: footprint(
            refit, vectors, weights, tree
        ),
        f"{MICRO_TOPICS:,} micro-topics, then the tree": lambda: footprint(
            over_micro_topics, vectors, weights
        ),
        f"weighted k-means, K = {COUNTS[1]} alone": lambda: footprint(by_kmeans, vectors, weights),
    }
    if len(weights) <= SCIPY_FEATURES:
        ways["SciPy's Ward linkage, equal weights"] = lambda: footprint(by_scipy, vectors)
    for name, way in ways.items():
        cost = way()
        print(f"{name}: {cost.seconds:.1f} s", flush=True)
        labels = cost.result[0]
        shares = {count: explained(vectors, weights, found) for count, found in labels.items()}
        agreement = adjusted_mutual_info_score(reference[COUNTS[1]], labels[COUNTS[1]])
        yield {
            "way": name,
            "features": len(weights),
            "seconds": cost.seconds,
            "CPU seconds": cost.cpu_seconds,
            "peak MiB": cost.peak_mb,
            **{f"variance between topics, K = {count}": shares.get(count) for count in COUNTS},
            f"agreement with the first, K = {COUNTS[1]}": agreement,
        }


def recut(tree: Tree, n_topics: int, n_items: int) -> dict[str, float]:
    """Return the seconds of each step from a tree to the mixtures of all items as rows."""
    theta = _mixtures_of_chance(n_items, len(tree.leaf_of))
    item_ids = [f"{item:032x}" for item in range(n_items)]
    rows = node_rows(tree, "sae")
    seconds, began = {}, time.perf_counter()

    def lap(step: str) -> None:
        nonlocal began
        seconds[step] = time.perf_counter() - began
        began = time.perf_counter()

    tree = tree_of(rows, n_features=len(tree.leaf_of))
    lap(TREE_STEP)
    labels = cut(tree, n_topics)
    lap(LABELS)
    members = [np.flatnonzero(labels == topic) for topic in range(n_topics)]
    ids = [topic_id(features, salt="sae") for features in members]
    lap(TOPICS)
    mixtures = item_mixtures(theta, labels)
    lap("item mixtures")
    topic_weights(mixtures)
    item_counts(mixtures, share=TopicConfig().presence_share)
    lap("weights and item counts")
    by_topic = mixtures.tocsc()
    for topic in range(n_topics):
        representative_items(by_topic, topic, STORED_ITEMS)
    lap("best items of all topics")
    mixture_rows(mixtures, ids, item_ids)
    lap("mixtures as rows of the table")
    _loop(theta[:LOOP_ITEMS], labels)
    lap(LOOP)
    return seconds


def _mixtures_of_chance(n_items: int, n_features: int) -> "sparse.csr_array[np.float32]":
    random, width = np.random.default_rng(0), n_features // ACTIVE
    places = (random.random((n_items, ACTIVE)) ** 3 * width).astype(np.int32)
    features = places + np.arange(ACTIVE, dtype=np.int32) * width
    shares = random.dirichlet(np.ones(ACTIVE), n_items).astype(np.float32)
    offsets = np.arange(n_items + 1) * ACTIVE
    shape = n_items, n_features
    return sparse.csr_array((shares.ravel(), features.ravel(), offsets), shape=shape)


def _loop(
    theta: "sparse.csr_array[np.float32]", labels: NDArray[np.int32]
) -> list[dict[int, float]]:
    mixtures = []
    for start, stop in zip(theta.indptr, theta.indptr[1:], strict=False):
        mixture: dict[int, float] = {}
        for feature, share in zip(theta.indices[start:stop], theta.data[start:stop], strict=True):
            mixture[labels[feature]] = mixture.get(labels[feature], 0.0) + share
        mixtures.append(mixture)
    return mixtures


def recutting(tree: Tree, n_items: int) -> Iterator[dict[str, Cell]]:
    """Yield the rows of the second table, a process for each number of topics."""
    for count in COUNTS:
        cost = footprint(recut, tree, count, n_items)
        for step, seconds in cost.result.items():
            items = min(LOOP_ITEMS, n_items) if step == LOOP else n_items
            of_items = step not in {TREE_STEP, LABELS, TOPICS}
            yield {
                "step": step,
                "K": count,
                "items": items if of_items else None,
                "seconds": seconds,
                "items per second": items / seconds if of_items else None,
                "peak MiB of all steps": cost.peak_mb,
            }
        print(f"K = {count}: {cost.seconds:.1f} s", flush=True)


TREE = Heading(
    "Growing the topic tree",
    "Merging vectors of features whose words lie around one or two words of a corpus (5,000 posts; "
    "200 dimensions of words, 384 of items that are drawn around them), weights drawn. Every way "
    "runs in a process of its own on both cores; peak memory holds its imports and arguments. "
    "Variance between topics is the share of the weighted variance of the vectors that topics "
    "explain: higher is tighter; k-means pursues it for one number of topics at a time. Agreement "
    "is adjusted mutual information with the tree of all features. The short version has SciPy's "
    "linkage too, which holds all distances.",
    COMMAND,
)
MIXTURES = Heading(
    "A new number of topics from a grown tree",
    "All steps from the stored tree to rows of the table of mixtures, 16 active features per item. "
    "The first three are what an explorer needs for another number of topics, without their "
    "words. The loop stands for code that visits entries one by "
    "one; compare items per second.",
    COMMAND,
)


def main() -> None:
    """Read the arguments and print both tables."""
    parser = arguments(__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of newsgroups.jsonl.gz")
    parser.add_argument("--features", type=int, default=24_576)
    parser.add_argument("--items", type=int, default=1_000_000)
    options = parser.parse_args()
    n_features, n_items = options.features, options.items
    if options.short:
        n_features, n_items = 5000, 100_000
    vectors, weights = features_of(options.data, n_features)
    own = footprint(exact, vectors, weights)
    publish(options.results, "topic_tree", list(growing(vectors, weights, own)), TREE)
    rows = list(recutting(own.result[1], n_items))
    publish(options.results, "topic_mixtures", rows, MIXTURES)


if __name__ == "__main__":
    main()
