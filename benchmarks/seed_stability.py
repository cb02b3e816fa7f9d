"""How much of the topics is found again with another seed.

    python benchmarks/seed_stability.py --data FOLDER [--corpora newsgroups ...] [--seeds 5]

FOLDER holds CORPUS.jsonl.gz with one `text` per line. Every model is fitted with each seed on
the same embeddings and the same 5,000 lemmas. Topics of two fits are matched one to one so that
they share as many of their top ten words as possible; a topic is found again where it shares
at least half of them with its match.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import permutations
from pathlib import Path

import numpy as np
from footprint import footprint
from model_rows import Row, kept
from numpy.typing import NDArray
from published import Heading, arguments, publish
from scipy.optimize import linear_sum_assignment
from token_corpus import TokenCorpus, read_token_corpus
from topic_models import Fit, Seeds, Topics, seeded_sae_tm
from topic_peers import bertopic_kmeans, clusters

from saetm.topics.config import TopicConfig

TABLE, N_WORDS = "seed_stability", 10
TITLE = "Topics found again with another seed"
COMMAND = "OMP_NUM_THREADS=1 python benchmarks/seed_stability.py --data ../shared/data"
TEXT = """Each model is fitted with five seeds on the same items (5,000 newsgroup posts; 5,000 \
paragraphs of UN debates), embeddings and 5,000 lemmas. Topics of two fits are matched one to \
one (Hungarian method) so that they share as many of their top ten words as possible. \
`mass found again` is the share of a fit's topic mass whose topics share at least five of the ten \
words with their match, the mean over the 20 ordered pairs of seeds; `shared words` the mean \
number of the ten words, weighted by mass; `topics found again` counts topics instead of mass. \
Rows with one seed fixed tell which part moves: with one autoencoder, the words held out of \
the emissions and the word vectors change; with one matrix of emissions too, the word vectors \
alone (and the draws of k-means). `k-means as in the paper` merges by words alone, without unit \
vectors, and ranks words by probability."""


@dataclass(frozen=True)
class SaeTm:
    """Our model with some of its seeds fixed."""

    merging: TopicConfig
    fixed_sae: bool = False
    fixed_emission: bool = False

    def __call__(self, corpus: TokenCorpus, counts: Sequence[int], seed: int) -> list[Topics]:
        """Fit with 0 for what is fixed, and the seed for all else."""
        sae, emission = 0 if self.fixed_sae else seed, 0 if self.fixed_emission else seed
        return seeded_sae_tm(corpus, counts, Seeds(sae, emission, seed), self.merging)


TREE = TopicConfig()
KMEANS = TopicConfig(method="kmeans", direction_share=0, evenness=0, word_order="probability")
MODELS: dict[str, Fit] = {
    "SAE-TM (ours)": SaeTm(TREE),
    "ours, one autoencoder": SaeTm(TREE, fixed_sae=True),
    "ours, one autoencoder and emissions": SaeTm(TREE, fixed_sae=True, fixed_emission=True),
    "ours, k-means as in the paper": SaeTm(KMEANS),
    "ours, k-means, one autoencoder": SaeTm(KMEANS, fixed_sae=True),
    "k-means + class TF-IDF": clusters,
    "BERTopic, k-means": bertopic_kmeans,
}


def found_again(one: Topics, other: Topics) -> NDArray[np.int64]:
    """Return how many top words each of the (T,) topics shares with its match; 0 without one."""
    ours, theirs = one.top[:, :N_WORDS], other.top[:, :N_WORDS]
    shared = (ours[:, None, :, None] == theirs[None, :, None, :]).sum(axis=(2, 3))
    rows, columns = linear_sum_assignment(shared, maximize=True)
    matched = np.zeros(len(ours), dtype=np.int64)
    matched[rows] = shared[rows, columns]
    return matched


def stability(fits: Sequence[Topics]) -> Row:
    """Average over all ordered pairs of fits."""
    pairs = [(one, found_again(one, other)) for one, other in permutations(fits, 2)]
    mass = [one.mass[matched >= N_WORDS // 2].sum() for one, matched in pairs]
    return {
        "mass found again": float(np.mean(mass)),
        "standard deviation": float(np.std(mass)),
        "topics found again": float(np.mean([(shared >= 5).mean() for _, shared in pairs])),
        "shared words": float(np.mean([one.mass @ shared for one, shared in pairs])),
    }


def rows_of(name: str, corpus: TokenCorpus, counts: Sequence[int], n_seeds: int) -> list[Row]:
    """Fit a model with each seed and return a row per number of topics."""
    if name.startswith("BERTopic") and find_spec("bertopic") is None:
        return [{"model": name, "K": count} for count in counts]
    print(name, flush=True)
    fits = footprint(fits_of, MODELS[name], corpus, counts, n_seeds).result
    by_count = zip(counts, zip(*fits, strict=True), strict=True)
    return [{"model": name, "K": count, **stability(found)} for count, found in by_count]


def fits_of(
    fit: Fit, corpus: TokenCorpus, counts: Sequence[int], n_seeds: int
) -> list[list[Topics]]:
    """Fit with each seed; in a process of its own, for some libraries keep global state."""
    return [fit(corpus, counts, seed) for seed in range(n_seeds)]


def main() -> None:
    """Measure every model on every corpus, and publish after each."""
    parser = arguments(__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with CORPUS.jsonl.gz")
    parser.add_argument("--corpora", nargs="+", default=["newsgroups", "un_debates"])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--models", nargs="+", default=list(MODELS), help="other rows are kept")
    options = parser.parse_args()
    rows = kept(options.results, TABLE, options.models)
    heading = Heading(TITLE, TEXT, COMMAND, ("bertopic", "umap-learn"))
    for name in options.corpora[:1] if options.short else options.corpora:
        corpus = read_token_corpus(options.data, name)
        corpus = corpus.rows(np.arange(600)) if options.short else corpus
        n_seeds, counts = (2, [10]) if options.short else (options.seeds, [25, 50])
        for model in options.models:
            found = rows_of(model, corpus, counts, n_seeds)
            rows += [{"corpus": name, **row} for row in found]
            publish(options.results, TABLE, rows, heading)


if __name__ == "__main__":
    main()
