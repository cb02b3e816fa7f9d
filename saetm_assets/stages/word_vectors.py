"""Stage 5: a vector for every word of the vocabulary, by which features are merged."""

from collections.abc import Callable
from pathlib import Path

import dagster as dg
import numpy as np
import polars as pl
from numpy.typing import NDArray

from resources.bindings import Encoders
from resources.word_files import read_word_vectors
from saetm.bridge import VECTOR_DTYPE, vectors_to_series
from saetm.errors import InputError
from saetm.tables import VOCABULARY, WORD_VECTORS
from saetm_assets.matrices import item_ids, word_counts
from saetm_assets.partitions import DATASETS_PARTITIONS, OWNERS
from saetm_assets.step import Desk, Step


@dg.asset(
    partitions_def=DATASETS_PARTITIONS,
    deps=["vocabulary", "bags"],
    group_name="words",
    kinds={"deltalake", "numpy"},
    owners=OWNERS,
    code_version="1",
    pool="gpu",
)
def word_vectors(
    context: dg.AssetExecutionContext, desk: dg.ResourceParam[Desk], encoders: Encoders
) -> dg.MaterializeResult[None]:
    """One row is the vector of a vocabulary word; none where the decoder's rows are used."""
    with desk.open(context) as step:
        source = step.registration.options.word_vectors
        version = step.input_version("word_vectors", "topics")
        if (result := step.unchanged(WORD_VECTORS, version)) is not None:
            return result
        words = step.scan(VOCABULARY).sort("word_id").collect()["word"]
        vectors = _vectors(step, source, words.to_list(), encoders)
        rows = pl.DataFrame(
            [words.head(len(vectors)), vectors_to_series(vectors)],
        ).with_columns(
            producer=pl.lit(source), dim=pl.lit(vectors.shape[1]), dtype=pl.lit(VECTOR_DTYPE)
        )
        step.replace(WORD_VECTORS, rows)
        return step.close(
            WORD_VECTORS,
            input_version=version,
            version=version,
            producer=source,
            metadata={"source": source, "dimension": vectors.shape[1]},
        )


def _vectors(step: Step, source: str, words: list[str], encoders: Encoders) -> NDArray[np.float32]:
    kind, _, path = source.partition(":")
    known: dict[str, Callable[[], NDArray[np.float32]]] = {
        "corpus": lambda: _corpus_vectors(step),
        "decoder": lambda: np.zeros((0, 0), dtype=np.float32),
        "file": lambda: read_word_vectors(Path(path), words),
    }
    return known.get(kind, lambda: _encoded(encoders, source, words))()


def _corpus_vectors(step: Step) -> NDArray[np.float32]:
    from saetm.topics.word_vectors import corpus_word_vectors

    config = step.registration.options.topics
    items = item_ids(step)
    counts = word_counts(step, items)
    with step.bar(len(items)) as advance:
        vectors = corpus_word_vectors(counts, dimensions=config.word_dimensions, seed=config.seed)
        advance(len(items))
    return vectors.astype(np.float32)


def _encoded(encoders: Encoders, name: str, words: list[str]) -> NDArray[np.float32]:
    encoder = encoders.open(name)
    if encoder.reads != "text":
        raise InputError(f"word_vectors {name!r} is not an encoder of texts")
    return encoder.encode(words)
