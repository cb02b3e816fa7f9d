"""Stage 5: a vector for every word of the vocabulary, by which features are merged."""

import dagster as dg
import polars as pl

from resources.bindings import Encoders
from saetm.bridge import VECTOR_DTYPE, vectors_to_series
from saetm.errors import InputError
from saetm.tables import VOCABULARY, WORD_VECTORS
from saetm_assets.partitions import DATASETS_PARTITIONS, OWNERS
from saetm_assets.step import Desk

BATCH = 1024


@dg.asset(
    partitions_def=DATASETS_PARTITIONS,
    deps=["vocabulary"],
    group_name="words",
    kinds={"deltalake", "pytorch"},
    owners=OWNERS,
    code_version="1",
    pool="gpu",
)
def word_vectors(
    context: dg.AssetExecutionContext,
    desk: dg.ResourceParam[Desk],
    encoders: Encoders,
) -> dg.MaterializeResult[None]:
    """One row is the vector of a vocabulary word by one text encoder."""
    step = desk.open(context)
    encoder = encoders.open(step.registration.options.word_encoder)
    if encoder.reads != "text":
        raise InputError(f"word_encoder {encoder.producer!r} does not read text")
    present = step.scan(WORD_VECTORS).filter(pl.col("producer") == encoder.producer)
    owed = step.scan(VOCABULARY).join(present, on="word", how="anti").sort("word_id").collect()
    with step.bar(owed.height) as advance:
        for rows in owed.iter_slices(BATCH):
            vectors = encoder.encode(rows["word"].to_list())
            step.append(
                WORD_VECTORS,
                rows.select(
                    "word",
                    input_hash="word",
                    producer=pl.lit(encoder.producer),
                    dim=pl.lit(vectors.shape[1]),
                    dtype=pl.lit(VECTOR_DTYPE),
                ).with_columns(vectors_to_series(vectors)),
            )
            advance(rows.height)
    return step.close(
        WORD_VECTORS, version_of=("word", "producer"), producer=encoder.producer
    )
