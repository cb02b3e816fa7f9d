"""Stage 8: which features of the autoencoder are active in each item, and how strongly."""

import dagster as dg
import polars as pl

from resources.bindings import ComputeFace
from saetm.bridge import csr_to_lists, series_to_vectors
from saetm.errors import ContractError
from saetm.tables import ACTIVATIONS, EMBEDDINGS, SAE_CHECKPOINTS
from saetm_assets import pictures
from saetm_assets.automation import RETRY, on_change
from saetm_assets.matrices import autoencoder
from saetm_assets.partitions import DATASETS_PARTITIONS, OWNERS
from saetm_assets.step import Desk, Step

BATCH = 65_536  # encoding is cheap and scanning vectors is not: few large batches


@dg.asset(
    partitions_def=DATASETS_PARTITIONS,
    deps=["embeddings", "sae_checkpoints"],
    group_name="autoencoder",
    kinds={"deltalake", "pytorch"},
    owners=OWNERS,
    code_version="1",
    pool="gpu",
    retry_policy=RETRY,
    automation_condition=on_change(),
)
def activations(
    context: dg.AssetExecutionContext, desk: dg.ResourceParam[Desk], compute: ComputeFace
) -> dg.MaterializeResult[None]:
    """One row is the active features of an item."""
    with desk.open(context) as step:
        producer = _producer(step)
        weights = autoencoder(step)
        device = compute.open().resolve_device()

        def encoded(rows: pl.DataFrame) -> pl.DataFrame:
            from saetm.sae.encode import encode

            features, values = csr_to_lists(
                encode(series_to_vectors(rows["vector"]), weights, device=device)
            )
            return rows.select("item_id", "input_hash").with_columns(
                features=features, activations=values
            )

        wanted = step.in_service(EMBEDDINGS).select("item_id", "input_hash", "vector")
        step.work(ACTIVATIONS, wanted, encoded, producer=producer, batch=BATCH)
        return step.close(
            ACTIVATIONS,
            version_of=("item_id", "producer", "input_hash"),
            producer=producer,
            metadata={"active features": _l0(step, producer)},
        )


def _producer(step: Step) -> str:
    checkpoint = step.scan(SAE_CHECKPOINTS).collect().row(0, named=True)
    encoder = step.ledger("embeddings").producer
    if checkpoint["encoder"] != encoder:
        raise ContractError(
            f"the autoencoder of {step.dataset!r} reads {checkpoint['encoder']!r}, but the "
            f"embeddings are {encoder!r}: materialise sae_checkpoints first"
        )
    return f"sae {checkpoint['sae_id']} of {encoder}"


def _l0(step: Step, producer: str) -> dg.MetadataValue:
    rows = step.scan(ACTIVATIONS).filter(pl.col("producer") == producer)
    counts = rows.select(pl.col("features").list.len()).collect().to_series()
    return pictures.histogram(
        counts.to_numpy(), title="Active features per item (L0)", label="features"
    )
