"""Stage 5: a vector for every word of the vocabulary, by which features are merged."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import numpy as np
import polars as pl
from numpy.typing import NDArray

from resources.bindings import Encoders
from resources.word_files import file_hash, read_word_vectors
from saetm.bridge import VECTOR_DTYPE, vectors_to_series
from saetm.errors import InputError
from saetm.tables import VOCABULARY, WORD_VECTORS
from saetm_assets.automation import RETRY, on_change
from saetm_assets.matrices import item_ids, word_counts
from saetm_assets.partitions import DATASETS_PARTITIONS, OWNERS
from saetm_assets.pools import GPU
from saetm_assets.step import OPTIONS, Desk, Step


@dg.asset(
    partitions_def=DATASETS_PARTITIONS,
    deps=["vocabulary", "bags"],
    group_name="words",
    kinds={"deltalake", "numpy"},
    owners=OWNERS,
    code_version="2",
    pool=GPU,
    metadata={OPTIONS: ["word_vectors", "topics.word_dimensions", "topics.seed"]},
    retry_policy=RETRY,
    automation_condition=on_change(),
)
def word_vectors(
    context: dg.AssetExecutionContext, desk: dg.ResourceParam[Desk], encoders: Encoders
) -> dg.MaterializeResult[None]:
    """One row is the vector of a vocabulary word; none where the decoder's rows are used."""
    with desk.open(context) as step, encoders.compute.card():
        source = _source(step, encoders)
        if step.owes(WORD_VECTORS, producer=source.producer):
            words = step.scan(VOCABULARY).sort("word_id").collect()["word"].to_list()
            step.replace(WORD_VECTORS, _rows(words, source))
        return step.close(WORD_VECTORS, version_of=("word", "vector"), producer=source.producer)


@dataclass(frozen=True)
class Source:
    """Where word vectors come from."""

    producer: str  # tells a change of what it reads
    vectors: Callable[[list[str]], NDArray[np.float32]]


def _source(step: Step, encoders: Encoders) -> Source:
    name = step.registration.options.word_vectors
    kind, _, path = name.partition(":")
    if kind == "corpus":
        config = step.registration.options.topics
        producer = f"corpus, {config.word_dimensions} dimensions, seed {config.seed}"
        return Source(producer, lambda _words: _corpus_vectors(step))
    if kind == "decoder":
        return Source("decoder", lambda _words: np.zeros((0, 1), dtype=np.float32))
    if kind == "file":
        file = Path(path)
        return Source(f"{name}@{file_hash(file)}", lambda words: read_word_vectors(file, words))
    encoder = encoders.open(name)
    if encoder.reads != "text":
        raise InputError(f"word_vectors {name!r} is not an encoder of texts")
    return Source(encoder.producer, encoder.encode)


def _rows(words: list[str], source: Source) -> pl.DataFrame:
    """Return one row per word, or none where the source has no vectors of words."""
    vectors = source.vectors(words)
    columns = [pl.Series("word", words[: len(vectors)]), vectors_to_series(vectors)]
    return pl.DataFrame(columns).with_columns(
        producer=pl.lit(source.producer),
        dim=pl.lit(vectors.shape[1]),
        dtype=pl.lit(VECTOR_DTYPE),
    )


def _corpus_vectors(step: Step) -> NDArray[np.float32]:
    from saetm.topics.word_vectors import corpus_word_vectors

    config = step.registration.options.topics
    items = item_ids(step)
    counts = word_counts(step, items)
    with step.bar(len(items)) as advance:
        vectors = corpus_word_vectors(counts, dimensions=config.word_dimensions, seed=config.seed)
        advance(len(items))
    return vectors
