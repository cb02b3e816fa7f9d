"""Stage 11: which features of the autoencoder are active in each item, and how strongly."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

import dagster as dg
import numpy as np
import polars as pl
from numpy.typing import NDArray

from resources.autoencoders import autoencoder, checkpoint
from resources.bindings import ComputeFace, EngineFace
from resources.compute import Compute
from resources.portions import Work
from saetm.bridge import csr_to_lists, lists_to_csr, series_to_vectors
from saetm.errors import ContractError
from saetm.options import SAE_TM
from saetm.rows import digest
from saetm.sae.explained import Explained, explained
from saetm.tables import ACTIVATIONS, EMBEDDINGS, FEATURE_COUNTS, RECONSTRUCTIONS
from saetm_assets import pictures
from saetm_assets.automation import RETRY, on_change
from saetm_assets.feature_matrices import kept_features
from saetm_assets.partitions import DATASETS_PARTITIONS, OWNERS
from saetm_assets.pools import GPU
from saetm_assets.relay import relay
from saetm_assets.step import OPTIONS, Desk, Step

if TYPE_CHECKING:
    from saetm.sae.weights import Weights

BATCH = 65_536  # encoding is cheap and scanning vectors is not: few large batches


@dg.asset(
    partitions_def=DATASETS_PARTITIONS,
    deps=["embeddings", "sae_checkpoints", "feature_counts", "feature_descriptions"],
    group_name="autoencoder",
    kinds={"deltalake", "pytorch"},
    owners=OWNERS,
    code_version="1",
    pool=GPU,
    metadata={OPTIONS: ["model"]},
    retry_policy=RETRY,
    automation_condition=on_change(),
)
def activations(
    context: dg.AssetExecutionContext,
    desk: dg.ResourceParam[Desk],
    compute: ComputeFace,
    engine: EngineFace,
) -> dg.MaterializeResult[None]:
    """One row is the active features of an item.

    Features of tokens are as active in an item as the tokens are many on which they fire.
    """
    with desk.open(context) as step, engine.card():
        if (union := step.union) and union.has(ACTIVATIONS):
            return relay(step, union, ACTIVATIONS)
        if step.registration.options.model != SAE_TM:
            return _count(step)
        producer = _producer(step)
        coder, tally = _coder(step, compute.open()), _Tally()
        vectors = step.in_service(EMBEDDINGS).select(
            "item_id", "input_hash", "vector", "created_at"
        )
        step.spread(
            ACTIVATIONS,
            vectors,
            lambda owed: tally.count(engine.open().each(coder.open, owed)),
            producer=producer,
            batch=BATCH,
        )
        _enter(step, tally.later)
        return step.close(
            ACTIVATIONS,
            version_of=("item_id", "producer", "input_hash"),
            producer=producer,
            metadata={"active features": _l0(step, producer)},
        )


def _count(step: Step) -> dg.MaterializeResult[None]:
    """Take the counts of the features that topics are made of as activations."""
    is_kept = kept_features(step)
    named = digest(map(str, np.flatnonzero(is_kept)))[:8]
    counter = step.ledger(FEATURE_COUNTS.asset).producer
    producer = f"{is_kept.sum()} features {named} of {counter}"
    counts = step.in_service(FEATURE_COUNTS).select("item_id", "input_hash", "features", "counts")
    only = partial(map, partial(_only, is_kept))
    step.work(ACTIVATIONS, counts, only, producer=producer, batch=BATCH)
    return step.close(
        ACTIVATIONS,
        version_of=("item_id", "producer", "input_hash"),
        producer=producer,
        metadata={"active features": _l0(step, producer)},
    )


def _only(is_kept: NDArray[np.bool_], rows: pl.DataFrame) -> pl.DataFrame:
    """Take the counts of some features, and no others."""
    counts = lists_to_csr(rows["features"], rows["counts"], n_columns=len(is_kept))
    counts.data *= is_kept[counts.indices]
    counts.eliminate_zeros()
    features, values = csr_to_lists(counts)
    return rows.select("item_id", "input_hash", features=features, activations=values)


@dataclass(frozen=True)
class _Coder:
    """Encodes batches, and sums how well it explains items that the autoencoder never saw."""

    weights: "Weights"
    centre: NDArray[np.float32]  # (D,) what variance is measured from
    bound_at: datetime
    compute: Compute

    def open(self) -> Work:
        """Find the device of the machine that works."""
        return partial(self.encode, device=self.compute.resolve_device())

    def encode(self, rows: pl.DataFrame, *, device: str) -> pl.DataFrame:
        """Encode a batch; the sums over its later items stand beside each row."""
        from saetm.sae.encode import encode

        vectors = series_to_vectors(rows["vector"])
        codes = encode(vectors, self.weights, device=device)
        is_later = (rows["created_at"] > self.bound_at).to_numpy()
        later = explained(vectors[is_later], codes[is_later], self.weights, centre=self.centre)
        features, values = csr_to_lists(codes)
        sums = {name: pl.lit(value) for name, value in asdict(later).items()}
        return rows.select("item_id", "input_hash", features=features, activations=values, **sums)


@dataclass
class _Tally:
    """Adds up the sums of all batches, in whatever order they come."""

    later: Explained = field(default_factory=Explained)  # of items that came after it

    def count(self, batches: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
        """Add the sums of batches as they pass."""
        names = [each.name for each in fields(Explained)]
        for rows in batches:
            self.later += Explained(*rows.select(names).row(0))
            yield rows


def _coder(step: Step, compute: Compute) -> _Coder:
    row = checkpoint(step)
    # Lakes of before there was a centre: the decoder bias lies near the mean as well.
    centre = np.frombuffer(row["centre"] or row["decoder_bias"], dtype="<f4")
    return _Coder(autoencoder(step), centre, row["created_at"], compute)


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
