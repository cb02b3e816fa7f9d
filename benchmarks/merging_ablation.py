"""Which evidence merges features into topics that hold together, and which words show them.

    python benchmarks/merging_ablation.py --data FOLDER [--corpus newsgroups] [--short]

FOLDER holds newsgroups.jsonl.gz, un_debates.jsonl.gz, flickr8k/metadata.jsonl and
word2vec_8k_300d.npz. The items are divided by chance into two halves. On each, for each seed,
one autoencoder is trained and its emissions are solved, with the defaults; then only merging
varies. Choices were made by the first half and are reported on the second.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from merging_judges import Verdict, judge
from merging_material import Fit, Texts, fit, halves, read_texts
from numpy.typing import NDArray
from published import Cell, Heading, arguments, publish
from scipy import sparse
from scipy.cluster.hierarchy import fcluster, linkage

from saetm.cuts import Material
from saetm.sae.config import SaeConfig
from saetm.topics.config import TopicConfig
from saetm.topics.cut import by_weight, cut
from saetm.topics.directions import item_directions
from saetm.topics.kmeans import kmeans_topics
from saetm.topics.leaves import feature_leaves
from saetm.topics.vectors import even_out, feature_vectors
from saetm.topics.views import View, join_views
from saetm.topics.ward import ward_tree
from saetm.topics.word_order import order_scores
from saetm.topics.word_vectors import corpus_word_vectors
from saetm.topics.words import specificities, topic_words

TOPICS, OTHER_TOPICS = 50, (25, 200)
FEW_SEEDS = 2  # of variants that are not compared as a whole
TABLES = {
    "newsgroups": "merging_ablation",
    "un_debates": "merging_un",
    "captions": "merging_captions",
}
Views = tuple[tuple[str, float], ...]
NOW: Views = (("corpus", 0.5), ("items", 0.5))
BEFORE: Views = (("corpus", 1.0),)


@dataclass(frozen=True)
class Variant:
    """One way from features to topics; what is not said is as now."""

    what: str  # varies
    name: str
    views: Views = NOW
    config: TopicConfig = field(default_factory=TopicConfig)
    linkage: str = "Ward"
    weighting: str = "mass"
    order: str = "central"
    sae: SaeConfig | None = None


def _decoder(one: Fit, _: float) -> NDArray[np.floating]:
    return one.decoder


def _items(one: Fit, _: float) -> NDArray[np.floating]:
    return item_directions(one.material.shares, one.decoder)


def _embeddings(one: Fit, _: float) -> NDArray[np.floating]:
    shares, totals = one.material.shares, one.material.shares.sum(axis=0)
    return (shares.T @ one.items.embeddings) / np.maximum(totals, 1e-12)[:, None]


def _coactive(one: Fit, _: float) -> NDArray[np.floating]:
    present = sparse.csr_array((one.material.shares > 0).astype(np.float64))
    return corpus_word_vectors(present, seed=0)


def _of_words(space: Callable[[Fit], NDArray[np.floating] | None]) -> Callable[..., NDArray]:
    def view(one: Fit, kept: float) -> NDArray[np.floating]:
        return feature_vectors(one.material.emissions, space(one), kept_mass=kept)

    return view


VIEWS: dict[str, Callable[[Fit, float], NDArray[np.floating]]] = {
    "corpus": _of_words(lambda one: one.material.word_vectors),
    "MiniLM": _of_words(lambda one: one.items.meanings),
    "word2vec": _of_words(lambda one: one.items.word2vec),
    "decoder": _decoder,
    "items": _items,
    "embeddings": _embeddings,
    "coactive": _coactive,
}


def variants() -> Iterator[Variant]:
    """Name the ways that are compared."""
    paper = TopicConfig(evenness=0, word_order="probability")
    before = TopicConfig(evenness=0.5)
    agreement = {"config": before, "order": "agreement"}
    yield Variant("all", "now")
    yield Variant("all", "before", BEFORE, **agreement)
    yield Variant("all", "paper", BEFORE, paper, "k-means", order="probability")
    yield Variant(
        "all", "paper, word2vec", (("word2vec", 1),), paper, "k-means", order="probability"
    )
    for name in VIEWS:
        yield Variant("one view", name, ((name, 1.0),))
    for name in ("decoder", "embeddings", "coactive", "MiniLM", "word2vec"):
        yield Variant("second view", f"corpus + {name}", (("corpus", 0.5), (name, 0.5)))
    yield Variant("second view", "MiniLM + items", (("MiniLM", 0.5), ("items", 0.5)))
    yield Variant("second view", "corpus + MiniLM + items", (*NOW, ("MiniLM", 0.5)))
    for share in (0.25, 0.75):
        views = (("corpus", 1 - share), ("items", share))
        yield Variant("share of items", f"{share}", views)
    for evenness in (0.0, 0.5, 0.75):
        yield Variant("evenness", f"{evenness}", config=TopicConfig(evenness=evenness))
    for kept in (0.5, 0.98):
        yield Variant("kept mass", f"{kept}", config=TopicConfig(kept_mass=kept))
    for least in (3, 5, 10):
        yield Variant("least items of a feature", f"{least}", config=TopicConfig(min_items=least))
    yield Variant("weight of a feature", "mass x divergence from unigram", weighting="divergence")
    yield Variant("weight of a feature", "root of mass", weighting="root")
    yield Variant("linkage", "k-means", linkage="k-means")
    yield Variant("linkage", "average, cosine", linkage="average")
    for order in ("agreement", "probability", "probability x lift"):
        yield Variant("words", order, order=order)


def sizes() -> Iterator[Variant]:
    """Name the autoencoders that are compared, merged as now."""
    for features in (512, 2048, 4096):
        sae = SaeConfig(dictionary_size=features)
        yield Variant("features", f"{features}", sae=sae)
    for active in (8, 32):
        sae = SaeConfig(active_features=active, dictionary_size=1024)
        yield Variant("active features", f"{active} of 1024", sae=sae)


def labels_at(one: Fit, variant: Variant, counts: tuple[int, ...]) -> dict[int, NDArray[np.int32]]:
    """Merge features, and return their topics at each number."""
    material, config = one.material, variant.config
    views = []
    for name, share in variant.views:
        raw = VIEWS[name](one, config.kept_mass)
        views.append(View(even_out(raw, material.weights, evenness=config.evenness), share))
    vectors, weights = join_views(views, material.weights), _weights(material, variant.weighting)
    if variant.linkage == "k-means":
        found = {
            count: kmeans_topics(vectors, weights, n_topics=count, n_starts=3, seed=0)
            for count in counts
        }
    elif variant.linkage == "average":
        found = {count: _average(vectors, weights, count) for count in counts}
    else:
        leaves = feature_leaves(vectors, weights, material.item_counts, config)
        tree = ward_tree(vectors, weights, leaves)
        found = {count: cut(tree, count) for count in counts}
    return {count: by_weight(labels, material.weights) for count, labels in found.items()}


def _weights(material: Material, weighting: str) -> NDArray[np.float64]:
    if weighting == "root":
        return np.sqrt(material.weights)
    if weighting == "divergence":
        each = np.arange(len(material.weights))
        held = topic_words(material.emissions, np.ones(len(each)), each)
        return material.weights * (
            held * np.nan_to_num(specificities(held, material.emissions.unigram))
        ).sum(axis=1)
    return material.weights


def _average(vectors: NDArray[np.float64], weights: NDArray[np.float64], count: int) -> NDArray:
    held = np.flatnonzero(weights > 0)
    labels = np.full(len(weights), -1, dtype=np.int32)
    joined = linkage(vectors[held], "average", metric="cosine")
    labels[held] = fcluster(joined, count, "maxclust") - 1
    return labels


def scores_of(one: Fit, labels: NDArray[np.int32], order: str) -> NDArray[np.float64]:
    """Score words for the top of topics."""
    material = one.material
    parts = material.emissions, material.weights, labels
    if order == "probability x lift":
        held = topic_words(*parts)
        lifts = np.nan_to_num(specificities(held, material.emissions.unigram), neginf=0.0)
        return held * lifts.clip(0)
    return order_scores(*parts, material.word_vectors, order)


def measure(
    variant: Variant,
    fits: list[Fit],
    elsewhere: Texts,
    counts: tuple[int, ...],
    *,
    is_whole: bool = True,
) -> dict[int, list[Verdict]]:
    """Judge a variant over seeds, at each number of topics."""
    verdicts: dict[int, list[Verdict]] = {count: [] for count in counts}
    for one in fits:
        for count, labels in labels_at(one, variant, counts).items():
            scores = scores_of(one, labels, variant.order)
            verdict = judge(one, labels, scores, elsewhere, is_whole=is_whole)
            verdicts[count].append(verdict)
    return verdicts


def row(
    variant: Variant, count: int, deciding: list[Verdict] | None, reported: list[Verdict]
) -> dict[str, Cell]:
    """Return the means over seeds as a row of the table."""
    cells: dict[str, Cell] = {"what varies": variant.what, "variant": variant.name, "topics": count}
    for name, title in (("npmi", "NPMI"), ("intruders", "intruders found"), ("purity", "purity")):
        cells[f"deciding half: {title}"] = _mean(deciding, name)
    return cells | {
        "NPMI": _mean(reported, "npmi"),
        "seeds": len(reported),
        "NPMI +-": round(float(np.std([verdict.npmi for verdict in reported])), 4),
        "NPMI, 20 heaviest": _mean(reported, "npmi_heaviest"),
        "NPMI, other half": _mean(reported, "npmi_elsewhere"),
        "C_V": _mean(reported, "c_v"),
        "unique words": _mean(reported, "unique"),
        "intruders found": _mean(reported, "intruders"),
        "purity": _mean(reported, "purity"),
        "NMI": _mean(reported, "nmi"),
        "largest topic": _mean(reported, "largest"),
    }


def _mean(verdicts: list[Verdict] | None, name: str) -> float | None:
    values = [getattr(verdict, name) for verdict in verdicts or []]
    return None if None in values or not values else round(float(np.mean(values)), 4)


def compare(items: Texts, n_seeds: int, *, short: bool) -> Iterator[dict[str, Cell]]:
    """Yield the rows of the table."""
    first, second = halves(items)
    deciding = [fit(first, seed) for seed in range(n_seeds)]
    reported = [fit(second, seed) for seed in range(n_seeds)]
    print("fitted", flush=True)
    for variant in variants():
        is_finalist = variant.what == "all"
        counts = (TOPICS, *OTHER_TOPICS) if is_finalist and not short else (TOPICS,)
        few = slice(n_seeds if is_finalist else min(n_seeds, FEW_SEEDS))
        before = measure(variant, deciding[few], second, counts, is_whole=False)
        after = measure(variant, reported[few], first, counts)
        for count in counts:
            yield row(variant, count, before[count], after[count])
    for variant in [] if short else sizes():
        fits = [fit(second, seed, variant.sae) for seed in range(min(n_seeds, FEW_SEEDS))]
        yield row(variant, TOPICS, None, measure(variant, fits, first, (TOPICS,))[TOPICS])


def main() -> None:
    """Read the arguments, compare, and publish."""
    parser = arguments(__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora")
    parser.add_argument("--corpus", choices=TABLES, default="newsgroups")
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    n_items = 2000 if options.short else None
    items = read_texts(options.data, options.corpus, n_items)
    rows = []
    for cells in compare(items, 1 if options.short else options.seeds, short=options.short):
        rows.append(cells)
        print(*cells.values(), sep=" | ", flush=True)
    publish(
        options.results, TABLES[options.corpus], rows, heading(options.corpus, len(items.texts))
    )


def heading(corpus: str, n_items: int) -> Heading:
    """Say what the table shows."""
    return Heading(
        title=f"Merging features into topics: {corpus}, {n_items:,} items in two halves",
        text=(
            "One autoencoder and one set of emissions per half and seed; then only merging and the "
            "order of words vary, one thing at a time from the row `now`. Choices were made by the "
            "deciding half (fitted and judged there; topics of all items were read by eye as well) "
            "and are reported on the other (fitted again and judged there). Means over seeds; NPMI "
            "of the top 10 words over the items fitted, and over those of the other half, where a "
            "pair of words that never meets counts -1. "
            "Intruders: one of six words belongs to another topic; found where it is the least "
            "similar by MiniLM vectors of the words (chance 0.17; the rows that merge by MiniLM "
            "have seen these vectors). Purity and NMI: each item's leading topic against the known "
            "groups. Higher is better but for the largest topic's share of all mass. `before`: "
            "words alone, evenness 0.5, words by agreement. `paper`: k-means over words' vectors "
            "as they are, words by probability."
        ),
        command=(
            f"python benchmarks/merging_ablation.py --data ../shared/data --corpus {corpus} "
            "--results docs/benchmarks"
        ),
        peers=("sentence-transformers",),
    )


if __name__ == "__main__":
    main()
