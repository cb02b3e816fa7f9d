"""The prior and passes of an earlier fit, used again while the data are about as many."""

from dataclasses import dataclass

from saetm.emission.config import EmissionConfig

GROWTH = 1.5  # times as many or as few items, from which prior and passes are chosen anew


@dataclass(frozen=True, slots=True)
class Search:
    """What an earlier search on held-out words has found."""

    prior: float
    passes: int
    n_items: int
    """Items that it saw."""


def reuse(config: EmissionConfig, earlier: Search | None, n_items: int) -> EmissionConfig:
    """Return the config of a refit: what an earlier search found takes the place of another.

    The passes themselves begin at even rows again. Few passes are what keeps emissions from
    overfitting, so a refit that began at the emissions before would be worse with every refit
    (docs/decisions/0005-refits-begin-anew.md).

    Args:
        config: settings; what they give is not searched for anyway.
        earlier: the last search under these settings, if there was one.
        n_items: items of the refit. From GROWTH times as many or as few as the search saw,
            they deserve a search of their own.
    """
    if earlier is None or not 1 / GROWTH < n_items / max(earlier.n_items, 1) < GROWTH:
        return config
    found = {"prior": earlier.prior, "passes": earlier.passes, "heldout_share": 0.0}
    return config.model_copy(update=found)
