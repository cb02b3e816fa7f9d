"""Stage 9: every feature gets a distribution over words."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import dagster as dg
import numpy as np
import polars as pl

from resources.bindings import ComputeFace
from saetm.rows import digest
from saetm.tables import EMISSION_FITS, EMISSION_MATRIX
from saetm_assets import pictures
from saetm_assets.automation import RETRY, on_change
from saetm_assets.item_blocks import item_blocks
from saetm_assets.partitions import DATASETS_PARTITIONS, OWNERS
from saetm_assets.pools import GPU
from saetm_assets.step import OPTIONS, Desk, Step

if TYPE_CHECKING:
    from saetm.emission.blocks import Source
    from saetm.emission.reuse import Search
    from saetm.emission.solve import EmissionFit


@dg.asset(
    partitions_def=DATASETS_PARTITIONS,
    deps=["activations", "bags", "vocabulary", "sae_checkpoints"],
    group_name="topics",
    kinds={"deltalake", "numpy"},
    owners=OWNERS,
    code_version="3",
    pool=GPU,
    metadata={OPTIONS: ["emission"]},
    retry_policy=RETRY,
    automation_condition=on_change(),
)
def emission_matrix(
    context: dg.AssetExecutionContext, desk: dg.ResourceParam[Desk], compute: ComputeFace
) -> dg.MaterializeResult[None]:
    """One row is a feature with its distribution over words."""
    with desk.open(context) as step, compute.card():
        if step.owes(EMISSION_MATRIX):
            _solve(step, compute.open().resolve_device())
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


def _solve(step: Step, device: str) -> None:
    from saetm.emission.emissions import to_frame
    from saetm.emission.reuse import reuse
    from saetm.emission.solve import solve_blocks

    config, last = step.registration.options.emission, _last_search(step)
    with item_blocks(step, config.block_rows) as blocks:
        usage = _usage(step, blocks)
        n_items = usage.n_items
        reused = reuse(config, last.search if last else None, n_items)
        with step.bar(n_items) as advance:
            fit = solve_blocks(blocks, reused, device=device)
            advance(n_items)
    search = last if last and reused is not config else _search_of(fit, n_items)
    step.replace(EMISSION_MATRIX, to_frame(fit.emissions).join(usage.features, on="feature"))
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


@dataclass(frozen=True)
class Usage:
    """How much the items use each feature."""

    n_items: int
    features: pl.DataFrame  # feature, weight, item_count, sae_id


def _usage(step: Step, blocks: "Source") -> Usage:
    rows, sums, counts = zip(
        *(
            (part.shape[0], part.sum(axis=0, dtype=np.float64), part.count_nonzero(axis=0))
            for part, _ in blocks
        ),
        strict=True,
    )
    n_items = sum(rows)
    columns = {
        "feature": pl.Series(range(len(sums[0])), dtype=pl.Int32),
        "weight": np.sum(sums, axis=0, dtype=np.float64) / max(n_items, 1),
        "item_count": np.sum(counts, axis=0, dtype=np.int64),
    }
    sae_id = step.ledger("sae_checkpoints").data_version
    return Usage(n_items, pl.DataFrame(columns).with_columns(sae_id=pl.lit(sae_id)))


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
