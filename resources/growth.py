"""How every dataset has grown since it was bound to its autoencoder."""

import polars as pl

from resources.lake import Lake
from saetm.growth import Growth, Proposal, propose
from saetm.sae.explained import Explained
from saetm.tables import ITEMS, RECONSTRUCTIONS, SAE_CHECKPOINTS

SUMS = ("item_count", "squared_error", "squared_deviation")


def proposals(lake: Lake, dataset: str | None = None) -> dict[str, Proposal | None]:
    """Return the advice for every dataset that has an autoencoder, in three scans.

    Args:
        lake: the lake.
        dataset: look at this one alone.
    """
    counts = lake.scan(ITEMS, dataset).group_by("dataset").len().collect()
    items = dict(counts.iter_rows())
    since = _since(lake, dataset)
    bound = lake.scan(SAE_CHECKPOINTS, dataset).select(
        "dataset",
        "sae_id",
        "variance_explained",
        made_from=pl.col("training_item_count") + pl.col("heldout_item_count"),
    )
    return {
        name: propose(Growth(sae_id, made_from, items.get(name, 0), then, since.get(name, [])))
        for name, sae_id, then, made_from in bound.collect().iter_rows()
    }


def _since(lake: Lake, dataset: str | None) -> dict[str, list[Explained]]:
    """Return what was measured of later items since each dataset was bound, the newest first."""
    bound = lake.scan(SAE_CHECKPOINTS, dataset).select(
        "dataset", "sae_id", "encoder", bound_at="created_at"
    )
    rows = lake.scan(RECONSTRUCTIONS, dataset).join(bound, on=["dataset", "sae_id", "encoder"])
    later = rows.filter(pl.col("created_at") > pl.col("bound_at"))
    newest_first = later.sort("created_at", descending=True).select("dataset", *SUMS)
    found: dict[str, list[Explained]] = {}
    for name, *sums in newest_first.collect().iter_rows():
        found.setdefault(name, []).append(Explained(*sums))
    return found
