"""Stage 7: the sparse autoencoder that the dataset is bound to."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import dagster as dg
import polars as pl

from resources.bindings import ComputeFace
from resources.progress import Advance
from saetm.errors import InputError
from saetm.tables import SAE_CHECKPOINTS, SAE_FEATURES
from saetm_assets import pictures
from saetm_assets.automation import RETRY, on_change
from saetm_assets.matrices import item_vectors
from saetm_assets.partitions import DATASETS_PARTITIONS, OWNERS
from saetm_assets.step import OPTIONS, Desk, Step

if TYPE_CHECKING:
    from saetm.sae.optimise import Step as TrainingStep


class Retraining(dg.Config):
    """Whether a bound autoencoder is given up."""

    retrain: bool = False


@dg.asset(
    partitions_def=DATASETS_PARTITIONS,
    deps=["embeddings"],
    group_name="autoencoder",
    kinds={"deltalake", "pytorch"},
    owners=OWNERS,
    code_version="1",
    pool="gpu",
    metadata={OPTIONS: ["sae"]},
    retry_policy=RETRY,
    automation_condition=on_change(),
)
def sae_checkpoints(
    context: dg.AssetExecutionContext,
    desk: dg.ResourceParam[Desk],
    compute: ComputeFace,
    config: Retraining,
) -> dg.MaterializeResult[None]:
    """One row is the autoencoder of a dataset; its features are rows of `sae_features`.

    A dataset that is bound to an autoencoder stays bound when items are added: retraining is a
    decision, made in the Launchpad, or by changing the encoder or the settings.
    """
    with desk.open(context) as step:
        encoder = step.ledger("embeddings").producer
        settings = step.registration.options.sae.model_dump_json(exclude_defaults=True)
        bound = step.scan(SAE_CHECKPOINTS).filter(
            (pl.col("encoder") == encoder) & (pl.col("settings") == settings)
        )
        if config.retrain or bound.collect().is_empty():
            _train(step, encoder, settings, compute.open().resolve_device())
        row = step.scan(SAE_CHECKPOINTS).collect().row(0, named=True)
        numbers = ("variance_explained", "l0", "dead_share", "dictionary_size", "threshold")
        return step.close(
            SAE_CHECKPOINTS,
            version=row["sae_id"],
            metadata={
                "sae_id": row["sae_id"],
                "training curve": pictures.curve(
                    row["curve_step"],
                    row["curve_variance_explained"],
                    title="Variance explained on held-out items",
                    labels=("training step", "share"),
                ),
                **{name: row[name] for name in numbers if row[name] is not None},
            },
        )


def _train(step: Step, encoder: str, settings: str, device: str) -> None:
    from saetm.sae.train import train
    from saetm.sae.weights import to_frame

    vectors = item_vectors(step)
    if len(vectors.item_ids) < 2:
        raise InputError(
            f"{step.dataset!r} has {len(vectors.item_ids)} item with a vector, and an autoencoder "
            "needs at least 2: add files"
        )
    with step.bar(100) as advance:
        training = train(
            vectors.matrix, step.registration.options.sae, device=device, on_step=_percent(advance)
        )
    weights = training.weights
    row = {
        "sae_id": weights.sae_id,
        "origin": "trained",
        "kind": weights.kind,
        "encoder": encoder,
        "dimension": weights.dimension,
        "dictionary_size": weights.dictionary_size,
        "active_features": weights.active_features,
        "threshold": weights.threshold,
        "decoder_bias": weights.decoder_bias.astype("<f4").tobytes(),
        "training_item_count": training.n_training,
        "heldout_item_count": training.n_heldout,
        "variance_explained": training.variance_explained,
        "l0": training.l0,
        "dead_share": training.dead_share,
        "curve_step": [point.number for point in training.curve],
        "curve_variance_explained": [point.variance_explained for point in training.curve],
        "settings": settings,
    }
    features = to_frame(weights).with_columns(sae_id=pl.lit(weights.sae_id))
    # The autoencoder in service keeps its features until the new one is bound.
    step.replace(SAE_FEATURES, features, sae_id=weights.sae_id)
    step.replace(SAE_CHECKPOINTS, pl.DataFrame([row]))
    others = step.scan(SAE_FEATURES).select("sae_id").filter(pl.col("sae_id") != weights.sae_id)
    step.delete(SAE_FEATURES, others.unique().collect())


def _percent(advance: Advance) -> "Callable[[TrainingStep], None]":
    shown = 0

    def on_step(at: "TrainingStep") -> None:
        nonlocal shown
        done = 100 * at.number // at.n_steps
        advance(done - shown)
        shown = done

    return on_step
