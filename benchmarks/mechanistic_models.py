"""Time and truth of the three mechanistic topic models on planted counts of features.

    python benchmarks/mechanistic_models.py [--short]

Documents are drawn from topics over features that lie around directions of a known dictionary.
"""

import time
from collections.abc import Callable

import numpy as np
from published import Cell, Heading, arguments, publish

from resources.torchvision_ops import declare_missing_operators
from saetm.errors import InputError
from saetm.mechanistic.catalogue import MODELS
from saetm.mechanistic.model import FeatureFit
from saetm.models.model import Corpus
from saetm.models.neural.etm import fit_etm
from tests.mechanistic.planted import Planted, planted, recovery

HEADING = Heading(
    title="Topics over features of tokens: mLDA, mETM and mBERTopic",
    text=(
        "Processor seconds to fit planted documents, of 50 to 150 tokens each, as counts of "
        "features. ETM, on the same counts, shares mETM's network and schedule and walks over "
        "the features that documents show; mETM's likelihood is of those too that they do not "
        "show. Found topics are the mean cosine of fitted topics with planted ones, matched one "
        "to one, by features and by documents. HDBSCAN may find fewer topics than were planted."
    ),
    command="python benchmarks/mechanistic_models.py",
    peers=("tomotopy", "bertopic", "hdbscan", "umap-learn"),
)


def main() -> None:
    """Fit each model once."""
    options = arguments(__doc__).parse_args()
    declare_missing_operators()  # BERTopic loads what wants them
    n_items, n_topics, per_topic = (1000, 10, 40) if options.short else (20_000, 50, 80)
    truth = planted(
        n_items,
        n_topics,
        per_topic,
        width=64 if options.short else 384,
        mixing=0.05,
        n_common=per_topic + 16 if options.short else 96,
        elsewhere=0.0002,
    )
    fits: dict[str, Callable[[], FeatureFit]] = {
        model.title: lambda model=model: model.fit(truth.corpus, n_topics, 0, _unheard)
        for model in MODELS.values()
    }
    fits["ETM"] = lambda: _etm(truth, n_topics)
    rows = [_row(title, truth, fit) for title, fit in fits.items()]
    of_etm = rows[-1]["seconds"]
    publish(
        options.results,
        "mechanistic_models",
        [{**row, "of ETM's time": _ratio(row["seconds"], of_etm)} for row in rows],
        HEADING,
    )


def _row(title: str, truth: Planted, fit: Callable[[], FeatureFit]) -> dict[str, Cell]:
    corpus = truth.corpus
    row: dict[str, Cell] = {
        "model": title,
        "documents": corpus.n_items,
        "features": corpus.n_features,
        "features per document": corpus.counts.nnz / corpus.n_items,
        "planted topics": len(truth.rates),
    }
    began = time.process_time()
    try:
        found = fit()
    except InputError as error:
        print(f"{title}: {error}", flush=True)
        return row | dict.fromkeys(("seconds", "topics", "by features", "by documents"))
    seconds = time.process_time() - began
    by_features, by_documents = recovery(truth, found)
    told = {"by features": float(by_features), "by documents": float(by_documents)}
    return row | {"seconds": seconds, "topics": len(found.weights)} | told


def _etm(truth: Planted, n_topics: int) -> FeatureFit:
    corpus = truth.corpus
    words = [str(feature) for feature in range(corpus.n_features)]
    empty = np.zeros((corpus.n_items, 0), dtype=np.float32)
    seen = Corpus(corpus.counts, empty, words, corpus.dictionary.decoder)
    found = fit_etm(seen, n_topics, 0, _unheard)
    return FeatureFit(found.distributions, found.mixtures)


def _unheard(_share: float) -> None:
    """Take progress, and tell nobody."""


def _ratio(seconds: Cell, of: Cell) -> Cell:
    return seconds / of if isinstance(seconds, float) and isinstance(of, float) else None


if __name__ == "__main__":
    main()
