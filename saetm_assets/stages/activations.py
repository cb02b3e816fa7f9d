"""Stage 8: which features of the autoencoder are active in each item, and how strongly."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

import dagster as dg
import numpy as np
import polars as pl
from numpy.typing import NDArray

from resources.autoencoders import autoencoder, checkpoint
from resources.bindings import ComputeFace
from saetm.bridge import csr_to_lists, series_to_vectors
from saetm.errors import ContractError
from saetm.sae.explained import Explained, explained
from saetm.tables import ACTIVATIONS, EMBEDDINGS, RECONSTRUCTIONS
from saetm_assets import pictures
from saetm_assets.automation import RETRY, on_change
from saetm_assets.partitions import DATASETS_PARTITIONS, OWNERS
from saetm_assets.step import Desk, Step

if TYPE_CHECKING:
    from saetm.sae.weights import Weights

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
        encoding = _encoding(step, compute.open().resolve_device())
        vectors = step.in_service(EMBEDDINGS).select(
            "item_id", "input_hash", "vector", "created_at"
        )
        step.work(
            ACTIVATIONS, vectors, partial(map, encoding.encode), producer=producer, batch=BATCH
        )
        _enter(step, encoding.later)
        return step.close(
            ACTIVATIONS,
            version_of=("item_id", "producer", "input_hash"),
            producer=producer,
            metadata={"active features": _l0(step, producer)},
        )


@dataclass
class _Encoding:
    """Encodes batches, and adds up how well it explains items that the autoencoder never saw."""

    weights: "Weights"
    centre: NDArray[np.float32]  # (D,) what variance is measured from
    bound_at: datetime
    device: str
    later: Explained = field(default_factory=Explained)  # of items that came after it

    def encode(self, rows: pl.DataFrame) -> pl.DataFrame:
        from saetm.sae.encode import encode

        vectors = series_to_vectors(rows["vector"])
        codes = encode(vectors, self.weights, device=self.device)
        is_later = (rows["created_at"] > self.bound_at).to_numpy()
        self.later += explained(
            vectors[is_later], codes[is_later], self.weights, centre=self.centre
        )
        features, values = csr_to_lists(codes)
        return rows.select("item_id", "input_hash", features=features, activations=values)


def _encoding(step: Step, device: str) -> _Encoding:
    row = checkpoint(step)
    # Lakes of before there was a centre: the decoder bias lies near the mean as well.
    centre = np.frombuffer(row["centre"] or row["decoder_bias"], dtype="<f4")
    return _Encoding(autoencoder(step), centre, row["created_at"], device)


def _enter(step: Step, later: Explained) -> None:
    if later.item_count:
        row = checkpoint(step)
        sums = {"sae_id": row["sae_id"], "encoder": row["encoder"], **asdict(later)}
        step.record(RECONSTRUCTIONS, pl.DataFrame([sums]))


def _producer(step: Step) -> str:
    row = checkpoint(step)
    encoder = step.ledger("embeddings").producer
    if row["encoder"] != encoder:
        raise ContractError(
            f"the autoencoder of {step.dataset!r} reads {row['encoder']!r}, but the "
            f"embeddings are {encoder!r}: materialise sae_checkpoints first"
        )
    return f"sae {row['sae_id']} of {encoder}"


def _l0(step: Step, producer: str) -> dg.MetadataValue:
    rows = step.scan(ACTIVATIONS).filter(pl.col("producer") == producer)
    counts = rows.select(pl.col("features").list.len()).collect().to_series()
    return pictures.histogram(
        counts.to_numpy(), title="Active features per item (L0)", label="features"
    )
