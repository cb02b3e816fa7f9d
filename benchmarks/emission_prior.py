"""What prior and passes of the emissions do to held-out words, and to topics.

    python benchmarks/emission_prior.py --data FOLDER [--corpus newsgroups]

One autoencoder with its defaults; for each prior the passes go on until held-out words have lost
for a while. Topics are merged from the emissions of all words with the defaults of the line.
"""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
from newsgroups_topics import Corpus, read_corpus
from numpy.typing import NDArray
from published import Cell, Heading, arguments, publish
from scipy import sparse

from saetm.crew import whole_crew
from saetm.cuts import Material, grow_tree
from saetm.emission.config import EmissionConfig
from saetm.emission.emissions import Emissions
from saetm.emission.passes import climb
from saetm.emission.problem import build_problem
from saetm.emission.solve import solve
from saetm.emission.start import from_even
from saetm.evidence import merging_vectors
from saetm.metrics.diversity import unique_words
from saetm.metrics.npmi import npmi
from saetm.sae.config import SaeConfig
from saetm.sae.encode import encode
from saetm.sae.item_features import item_features
from saetm.sae.train import train
from saetm.topics.config import TopicConfig
from saetm.topics.cut import cut
from saetm.topics.mixtures import topic_weights
from saetm.topics.word_order import order_scores
from saetm.topics.word_vectors import corpus_word_vectors
from saetm.topics.words import top_words

PRIORS = (0.1, 1.0, 5.0, 20.0, 100.0)
PASSES = (1, 2, 3, 5, 8, 13, 30)
N_TOPICS = 50

TEXT = """{n_items:,} items of {corpus}, {n_features:,} features, {n_words:,} words, {n_topics}
topics. Held-out: log likelihood per weighted word of a tenth of all words that the passes did not
see. NPMI of the ten first words over the items themselves, and the share of these words that no
other topic has, of topics merged from the emissions of all words under the same prior and passes.
The automatic choice by held-out words alone: prior {prior:g}, {passes} passes (NPMI {npmi:.3f}).
One autoencoder, one seed.""".replace("\n", " ")


def main() -> None:
    """Try every prior with every number of passes and publish the table."""
    parser = arguments(__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of CORPUS.jsonl.gz")
    parser.add_argument("--corpus", default="newsgroups")
    options = parser.parse_args()
    corpus = read_corpus(options.data, options.corpus)
    if options.short:
        corpus = corpus.rows(np.arange(1500))
    weights = train(corpus.embeddings, SaeConfig()).weights
    shares = item_features(encode(corpus.embeddings, weights))
    merging = Merging(corpus, weights.sae_id, weights.decoder, shares)
    rows = []
    for prior in (1.0, 20.0) if options.short else PRIORS:
        for row in tried(merging, prior, PASSES[:3] if options.short else PASSES):
            rows.append(row)
            print(row, flush=True)
    fit = solve(shares, corpus.counts, EmissionConfig())
    text = TEXT.format(
        n_items=shares.shape[0], corpus=options.corpus, n_features=shares.shape[1],
        n_words=len(corpus.words), n_topics=N_TOPICS, prior=fit.prior, passes=fit.passes,
        npmi=merging.judge(fit.emissions)[0],
    )  # fmt: skip
    command = "python benchmarks/emission_prior.py --data ../shared/data"
    heading = Heading("Prior and passes of the emissions", text, command, ("numba",))
    publish(options.results, "emission_prior", rows, heading)


class Merging:
    """Everything that turns emissions into topics, the same for all of them."""

    def __init__(
        self,
        corpus: Corpus,
        sae_id: str,
        decoder: NDArray[np.float32],
        shares: "sparse.csr_array[np.float32]",
    ) -> None:
        """Take an autoencoder's decoder, and its (N, K) shares of features."""
        self.corpus, self.sae_id, self.decoder, self.shares = corpus, sae_id, decoder, shares
        self.config = TopicConfig()
        self.space = corpus_word_vectors(
            corpus.counts, dimensions=self.config.word_dimensions, seed=self.config.seed
        )

    def judge(self, emissions: Emissions) -> tuple[float, float]:
        """Return mean NPMI and the share of unique words of the topics merged from emissions."""
        material = Material(
            sae_id=self.sae_id,
            item_ids=[str(row) for row in range(self.shares.shape[0])],
            shares=self.shares,
            weights=topic_weights(self.shares),
            item_counts=np.bincount(self.shares.indices, minlength=self.shares.shape[1]),
            emissions=emissions,
            words=self.corpus.words.tolist(),
            word_vectors=self.space,
        )
        vectors = merging_vectors(material, self.decoder, self.config)
        labels = cut(grow_tree(vectors, material, self.config), N_TOPICS)
        parts = material.emissions, material.weights, labels
        top = top_words(order_scores(*parts, self.space, self.config.word_order), 10)
        return float(npmi(top, self.corpus.counts).mean()), unique_words(top)


def tried(merging: Merging, prior: float, stops: tuple[int, ...]) -> Iterator[dict[str, Cell]]:
    """Yield a row for each number of passes under a prior."""
    config = EmissionConfig()
    problem = build_problem(merging.shares, merging.corpus.counts, config, whole_crew())
    rest = problem.hold_out(config.heldout_share, seed=config.seed)
    sweeps = climb(rest, from_even(rest), prior=prior)
    for passes, sweep in enumerate(islice(sweeps, stops[-1] + 1)):
        if passes not in stops:
            continue
        given = EmissionConfig(prior=prior, passes=passes, heldout_share=0)
        emissions = solve(merging.shares, merging.corpus.counts, given).emissions
        coherence, unique = merging.judge(emissions)
        yield {
            "prior": prior,
            "passes": passes,
            "held-out log likelihood": round(sweep.heldout_log_likelihood, 4),
            "NPMI": round(coherence, 4),
            "unique words": round(unique, 3),
        }


if __name__ == "__main__":
    main()
