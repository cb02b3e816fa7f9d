"""How many topics keep their ids when items are added, and whether they are the same topics.

    python benchmarks/topic_stability.py --data FOLDER [--refits 6]

FOLDER holds newsgroups.jsonl.gz with one `text` per line, flickr8k_mobilenetv2.parquet with the
vectors of photographs, and flickr8k/metadata.jsonl with their captions. The autoencoder and a
first fit see most of the items; the rest come in several increments, and all is refitted each
time as the product does: vocabulary, emissions, word vectors, tree. The chain of refits is run
twice, with heights that stay within a band and with heights as merges cost, over the same vectors.
"""

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from unittest.mock import patch

import numpy as np
import polars as pl
from newsgroups_topics import embeddings, lemmas
from numpy.typing import NDArray
from published import Cell, Heading, arguments, publish
from scipy import sparse

from saetm.cuts import Material, grow_tree
from saetm.emission.config import EmissionConfig
from saetm.emission.solve import EmissionFit, solve
from saetm.evidence import merging_vectors
from saetm.metrics.npmi import npmi
from saetm.past import Past
from saetm.refits import Refit, fit_topics
from saetm.sae.config import SaeConfig
from saetm.sae.encode import encode
from saetm.sae.item_features import item_features
from saetm.sae.train import train
from saetm.text.config import VocabularyConfig
from saetm.text.vocabulary import choose_vocabulary, count_matrix
from saetm.topics import steady
from saetm.topics.changes import top
from saetm.topics.config import TopicConfig
from saetm.topics.cut import cut
from saetm.topics.mixtures import topic_weights
from saetm.topics.tree import Tree
from saetm.topics.word_vectors import corpus_word_vectors

COUNTS = (10, 25, 50, 100)
CONFIG = TopicConfig()


@dataclass(frozen=True)
class Items:
    """All items, those of the first fit first."""

    bags: pl.DataFrame  # words, counts
    shares: "sparse.csr_array[np.float32]"  # (N, K)
    decoder: NDArray[np.float32]  # (K, D)
    n_first: int


@dataclass(frozen=True)
class Fitted:
    """A fit of the first items up to what topics are read from."""

    material: Material
    vectors: NDArray[np.float64]  # (K, E) for merging
    counts: "sparse.csr_array[np.float64]"
    emission: EmissionFit


@dataclass(frozen=True)
class Chain:
    """A first fit of topics and the refits after it."""

    fits: list[Refit]
    trees: list[Tree]


