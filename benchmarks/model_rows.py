"""Rows of a table of topic models: what a fit takes in a process of its own, and what it gives."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import polars as pl
from footprint import footprint
from numpy.typing import NDArray
from published import Cell
from token_corpus import TokenCorpus
from topic_models import Fit, Topics

from saetm.metrics.c_v import c_v
from saetm.metrics.diversity import unique_words, word_movers_distance
from saetm.metrics.npmi import npmi

Row = dict[str, Cell]


@dataclass(frozen=True)
class Model:
    """A topic model of the comparison."""

    name: str
    fit: Fit
    needs: str = "saetm"  # the package without which there is no row
    compiles: bool = False  # on its first fit in a process
    halves: bool = True  # fitted on half of the items as well
    note: str = ""


@dataclass(frozen=True)
class Judge:
    """What models are fitted on and measured by."""

    corpus: TokenCorpus
    vectors: NDArray[np.float32]  # (V, E) of the words
    halves: tuple[TokenCorpus, TokenCorpus] | None = None  # to fit on, to judge by

    def scores(self, top: NDArray[np.int64]) -> Row:
        """Return the columns of quality for (T, 20) top words."""
        ten = top[:, :10]
        return {
            "NPMI": float(npmi(ten, self.corpus.counts).mean()),
            "C_V": float(c_v(ten, self.corpus.tokens).mean()),
            "unique words": unique_words(ten),
            "word mover's": word_movers_distance(top, self.vectors),
        }

    def unseen(self, model: Model, counts: Sequence[int]) -> list[float | None]:
        """Fit on one half of the items and return the coherence on the other."""
        if self.halves is None or not model.halves:
            return [None] * len(counts)
        fitted, others = self.halves
        found = footprint(model.fit, fitted, counts, 0).result
        return [float(npmi(topics.top[:, :10], others.counts).mean()) for topics in found]


def kept(folder: Path | None, table: str, names: Sequence[str] | None) -> list[Row]:
    """Return the rows of an earlier run whose models are not measured again."""
    file = None if folder is None else folder / f"{table}.csv"
    if names is None or file is None or not file.exists():
        return []
    rows = pl.read_csv(file, infer_schema_length=None).to_dicts()
    return [row for row in rows if row["model"] not in names]


def rows_of(model: Model, judge: Judge, counts: Sequence[int]) -> list[Row]:
    """Return a row per number of topics; without numbers where the library is absent."""
    if find_spec(model.needs) is None:
        absent = f"{model.needs} is not installed"
        return [{"K": count, "model": model.name, "note": absent} for count in counts]
    print(f"{model.name} at {', '.join(map(str, counts))} topics", flush=True)
    taken = footprint(_first_and_fit, model, judge.corpus, counts)
    compiling, found = taken.result
    return [
        {
            "K": count,
            "model": model.name,
            "topics": len(topics.top),
            "seconds": topics.seconds,
            "first fit": topics.seconds + compiling,
            "another K": topics.again,
            "peak MiB": taken.peak_mb,
            **judge.scores(topics.top),
            "NPMI unseen": unseen,
            "no topic": max(0.0, round(1 - float(topics.mass.sum()), 3)),
            "note": model.note,
        }
        for count, topics, unseen in zip(counts, found, judge.unseen(model, counts), strict=True)
    ]


def _first_and_fit(
    model: Model, corpus: TokenCorpus, counts: Sequence[int]
) -> tuple[float, list[Topics]]:
    """Return by how many seconds a first fit is longer, where it compiles, and a fit."""
    if not model.compiles:
        return 0.0, model.fit(corpus, counts, 0)
    (first,) = model.fit(corpus, counts[:1], 0)
    found = model.fit(corpus, counts, 0)
    return first.seconds - found[0].seconds, found
