"""How many topics keep their ids when items are added, and whether they are the same topics.

    python benchmarks/topic_stability.py --data FOLDER [--corpus newsgroups] [--increments 1]

FOLDER holds CORPUS.jsonl.gz with one `text` per line. The autoencoder and a first fit see nine
tenths of the items; the rest come in one increment or in several, and all is refitted each time
as the product does: vocabulary, emissions, word vectors, tree. Printed are, against the first
fit: the share of topic mass under ids that the first cut at this number has, the share under
ids that any of its nodes has, the mean share of the top ten words that those topics still have,
their likeness by features, and the share of them that would keep their summary. The coherence
(NPMI) and the variance within topics are held against a fit that knows nothing of the past.
"""

import argparse
import gzip
import json
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from newsgroups_topics import embeddings, lemmas
from numpy.typing import NDArray
from scipy import sparse

from saetm.cuts import Material, cut_at, grow_tree
from saetm.emission.config import EmissionConfig
from saetm.emission.solve import EmissionFit, solve
from saetm.evidence import merging_vectors
from saetm.metrics.npmi import npmi
from saetm.past import Past
from saetm.refits import Refit, fit_topics
from saetm.sae.config import SaeConfig
from saetm.sae.encode import encode, item_features
from saetm.sae.train import train
from saetm.text.config import VocabularyConfig
from saetm.text.vocabulary import choose_vocabulary, count_matrix
from saetm.topics.changes import has_moved, top
from saetm.topics.config import TopicConfig
from saetm.topics.mixtures import topic_weights
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
    """A fit of the first items, with what the next one needs and what it is judged by."""

    material: Material
    vectors: NDArray[np.float64]  # (K, E) for merging
    counts: "sparse.csr_array[np.float64]"
    emission: EmissionFit
    topics: Refit

    @property
    def past(self) -> Past:
        """What the next fit knows of this one."""
        return Past(
            sae_id=self.material.sae_id,
            has_same_settings=True,
            item_ids=self.material.item_ids,
            nodes=self.topics.nodes,
            topics=self.topics.topics,
            n_features=len(self.material.weights),
        )


def read_items(folder: Path, name: str) -> Items:
    """Read texts, train on the first nine tenths of them in an order of chance, encode all."""
    with gzip.open(folder / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    order = np.random.default_rng(0).permutation(len(texts))
    bags = [Counter(lemmas(texts[row])) for row in order]
    columns = {
        "words": [list(bag) for bag in bags],
        "counts": [list(bag.values()) for bag in bags],
    }
    schema = {"words": pl.List(pl.String), "counts": pl.List(pl.Int32)}
    vectors = embeddings(texts, name)[order]
    n_first = len(texts) * 9 // 10
    shares = Path(tempfile.gettempdir()) / f"saetm_benchmark_{name}_first_shares.npz"
    decoder = shares.with_name(f"saetm_benchmark_{name}_first_decoder.npy")
    if not shares.exists() or not decoder.exists():
        weights = train(vectors[:n_first], SaeConfig()).weights
        sparse.save_npz(shares, item_features(encode(vectors, weights)))
        np.save(decoder, weights.decoder)
    frame = pl.DataFrame(columns, schema)
    return Items(frame, sparse.load_npz(shares), np.load(decoder), n_first)


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
    past = before.past if before else None
    topics = fit_topics(vectors, material, CONFIG, COUNTS, past)
    return Fitted(material, vectors, counts, emission, topics)


def _emission_config(before: Fitted | None) -> EmissionConfig:
    if before is None:
        return EmissionConfig()
    chosen = before.emission
    return EmissionConfig(prior=chosen.prior, passes=chosen.passes, heldout_share=0)


def report(first: Fitted, last: Fitted) -> None:
    """Print one line per number of topics."""
    columns = ["K", "ids of cut", "of any node", "words", "features", "summaries"]
    print(*(f"{name:>12}" for name in [*columns, "NPMI", "afresh", "variance", "afresh"]))
    known = set(first.topics.nodes["topic_id"])
    tree = grow_tree(last.vectors, last.material, CONFIG)
    for count in COUNTS:
        before = first.topics.topics.filter(topic_count=count)
        after = last.topics.topics.filter(topic_count=count)
        both = before.join(after, on="topic_id", suffix="_after")
        afresh = cut_at(tree, last.vectors, count, last.material, CONFIG).topics
        row = [
            after.join(before, on="topic_id", how="semi")["weight"].sum(),
            after.filter(pl.col("topic_id").is_in(known))["weight"].sum(),
            *_likeness(both, last.material.weights),
            _coherence(after, last),
            _coherence(afresh, last),
            _variance(after, last),
            _variance(afresh, last),
        ]
        print(f"{count:12}", *(f"{number:12.3f}" for number in row))


def _likeness(both: pl.DataFrame, weights: NDArray[np.float64]) -> tuple[float, float, float]:
    words = [
        len(set(top(one)) & set(top(other))) / 10
        for one, other in both.select("words", "words_after").iter_rows()
    ]
    features = [
        weights[np.intersect1d(one, other)].sum() / weights[np.union1d(one, other)].sum()
        for one, other in both.select("features", "features_after").iter_rows()
    ]
    still = [
        not has_moved(one, other) for one, other in both.select("words", "words_after").iter_rows()
    ]
    return float(np.mean(words)), float(np.mean(features)), float(np.mean(still))


def _coherence(topics: pl.DataFrame, fitted: Fitted) -> float:
    place = {word: column for column, word in enumerate(fitted.material.words)}
    rows = [[place[word] for word in top(words)] for words in topics["words"]]
    return float(npmi(np.array(rows), fitted.counts).mean())


def _variance(topics: pl.DataFrame, fitted: Fitted) -> float:
    """Return the share of the variance of merging vectors that lies within topics."""
    within, weights = 0.0, fitted.material.weights
    for features in topics["features"].to_list():
        points, mass = fitted.vectors[features], weights[features]
        centre = np.average(points, axis=0, weights=mass)
        within += float(mass @ ((points - centre) ** 2).sum(axis=1))
    mean = np.average(fitted.vectors, axis=0, weights=weights)
    return within / float(weights @ ((fitted.vectors - mean) ** 2).sum(axis=1))


def main() -> None:
    """Read the arguments, fit, add items, and print what stayed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with CORPUS.jsonl.gz")
    parser.add_argument("--corpus", default="newsgroups")
    parser.add_argument("--increments", type=int, default=1)
    parser.add_argument("--first-share", type=float, default=0.9, help="of items in the first fit")
    options = parser.parse_args()
    items = read_items(options.data, options.corpus)
    n_items = items.bags.height
    n_first = min(items.n_first, int(options.first_share * n_items))
    ends = np.linspace(n_first, n_items, options.increments + 1).astype(int)
    fits = [fit(items, int(ends[0]), None)]
    for end in ends[1:]:
        fits.append(fit(items, int(end), fits[-1]))
        told = fits[-1].topics.changes
        print(f"{end} items: {0 if told is None else told.height} changes", flush=True)
    report(fits[0], fits[-1])


if __name__ == "__main__":
    main()