def posts(folder: Path) -> Items:
    """Read texts with the vectors of a language model; nine tenths are in the first fit."""
    with gzip.open(folder / "newsgroups.jsonl.gz", "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    return _items(texts, embeddings(texts, "newsgroups"), len(texts) * 9 // 10)


def photographs(folder: Path) -> Items:
    """Read captions with the vectors of an image model; five sixths are in the first fit."""
    rows = pl.read_parquet(folder / "flickr8k_mobilenetv2.parquet")
    captions = pl.read_ndjson(folder / "flickr8k" / "metadata.jsonl")
    joined = rows.join(captions, on="file_name", maintain_order="left")
    vectors = np.array(joined["embedding"].to_list(), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return _items(joined["caption"].to_list(), vectors, joined.height * 5 // 6)


def _items(texts: list[str], vectors: NDArray[np.float32], n_first: int) -> Items:
    """Train on the first items in an order of chance, and encode all."""
    order = np.random.default_rng(0).permutation(len(texts))
    bags = [Counter(lemmas(texts[row])) for row in order]
    columns = {
        "words": [list(bag) for bag in bags],
        "counts": [list(bag.values()) for bag in bags],
    }
    schema = {"words": pl.List(pl.String), "counts": pl.List(pl.Int32)}
    weights = train(vectors[order[:n_first]], SaeConfig()).weights
    shares = item_features(encode(vectors[order], weights))
    return Items(pl.DataFrame(columns, schema), shares, weights.decoder, n_first)


def fit(items: Items, n_items: int, before: Fitted | None) -> Fitted:
    """Fit the first items as the line does, emissions by the choices of the fit before."""
    bags, shares = items.bags.head(n_items), items.shares[:n_items]
    vocabulary = choose_vocabulary(bags.lazy(), VocabularyConfig()).collect()
    counts = count_matrix(bags, vocabulary)
    emission = solve(shares, counts, _emission_config(before))
    material = Material(
        sae_id="the first items",
        item_ids=[str(row) for row in range(n_items)],
        shares=shares,
        weights=topic_weights(shares),
        item_counts=np.bincount(shares.indices, minlength=shares.shape[1]),
        emissions=emission.emissions,
        words=vocabulary["word"].to_list(),
        word_vectors=corpus_word_vectors(
            counts, dimensions=CONFIG.word_dimensions, seed=CONFIG.seed
        ),
    )
    vectors = merging_vectors(material, items.decoder, CONFIG)
    return Fitted(material, vectors, counts, emission)


def _emission_config(before: Fitted | None) -> EmissionConfig:
    if before is None:
        return EmissionConfig()
    chosen = before.emission
    return EmissionConfig(prior=chosen.prior, passes=chosen.passes, heldout_share=0)


def chain(fits: list[Fitted]) -> Chain:
    """Fit the topics of each, near to those of the one before."""
    topics: list[Refit] = []
    trees: list[Tree] = []
    past = None
    for fitted in fits:
        material = fitted.material
        topics.append(fit_topics(fitted.vectors, material, CONFIG, COUNTS, past))
        past = Past(
            sae_id=material.sae_id,
            has_same_settings=True,
            item_ids=material.item_ids,
            nodes=topics[-1].nodes,
            topics=topics[-1].topics,
            n_features=len(material.weights),
        )
        trees.append(past.tree)
    return Chain(topics, trees)


def without_band(fits: list[Fitted]) -> Chain:
    """Fit the topics of each with heights as merges cost."""
    with patch.object(steady, "BAND", 0.0):
        return chain(fits)


def rows(corpus: str, fits: list[Fitted]) -> Iterator[dict[str, Cell]]:
    """Yield a row per number of topics and way of setting heights."""
    last = fits[-1]
    afresh = grow_tree(last.vectors, last.material, CONFIG)
    ways = {"as merges cost": without_band(fits), f"within {steady.BAND:.0%}": chain(fits)}
    for count in COUNTS:
        best = _explained(cut(afresh, count), last)
        for name, found in ways.items():
            shown = [fit.topics.filter(topic_count=count) for fit in found.fits]
            known = set(found.fits[0].nodes["topic_id"])
            steps = [_kept(*pair) for pair in pairwise(shown)]
            between = _explained(cut(found.trees[-1], count), last)
            yield {
                "corpus": corpus,
                "K": count,
                "heights": name,
                "mass shown under first ids": _kept(shown[0], shown[-1]),
                "under ids of any first node": _mass(shown[-1], known),
                "worst refit": min(steps),
                "top words kept": _words_kept(shown[0], shown[-1]),
                "NPMI": _coherence(shown[-1], last),
                "variance between topics": between,
                "over that of a tree grown afresh": between / best,
            }


def _kept(before: pl.DataFrame, after: pl.DataFrame) -> float:
    return _mass(after, set(before["topic_id"]))


def _mass(topics: pl.DataFrame, ids: set[str]) -> float:
    return float(topics.filter(pl.col("topic_id").is_in(ids))["weight"].sum())


def _words_kept(before: pl.DataFrame, after: pl.DataFrame) -> float:
    both = before.join(after, on="topic_id", suffix="_after").select("words", "words_after")
    return float(np.mean([len({*top(one)} & {*top(other)}) / 10 for one, other in both.rows()]))


def _coherence(topics: pl.DataFrame, fitted: Fitted) -> float:
    place = {word: column for column, word in enumerate(fitted.material.words)}
    rows = [[place[word] for word in top(words)] for words in topics["words"]]
    return float(npmi(np.array(rows), fitted.counts).mean())


def _explained(labels: NDArray[np.int32], fitted: Fitted) -> float:
    """Return the share of the variance of merging vectors that lies between topics."""
    held = labels >= 0
    points, weights, labels = fitted.vectors[held], fitted.material.weights[held], labels[held]
    masses = np.bincount(labels, weights)
    member = sparse.csr_array((weights, (labels, np.arange(len(labels)))))
    centres = (member @ points) / masses[:, None]
    mean = np.average(points, axis=0, weights=weights)
    between = masses @ np.square(centres - mean).sum(axis=1)
    return float(between / (weights @ np.square(points - mean).sum(axis=1)))


HEADING = Heading(
    "Topics that keep their ids through small refits",
    "The autoencoder and the first fit see 4,500 of 5,000 posts (MiniLM vectors), or 1,000 of "
    "1,200 photographs (MobileNetV2 vectors, captions as words); the rest come in six refits. "
    "Compared with the first fit after the last refit: the share of topic mass that a cut shows "
    "under ids which that cut had at first, or under ids of any node of the first tree; the worst "
    "of these shares between two fits that follow each other; top ten words kept. Heights decide "
    "which nodes a cut shows: as merges cost, or kept while the cost stays within a band. The "
    "last columns are what that costs: the variance of merging vectors between topics, also over "
    "that of a tree without a past.",
    "python benchmarks/topic_stability.py --data ../shared/data",
)


def main() -> None:
    """Read the arguments, fit, add items, and print what stayed."""
    parser = arguments(__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of both corpora")
    parser.add_argument("--refits", type=int, default=6)
    options = parser.parse_args()
    table: list[dict[str, Cell]] = []
    for read in [photographs] if options.short else [posts, photographs]:
        items, fits = read(options.data), []
        ends = np.linspace(items.n_first, items.bags.height, options.refits + 1)
        for end in ends.astype(int):
            fits.append(fit(items, int(end), fits[-1] if fits else None))
            print(f"{read.__name__}: {end:,} items", flush=True)
        table.extend(rows(read.__name__, fits))
    publish(options.results, "topic_ids", table, HEADING)


if __name__ == "__main__":
    main()
