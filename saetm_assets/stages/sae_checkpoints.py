"""Stage 10: the sparse autoencoder that the dataset is bound to."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import dagster as dg
import polars as pl

from resources.autoencoders import autoencoder, checkpoint
from resources.bindings import ComputeFace
from resources.foundations import Foundation, Foundations
from resources.progress import Advance
from resources.token_features import token_autoencoder
from resources.view import DatasetView
from saetm.errors import InputError
from saetm.growth import fits
from saetm.options import SAE_TM
from saetm.sae.exports import encoder_of
from saetm.tables import EMBEDDINGS, SAE_CHECKPOINTS, SAE_FEATURES
from saetm.unions import Membership
from saetm_assets import pictures
from saetm_assets.automation import RETRY, on_change
from saetm_assets.checkpoints import TRAINED, Row, bound, of_tokens, shared, trained
from saetm_assets.matrices import item_vectors
from saetm_assets.partitions import DATASETS_PARTITIONS, OWNERS
from saetm_assets.pools import GPU
from saetm_assets.step import OPTIONS, Desk, Step
from saetm_assets.vector_file import training_vectors

if TYPE_CHECKING:
    from saetm.sae.optimise import Step as TrainingStep
    from saetm.sae.weights import Weights

MOST_JUDGED = 100_000  # items that tell how well a foundation explains a dataset
NO_SETTINGS = "{}"  # the settings of an autoencoder, all at their defaults
NUMBERS = ("variance_explained", "l0", "dead_share", "dictionary_size", "threshold")


class Retraining(dg.Config):
    """Whether the autoencoder that is bound is given up, and one trained on the dataset itself."""

    retrain: bool = False


@dg.asset(
    partitions_def=DATASETS_PARTITIONS,
    deps=["embeddings", "token_autoencoder"],
    group_name="autoencoder",
    kinds={"deltalake", "pytorch"},
    owners=OWNERS,
    code_version="1",
    pool=GPU,
    metadata={OPTIONS: ["autoencoder", "sae", "model"]},
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

    A new dataset binds to the foundation of its encoder, and trains its own where there is none.
    Once bound, it stays bound when items are added or another foundation is promoted: retraining
    is a decision, made in the Launchpad, by `saetm run NAME --retrain`, or by changing the
    encoder or the settings. Where topics are made of features of tokens, it is the autoencoder of
    token states.
    """
    with desk.open(context) as step, compute.card():
        device = compute.open().resolve_device()
        union = step.union
        if step.registration.options.model != SAE_TM:
            _bind_tokens(step, retrain=config.retrain)
        elif union is not None and not union.own_codes:
            _share(step, union, device, retrain=config.retrain)
        elif config.retrain:
            _refuse_contradiction(step)
            _train(step, device)
        elif not _stays_bound(step):
            foundation = _foundation(step)
            if foundation is None or not _bind(step, foundation, device):
                _train(step, device)
        row = checkpoint(step)
        return step.close(
            SAE_CHECKPOINTS,
            version=row["sae_id"],
            metadata={
                "sae_id": row["sae_id"],
                "origin": row["origin"],
                "training curve": pictures.curve(
                    row["curve_step"],
                    row["curve_variance_explained"],
                    title="Variance explained on held-out items",
                    labels=("training step", "share"),
                ),
                **{name: row[name] for name in NUMBERS if row[name] is not None},
            },
        )


def _share(step: Step, union: Membership, device: str, *, retrain: bool) -> None:
    """Bind a union to the autoencoder that its members are bound to.

    Raises:
        InputError: a training was asked for.
    """
    if retrain:
        raise InputError(
            f"the union {step.dataset!r} has the autoencoder of its members: set autoencoder=train "
            "to train its own"
        )
    first = DatasetView(step.lake, union.members[0])
    before, encoder = step.scan(SAE_CHECKPOINTS).collect(), step.ledger("embeddings").producer
    theirs = checkpoint(first)
    if before.select("sae_id", "encoder").rows() != [(theirs["sae_id"], encoder)]:
        weights, sample = autoencoder(first), item_vectors(step, most=MOST_JUDGED).matrix
        _put(step, weights, shared(theirs, weights, sample, device=device))


