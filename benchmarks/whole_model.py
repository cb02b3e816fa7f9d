"""Whole topic models side by side: time, memory, coherence and diversity.

    OMP_NUM_THREADS=1 python benchmarks/whole_model.py --data FOLDER [--corpora newsgroups ...]

FOLDER holds CORPUS.jsonl.gz with one `text` per line and word2vec_8k_300d.npz. All models are
given the same embeddings and the same 5,000 lemmas of the same items; each is fitted in a
process of its own. BERTopic comes with `pip install -c constraints.txt -e .[peers]`, FASTopic
with `pip install --no-deps fastopic` on top: what it asks for brings a torchvision that does
not belong to a CPU build of Torch. A model whose library is absent has a row without numbers.
With --models only those are measured, and the other rows of --results are kept.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from authors_autoencoder import Training
from authors_procedure import Procedure
from model_rows import Judge, Model, Row, kept, rows_of
from newsgroups_topics import gibbs_lda, nmf
from numpy.typing import NDArray
from published import Cell, Heading, arguments, publish
from token_corpus import TokenCorpus, read_token_corpus, word_vectors
from topic_models import sae_tm
from topic_peers import (
    EPOCHS,
    FEWER_EPOCHS,
    MANY,
    OfBags,
    bertopic_hdbscan,
    bertopic_kmeans,
    clusters,
    fastopic,
)

TABLE, OURS = "whole_model", "SAE-TM (ours)"
TITLE = "Whole topic models, given embeddings and texts"
COMMAND = "OMP_NUM_THREADS=1 python benchmarks/whole_model.py --data ../shared/data"
PEERS = ("bertopic", "umap-learn", "hdbscan", "fastopic", "tomotopy")
FEWER = f"{EPOCHS} epochs, {FEWER_EPOCHS} above {MANY} topics"
TEXT = """Fitted on one core (one thread), each model in a process of its own, from MiniLM \
embeddings and the same lemmas (5,000 of 5,000 newsgroup posts, 4,145 of 5,000 paragraphs of UN \
debates) to topics with their words. `seconds` are processor seconds (on one idle core the same \
as the clock's) without imports and compilation; `first fit` counts what a library compiles on \
its first fit in a process (Numba; ours keeps it on disk, and takes 5 s and 60 MiB more in the \
first process ever). `another K` are the seconds for this number of topics where the model has \
others already; where it is empty, all is fitted again. `peak MiB` is of the process that fitted \
both numbers, data and imports included (Torch in all of them). NPMI (top 10 words, items as \
windows) and C_V (top 10, windows of 110 tokens) are measured on the items fitted, `NPMI unseen` \
on the half of the items that a second fit did not see. `unique words` is the share of distinct \
words among the top 10, `word mover's` the mean word mover's distance of the top 20 in word2vec. \
`no topic` is the share of items that the model puts into no topic (HDBSCAN's outliers). Ratios \
are to our row of the same corpus and K: above one means more than ours.

Ours has the highest NPMI and C_V of the items fitted at both numbers of both corpora, and takes \
the least time for both numbers together. Where it is behind: for one number alone BERTopic (once \
compiled), and at 50 k-means and NMF, take less time, because most of ours goes into an \
autoencoder that serves all numbers. Models without one (LDA, NMF, k-means) take a third less \
memory. On unseen items LDA's topics hold together better at 200 on newsgroups and at 50 on UN \
debates (.089 to .057; NMF .058), for a feature of ours is active in few items of a half, while \
LDA learns from all of them; so do HDBSCAN's 200, which are fewer: 67 and 82, and a third of the \
items or more have none. At \
200 topics ours share more words than those of BERTopic, k-means and NMF, because neighbours in \
the tree have features with the same words. FASTopic and the authors' procedure are not fitted on \
halves: they take minutes."""


def models(vectors: NDArray[np.float32], *, short: bool) -> list[Model]:
    """Name the models; ours first."""
    training = Training(features=256, steps=60) if short else Training(features=2048, steps=500)
    epochs = 5 if short else 40
    authors = Procedure(vectors, training, epochs)
    smaller = f"{training.features:,} features, {training.steps:,} steps, {epochs} epochs of AdamW"
    return [
        Model(OURS, sae_tm, compiles=True),
        Model("BERTopic, k-means", bertopic_kmeans, "bertopic", compiles=True),
        Model("BERTopic, HDBSCAN", bertopic_hdbscan, "bertopic", compiles=True),
        Model("FASTopic", fastopic, "fastopic", halves=False, note=FEWER),
        Model("SAE-TM, authors' procedure", authors, halves=False, note=smaller),
        Model("k-means + class TF-IDF", clusters),
        Model("NMF on TF-IDF", OfBags(nmf)),
        Model("Gibbs LDA", OfBags(gibbs_lda), "tomotopy"),
    ]


def judge_of(corpus: TokenCorpus, vectors: NDArray[np.float32]) -> Judge:
    """Divide the items into halves by chance."""
    order = np.random.default_rng(0).permutation(len(corpus.tokens))
    return Judge(corpus, vectors, (corpus.rows(order[::2]), corpus.rows(order[1::2])))


def with_ratios(rows: Sequence[Row]) -> list[Row]:
    """Add how many times the seconds and the memory of ours each row takes."""
    ours = {(row["corpus"], row["K"]): row for row in rows if row["model"] == OURS}
    return [row | _ratios(row, ours.get((row["corpus"], row["K"]), {})) for row in rows]


def _ratios(row: Row, ours: Row) -> Row:
    pairs = {"seconds / ours": "seconds", "MiB / ours": "peak MiB"}
    return {name: _over(row.get(of), ours.get(of)) for name, of in pairs.items()}


def in_order(rows: Sequence[Row], names: Sequence[str]) -> list[Row]:
    """Sort rows by corpus, number of topics and model, whichever were measured last."""
    return sorted(rows, key=lambda row: (row["corpus"], row["K"], names.index(row["model"])))


def _over(one: Cell, other: Cell) -> float | None:
    return one / other if isinstance(one, float) and isinstance(other, float) else None


def main() -> None:
    """Measure the models, and publish after each."""
    parser = arguments(__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with CORPUS.jsonl.gz")
    parser.add_argument("--corpora", nargs="+", default=["newsgroups", "un_debates"])
    parser.add_argument("--topics", nargs="+", type=int, default=[50, 200])
    parser.add_argument("--models", nargs="+", help="their names; rows of others are kept")
    options = parser.parse_args()
    rows = kept(options.results, TABLE, options.models)
    heading = Heading(TITLE, TEXT, COMMAND, PEERS)
    for name in options.corpora[:1] if options.short else options.corpora:
        corpus = read_token_corpus(options.data, name)
        corpus = corpus.rows(np.arange(600)) if options.short else corpus
        vectors = word_vectors(options.data, corpus.words)
        judge = Judge(corpus, vectors) if options.short else judge_of(corpus, vectors)
        compared = models(vectors, short=options.short)
        for model in compared:
            if options.models is None or model.name in options.models:
                found = rows_of(model, judge, [20] if options.short else options.topics)
                rows += [{"corpus": name} | row for row in found]
                ordered = in_order(with_ratios(rows), [model.name for model in compared])
                publish(options.results, TABLE, ordered, heading)


if __name__ == "__main__":
    main()
