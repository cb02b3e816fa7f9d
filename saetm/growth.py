"""Whether a dataset has outgrown its autoencoder: a proposal to train anew, never more."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from saetm.sae.explained import Explained

GROWN_TIMES = 2  # items, as a multiple of those that the autoencoder was made from
LEAST_NEW_ITEMS = 50
"""New items below which nothing is proposed; a share of so many varies by 2 % of itself."""
KEPT_SHARE = 0.85
"""Of the share explained at first, what new items of the same kind keep and others do not.

Measured on embeddings of newsgroups: posts of the ten groups trained on keep 0.97, of single
other groups 0.66 to 0.88, of all ten others 0.79, speeches of the United Nations 0.73.
"""
LEAST_FITTING_SHARE = 0.25
"""Of the share that a foundation explained at first, what a dataset must keep to be bound to it.

Measured likewise, variance taken about the dataset's own mean: single groups keep 0.65 to 0.82,
speeches 0.53, vectors of another space at most 0.16.
"""

Reason = Literal["doubled", "drifted"]


@dataclass(frozen=True, slots=True)
class Growth:
    """What is known of a dataset since it was bound to its autoencoder."""

    sae_id: str
    made_from: int  # items that the autoencoder was trained and judged on
    items: int  # items there are now
    explained_then: float | None  # share of variance explained of items it was judged on
    since: Sequence[Explained]  # of the items that came later, run by run, the newest first


@dataclass(frozen=True, slots=True)
class Proposal:
    """Advice to train an autoencoder anew."""

    sae_id: str
    reason: Reason
    why: str  # a sentence without its full stop

    def advice(self, dataset: str) -> str:
        """Say to a person why, and what to do."""
        return (
            f"dataset {dataset!r} has outgrown its autoencoder: {self.why}; train it anew with "
            f"`saetm run {shlex.quote(dataset)} --retrain`, or in the Launchpad with "
            "`retrain: true` for sae_checkpoints"
        )


def propose(growth: Growth) -> Proposal | None:
    """Say whether and why a dataset should train its autoencoder anew.

    Example:
        >>> propose(Growth("5ae", made_from=90, items=200, explained_then=0.5, since=())).why
        'it has 200 items, and its autoencoder was made from 90'
    """
    newest, then = _newest(growth.since), growth.explained_then
    if _has_drifted(newest, then):
        why = (
            f"its autoencoder explains {newest.share:.0%} of the variance of the newest "
            f"{newest.item_count:,} items, and {then:.0%} of those that it was judged on"
        )
        return Proposal(growth.sae_id, "drifted", why)
    is_larger = growth.items >= growth.made_from + LEAST_NEW_ITEMS
    if is_larger and growth.items >= GROWN_TIMES * growth.made_from:
        why = (
            f"it has {growth.items:,} items, and its autoencoder was made from {growth.made_from:,}"
        )
        return Proposal(growth.sae_id, "doubled", why)
    return None


def fits(share: float | None, promised: float | None) -> bool:
    """Say whether a foundation explains a dataset at all, and not vectors of another space.

    Args:
        share: share of the dataset's variance that it explains; None where nothing varies.
        promised: share that it explained of the items it was judged on, if that is known.
    """
    if share is None:
        return True
    return share > 0 if promised is None else share >= LEAST_FITTING_SHARE * promised


def _has_drifted(newest: Explained, then: float | None) -> bool:
    if newest.item_count < LEAST_NEW_ITEMS or newest.share is None or then is None:
        return False
    return then > 0 and newest.share < KEPT_SHARE * then


def _newest(since: Sequence[Explained]) -> Explained:
    """Add up the newest runs until they hold enough items to judge by."""
    total = Explained()
    for run in since:
        if total.item_count >= LEAST_NEW_ITEMS:
            break
        total += run
    return total
