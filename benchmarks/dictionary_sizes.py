"""How many features an autoencoder should have on small data, judged by the topics.

    python benchmarks/dictionary_sizes.py --data FOLDER [--corpora newsgroups ...]

FOLDER holds newsgroups.jsonl.gz and others, and word2vec_8k_300d.npz. One half of a corpus is
fitted with every size and three seeds; the other half is what nobody saw.
"""

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from merging_ablation import Variant, labels_at, scores_of
from merging_judges import KNOWN, judge
from merging_material import Fit, Texts, fit, halves, read_texts
from published import Cell, Heading, arguments, publish
from seed_stability import stability
from topic_models import Topics

from saetm.sae.config import SaeConfig, dictionary_size_for
from saetm.topics.words import top_words

COUNTS, FACTORS = (25, 50, 100), (0.5, 1, 2)
HEADING = Heading(
    "Sizes of the dictionary on small data",
    "One half of each corpus fitted, three seeds; `NPMI` of the ten first words over the items "
    "fitted, `NPMI, other half` over those of the other half. `mass found again` is the share of "
    "topic mass whose topics share five of ten words with their match of another seed, as in "
    "'Topics found again with another seed'. `x default` is the size relative to the one that is "
    "chosen when none is set. `CPU s` is a whole fit, from vectors to emissions.",
    "python benchmarks/dictionary_sizes.py --data ../shared/data",
)


def main() -> None:
    """Fit every corpus with every size."""
    parser = arguments(__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with CORPUS.jsonl.gz")
    parser.add_argument("--corpora", nargs="+", default=["captions", "newsgroups", "un_debates"])
    options = parser.parse_args()
    rows: list[dict[str, Cell]] = []
    for corpus in options.corpora[:1] if options.short else options.corpora:
        unseen, fitted = halves(read_texts(options.data, corpus, 5000))
        for factor in FACTORS[:2] if options.short else FACTORS:
            n_seeds = 2 if options.short else 3
            for row in measured(fitted, unseen, factor, n_seeds):
                rows.append({"corpus": corpus, "items": len(fitted.texts), **row})
                print(rows[-1], flush=True)
            publish(options.results, "dictionary_sizes", rows, HEADING)


def measured(
    fitted: Texts, unseen: Texts, factor: float, n_seeds: int
) -> Iterator[dict[str, Cell]]:
    """Yield a row for each number of topics."""
    size = round(factor * dictionary_size_for(*fitted.embeddings.shape))
    began = time.process_time()
    fits = [fit(fitted, seed, SaeConfig(dictionary_size=size)) for seed in range(n_seeds)]
    seconds = (time.process_time() - began) / n_seeds
    cuts = [labels_at(one, Variant("all", "now"), COUNTS) for one in fits]
    for count in COUNTS:
        labels = [each[count] for each in cuts]
        yield {
            "features": size,
            "x default": factor,
            "topics": count,
            **means(fits, labels, unseen),
            "CPU s": seconds,
        }


def means(fits: list[Fit], labels: list[np.ndarray], unseen: Texts) -> dict[str, Cell]:
    """Judge every seed's topics, and how much of them other seeds find again."""
    pairs = list(zip(fits, labels, strict=True))
    scores = [scores_of(one, each, "central") for one, each in pairs]
    verdicts = [
        judge(one, each, score, unseen, is_whole=False)
        for (one, each), score in zip(pairs, scores, strict=True)
    ]
    topics = [topics_of(*pair, score) for pair, score in zip(pairs, scores, strict=True)]
    purities = [each.purity for each in verdicts if each.purity is not None]
    return {
        "NPMI": float(np.mean([each.npmi for each in verdicts])),
        "NPMI, other half": float(np.mean([each.npmi_elsewhere for each in verdicts])),
        "unique words": float(np.mean([each.unique for each in verdicts])),
        "intruders found": float(np.mean([each.intruders for each in verdicts])),
        "purity": float(np.mean(purities)) if purities else None,
        "mass found again": stability(topics)["mass found again"],
    }


def topics_of(one: Fit, labels: np.ndarray, scores: np.ndarray) -> Topics:
    """Return the top words and the mass of topics."""
    held = labels >= 0
    mass = np.bincount(labels[held], one.material.weights[held], len(scores))
    return Topics(top=top_words(scores, KNOWN), mass=mass / mass.sum(), seconds=0.0)


if __name__ == "__main__":
    main()
