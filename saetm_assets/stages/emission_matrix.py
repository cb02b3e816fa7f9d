"""Stage 9: every feature gets a distribution over words."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import dagster as dg
import numpy as np
import polars as pl

from saetm.rows import digest
from saetm.tables import EMISSION_FITS, EMISSION_MATRIX
from saetm_assets import pictures
from saetm_assets.automation import RETRY, on_change
from saetm_assets.matrices import feature_shares, word_counts
from saetm_assets.partitions import DATASETS_PARTITIONS, OWNERS
from saetm_assets.step import OPTIONS, Desk, Step

if TYPE_CHECKING:
    from scipy import sparse

    from saetm.emission.reuse import Search
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
    from saetm.emission.reuse import reuse
    from saetm.emission.solve import solve

    shares = feature_shares(step)
    counts = word_counts(step, shares.item_ids)
    config, last = step.registration.options.emission, _last_search(step)
    reused = reuse(config, last.search if last else None, len(shares.item_ids))
    with step.bar(counts.shape[0]) as advance:
        fit = solve(shares.matrix, counts, reused)
        advance(counts.shape[0])
    usage = _usage(step, shares.matrix)
    search = last if last and reused is not config else _search_of(fit, len(shares.item_ids))
    step.replace(EMISSION_MATRIX, to_frame(fit.emissions).join(usage, on="feature"))
    step.replace(EMISSION_FITS, _fit_row(step, fit, search))


@dataclass(frozen=True)
class LastSearch:
    """The search behind a fit, as the table keeps it."""

    search: "Search"
    heldout_log_likelihood: float | None


def _last_search(step: Step) -> LastSearch | None:
    """Read the last search, unless it was one of other features, words or settings."""
    from saetm.emission.reuse import Search

    alike = pl.col("sae_id") == step.ledger("sae_checkpoints").data_version
    mine = step.scan(EMISSION_FITS).filter(alike, pl.col("settings") == _settings(step))
    rows = mine.collect().rows(named=True)
    if not rows or rows[0]["searched_items"] is None:
        return None
    found = Search(rows[0]["prior"], rows[0]["passes"], rows[0]["searched_items"])
    return LastSearch(found, rows[0]["heldout_log_likelihood"])


def _search_of(fit: "EmissionFit", n_items: int) -> LastSearch:
    from saetm.emission.reuse import Search

    return LastSearch(Search(fit.prior, fit.passes, n_items), fit.heldout_log_likelihood)


def _settings(step: Step) -> str:
    """Hash what a search depends on beside the items."""
    options = step.registration.options.part("emission", "vocabulary")
    return digest([options, step.ledger("bags").producer])


def _usage(step: Step, shares: "sparse.csr_array[np.float32]") -> pl.DataFrame:
    from saetm.topics.mixtures import topic_weights

    sae_id = step.ledger("sae_checkpoints").data_version
    columns = {
        "feature": pl.Series(range(shares.shape[1]), dtype=pl.Int32),
        "weight": topic_weights(shares),
        "item_count": np.bincount(shares.indices, minlength=shares.shape[1]),
    }
    return pl.DataFrame(columns).with_columns(sae_id=pl.lit(sae_id))


def _fit_row(step: Step, fit: "EmissionFit", last: LastSearch) -> pl.DataFrame:
    row = {
        "sae_id": step.ledger("sae_checkpoints").data_version,
        "prior": fit.prior,
        "passes": fit.passes,
        "heldout_log_likelihood": last.heldout_log_likelihood,
        "searched_items": last.search.n_items,
        "settings": _settings(step),
        "duality_gap": fit.certificate.gap_per_word,
        "curve": list(fit.curve),
    }
    return pl.DataFrame([row])