def _bind_tokens(step: Step, *, retrain: bool) -> None:
    """Bind the dataset to the autoencoder of its token states.

    Raises:
        InputError: a training was asked for, no language model reads the items, or members of a
            union have other features.
    """
    if retrain:
        raise InputError(
            f"the features of {step.dataset!r} are of tokens: another tokens.seed trains their "
            "autoencoder anew"
        )
    row = of_tokens(token_autoencoder(step))
    for member in step.union.members if step.union else ():
        theirs = token_autoencoder(DatasetView(step.lake, member))["sae_id"]
        if theirs != row["sae_id"]:
            raise InputError(
                f"the members of {step.dataset!r} have features of different autoencoders of "
                f"tokens ({row['sae_id']}, and {theirs} of {member!r}): let one that is there read "
                "them all (option tokens.autoencoder)"
            )
    before = step.scan(SAE_CHECKPOINTS).select("sae_id", "encoder").collect()
    if before.rows() != [(row["sae_id"], row["encoder"])]:
        step.replace(SAE_CHECKPOINTS, pl.DataFrame([row]))
        step.delete(SAE_FEATURES, step.scan(SAE_FEATURES).select("sae_id").unique().collect())


def _stays_bound(step: Step) -> bool:
    """Tell whether the autoencoder in service is still the one that the options ask for."""
    asked = step.registration.options.autoencoder
    rows = step.scan(SAE_CHECKPOINTS).collect().rows(named=True)
    if not rows or rows[0]["encoder"] != step.ledger("embeddings").producer:
        return False
    if asked == "foundation":
        return rows[0]["origin"] != TRAINED
    return rows[0]["settings"] == _settings(step) and (
        asked == "auto" or rows[0]["origin"] == TRAINED
    )


def _foundation(step: Step) -> Foundation | None:
    """Return the foundation to bind to; None for a dataset that is to train its own.

    Raises:
        InputError: the options ask for a foundation, and there is none.
    """
    asked = step.registration.options.autoencoder
    encoder = step.ledger("embeddings").producer
    if asked == "train" or (asked == "auto" and _has_ways_of_its_own(step, encoder)):
        return None
    dimension = step.in_service(EMBEDDINGS).select(pl.col("dim").max()).collect().item()
    found = Foundations(step.lake).in_service(encoder, dimension) if dimension else None
    if found is None and asked == "foundation":
        raise InputError(
            f"there is no foundation for {encoder_of(encoder)!r} with {dimension} components: "
            "promote or import one (`saetm sae --help`), or set autoencoder=auto"
        )
    return found


def _has_ways_of_its_own(step: Step, encoder: str) -> bool:
    """Tell whether a dataset has settings, or has trained an autoencoder, of its own."""
    before = step.scan(SAE_CHECKPOINTS).select("encoder", "origin").collect()
    mine = [encoder_of(name) for name, origin in before.iter_rows() if origin == TRAINED]
    return _settings(step) != NO_SETTINGS or encoder_of(encoder) in mine


def _bind(step: Step, foundation: Foundation, device: str) -> bool:
    """Bind the dataset to a foundation, unless it was not asked for and explains nothing."""
    weights = Foundations(step.lake).weights(foundation)
    sample = item_vectors(step, most=MOST_JUDGED).matrix
    row = bound(foundation, weights, sample, device=device)
    is_asked_for = step.registration.options.autoencoder == "foundation"
    does_fit = fits(row["variance_explained"], foundation.variance_explained)
    if does_fit or is_asked_for:
        _put(step, weights, row)
    return does_fit or is_asked_for


def _train(step: Step, device: str) -> None:
    from saetm.sae.train import train

    settings = step.registration.options.sae
    with training_vectors(step) as vectors, step.bar(100) as advance:
        training = train(vectors, settings, device=device, on_step=_percent(advance))
    _put(step, training.weights, trained(training))


def _put(step: Step, weights: "Weights", row: Row) -> None:
    from saetm.sae.weights import to_frame

    known = {"encoder": step.ledger("embeddings").producer, "settings": _settings(step)}
    features = to_frame(weights).with_columns(sae_id=pl.lit(weights.sae_id))
    # The autoencoder in service keeps its features until the new one is bound.
    step.replace(SAE_FEATURES, features, sae_id=weights.sae_id)
    step.replace(SAE_CHECKPOINTS, pl.DataFrame([{**row, **known}]))
    others = step.scan(SAE_FEATURES).select("sae_id").filter(pl.col("sae_id") != weights.sae_id)
    step.delete(SAE_FEATURES, others.unique().collect())


def _settings(step: Step) -> str:
    return step.registration.options.sae.model_dump_json(exclude_defaults=True)


def _refuse_contradiction(step: Step) -> None:
    if step.registration.options.autoencoder == "foundation":
        raise InputError(
            f"{step.dataset!r} is set to bind to a foundation (autoencoder=foundation), and would "
            "do so again: set autoencoder=train to train its own"
        )


def _percent(advance: Advance) -> "Callable[[TrainingStep], None]":
    shown = 0

    def on_step(at: "TrainingStep") -> None:
        nonlocal shown
        done = 100 * at.number // at.n_steps
        advance(done - shown)
        shown = done

    return on_step
