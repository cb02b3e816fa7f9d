"""Stage 9: every feature gets a distribution over words."""

from typing import TYPE_CHECKING

import dagster as dg
import numpy as np
import polars as pl

from saetm.tables import EMISSION_FITS, EMISSION_MATRIX
from saetm_assets import pictures
from saetm_assets.automation import RETRY, on_change
from saetm_assets.matrices import feature_shares, word_counts
from saetm_assets.partitions import DATASETS_PARTITIONS, OWNERS
from saetm_assets.step import OPTIONS, Desk, Step

if TYPE_CHECKING:
    from scipy import sparse

    from saetm.emission.solve import EmissionFit


@dg.asset(
    partitions_def=DATASETS_PARTITIONS,
    deps=["activations", "bags", "vocabulary", "sae_checkpoints"],
    group_name="topics",
    kinds={"deltalake", "numpy"},
    owners=OWNERS,
    code_version="1",
    metadata={OPTIONS: ["emission"]},
    retry_policy=RETRY,
    automation_condition=on_change(),
)
def emission_matrix(
    context: dg.AssetExecutionContext, desk: dg.ResourceParam[Desk]
) -> dg.MaterializeResult[None]:
    """One row is a feature with its distribution over words."""
    with desk.open(context) as step:
        if step.owes(EMISSION_MATRIX):
            _solve(step)
        fit = step.scan(EMISSION_FITS).collect().row(0, named=True)
        return step.close(
            EMISSION_MATRIX,
            version_of=("feature", "words", "probabilities", "prior_share", "weight"),
            metadata={
                "prior": fit["prior"],
                "passes": fit["passes"],
                "duality_gap": fit["duality_gap"],
                "log likelihood": pictures.curve(
                    range(1, len(fit["curve"]) + 1),
                    fit["curve"],
                    title="Log likelihood per weighted word",
                    labels=("pass", "nats"),
                ),
            },
        )


def _solve(step: Step) -> None:
    from saetm.emission.emissions import to_frame
    from saetm.emission.solve import solve

    shares = feature_shares(step)
    counts = word_counts(step, shares.item_ids)
    with step.bar(counts.shape[0]) as advance:
        fit = solve(shares.matrix, counts, step.registration.options.emission)
        advance(counts.shape[0])
    usage = _usage(step, shares.matrix)
    step.replace(EMISSION_MATRIX, to_frame(fit.emissions).join(usage, on="feature"))
    step.replace(EMISSION_FITS, _fit_row(fit, usage["sae_id"][0]))


def _usage(step: Step, shares: "sparse.csr_array[np.float32]") -> pl.DataFrame:
    from saetm.topics.mixtures import topic_weights

    sae_id = step.ledger("sae_checkpoints").data_version
    columns = {
        "feature": pl.Series(range(shares.shape[1]), dtype=pl.Int32),
        "weight": topic_weights(shares),
        "item_count": np.bincount(shares.indices, minlength=shares.shape[1]),
    }
    return pl.DataFrame(columns).with_columns(sae_id=pl.lit(sae_id))


def _fit_row(fit: "EmissionFit", sae_id: str) -> pl.DataFrame:
    row = {
        "sae_id": sae_id,
        "prior": fit.prior,
        "passes": fit.passes,
        "heldout_log_likelihood": fit.heldout_log_likelihood,
        "duality_gap": fit.certificate.gap_per_word,
        "curve": list(fit.curve),
    }
    return pl.DataFrame([row])
