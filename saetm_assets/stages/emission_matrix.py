"""Stage 9: every feature gets a distribution over words."""

from typing import TYPE_CHECKING

import dagster as dg
import numpy as np
import polars as pl

from saetm.tables import EMISSION_FITS, EMISSION_MATRIX
from saetm_assets import pictures
from saetm_assets.matrices import feature_shares, word_counts
from saetm_assets.partitions import DATASETS_PARTITIONS, OWNERS
from saetm_assets.step import Desk, Step

if TYPE_CHECKING:
    from scipy import sparse

    from saetm.emission.solve import EmissionFit


@dg.asset(
    partitions_def=DATASETS_PARTITIONS,
    deps=["activations", "bags", "vocabulary"],
    group_name="topics",
    kinds={"deltalake", "numpy"},
    owners=OWNERS,
    code_version="1",
)
def emission_matrix(
    context: dg.AssetExecutionContext, desk: dg.ResourceParam[Desk]
) -> dg.MaterializeResult[None]:
    """One row is a feature with its distribution over words."""
    from saetm.emission.emissions import to_frame
    from saetm.emission.solve import solve

    with desk.open(context) as step:
        version = step.input_version("emission")
        if (result := step.unchanged(EMISSION_MATRIX, version)) is not None:
            return result
        shares = feature_shares(step)
        counts = word_counts(step, shares.item_ids)
        with step.bar(counts.shape[0]) as advance:
            fit = solve(shares.matrix, counts, step.registration.options.emission)
            advance(counts.shape[0])
        usage = _usage(step, shares.matrix)
        step.replace(EMISSION_MATRIX, to_frame(fit.emissions).join(usage, on="feature"))
        step.replace(EMISSION_FITS, _fit_row(fit, usage["sae_id"][0]))
        return step.close(
            EMISSION_MATRIX,
            input_version=version,
            version_of=("feature", "words", "probabilities", "prior_share", "weight"),
            metadata={
                "prior": fit.prior,
                "passes": fit.passes,
                "duality_gap": fit.certificate.gap_per_word,
                "log likelihood": pictures.curve(
                    range(1, len(fit.curve) + 1),
                    fit.curve,
                    title="Log likelihood per weighted word",
                    labels=("pass", "nats"),
                ),
            },
        )


def _usage(step: Step, shares: "sparse.csr_array[np.float32]") -> pl.DataFrame:
    sae_id = step.ledger("sae_checkpoints").data_version
    n_items, n_features = shares.shape
    columns = {
        "feature": pl.Series(range(n_features), dtype=pl.Int32),
        "weight": np.asarray(shares.sum(axis=0, dtype=np.float64)).ravel() / n_items,
        "item_count": np.bincount(shares.indices, minlength=n_features),
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
