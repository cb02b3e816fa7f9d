"""Which topics moved, where to, and since when."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import erfc
from scipy.stats import false_discovery_control

from saetm.trends.curves import Floats, Sums, dispersion
from saetm.trends.segments import Segmentations, segment

Direction = Literal["rising", "falling", "other", "steady"]
RATE = 0.05  # false discoveries among the topics that are said to move, at most
ENOUGH = 12  # periods from which their own noise can be told from what items explain
HALF_NORMAL = 0.45493642311957  # median of a chi-squared variable with one degree of freedom
LASTING = 0.5  # of the range between its highest and lowest stretch: what a direction keeps
ABSENT = 0.05  # of how common it is since: a topic that was rarer before is new


@dataclass(frozen=True, slots=True)
class Shape:
    """How a topic moved through time."""

    topic_id: str
    direction: Direction
    slope: float  # of its share, per period
    p: float
    q: float  # the least false-discovery rate at which it is said to move
    changes: tuple[int, ...]  # positions of the first periods of new stretches
    levels: tuple[float, ...]  # share in each stretch
    new_since: int | None  # position
    first_seen: int | None  # position of the first period in which it is present
    last_seen: int | None


def shapes(sums: Sums) -> list[Shape]:
    """Tell which of the (T,) topics moved, at a false-discovery rate of RATE.

    Two tests ask whether its periods are alike: the Cochran-Armitage test for a trend, with the
    variance that shares have, and the best segmentation. The smaller p, doubled, is the topic's;
    q is by Benjamini and Hochberg over the topics. Where there are ENOUGH periods, what they
    differ beyond their items' noise from one to the next is noise, too.
    """
    if not len(sums.places):
        return []
    noise = dispersion(sums) * period_noise(sums)
    slope, z = trend(sums, noise)
    found = [segment(sums.sizes, totals) for totals in sums.totals]
    of_cuts = np.array([each.p_value(extra) for each, extra in zip(found, noise, strict=True)])
    p = np.minimum(1.0, 2 * np.minimum(erfc(np.abs(z) / 2**0.5), of_cuts))
    q = false_discovery_control(p) if len(p) else p
    level = RATE * (q <= RATE).sum() / max(len(p), 1) / 2
    return [
        _shape(sums, row, _Evidence(slope[row], p[row], q[row], found[row], noise[row], level))
        for row in range(len(p))
    ]


def trend(sums: Sums, noise: Floats) -> tuple[Floats, Floats]:
    """Return (T,) the weighted regression slopes of shares per period, and their z scores.

    Under the null hypothesis of one share in all periods the variance is pooled, as Cochran and
    Armitage have it.
    """
    whole = sums.sizes.sum()
    times = sums.places - (sums.sizes @ sums.places) / whole
    spread = (sums.sizes * times**2).sum()
    if spread <= 0:
        return np.zeros(len(noise)), np.zeros(len(noise))
    mean = sums.totals.sum(axis=1) / whole
    slope = sums.totals @ times / spread
    error = np.sqrt(noise * mean * (1 - mean) / spread)
    return slope, np.divide(slope, error, out=np.zeros_like(slope), where=error > 0)


def period_noise(sums: Sums) -> Floats:
    """Return (T,) how much more neighbouring periods differ than their items explain; at least 1.

    The median over the pairs of neighbours does not feel a few steps, nor a slow drift.
    """
    if len(sums.places) < ENOUGH:
        return np.ones(len(sums.topic_ids))
    share, sizes = sums.totals / sums.sizes, sums.sizes
    both = (sums.totals[:, 1:] + sums.totals[:, :-1]) / (sizes[1:] + sizes[:-1])
    error = dispersion(sums)[:, None] * both * (1 - both) * (1 / sizes[1:] + 1 / sizes[:-1])
    differences = np.diff(share, axis=1) ** 2
    ratio = np.divide(differences, error, out=np.zeros_like(error), where=error > 0)
    return np.maximum(1.0, np.median(ratio, axis=1) / HALF_NORMAL)


@dataclass(frozen=True, slots=True, eq=False)
class _Evidence:
    slope: float
    p: float
    q: float
    segmentations: Segmentations
    noise: float
    level: float  # rate of false alarms that change points are chosen at


def _shape(sums: Sums, row: int, seen: _Evidence) -> Shape:
    changes = seen.segmentations.chosen(seen.noise, seen.level) if seen.q <= RATE else ()
    levels = _stretches(sums.totals[row], changes) / _stretches(sums.sizes, changes)
    present = np.flatnonzero(sums.present[row])
    return Shape(
        topic_id=sums.topic_ids[row],
        direction=_direction(seen, levels),
        slope=float(seen.slope),
        p=float(seen.p),
        q=float(seen.q),
        changes=changes,
        levels=tuple(levels.tolist()),
        new_since=changes[0] if changes and _is_new(sums, row, changes[0]) else None,
        first_seen=int(present[0]) if len(present) else None,
        last_seen=int(present[-1]) if len(present) else None,
    )


def _stretches(values: Floats, changes: tuple[int, ...]) -> Floats:
    return np.add.reduceat(values, np.array([0, *changes], dtype=np.int64))


def _direction(seen: _Evidence, levels: NDArray[np.float64]) -> Direction:
    """Name the way of a topic: its stretches decide, or its slope where it has only one."""
    if seen.q > RATE:
        return "steady"
    moved = levels[-1] - levels[0] if len(levels) > 1 else seen.slope
    if len(levels) > 1 and abs(moved) < LASTING * (levels.max() - levels.min()):
        return "other"
    return "rising" if moved > 0 else "falling"


def _is_new(sums: Sums, row: int, change: int) -> bool:
    """Tell whether a topic was all but absent from the items before a change."""
    (before, since), (old, young) = (
        (values[:change].sum(), values[change:].sum()) for values in (sums.present[row], sums.sizes)
    )
    return since > 0 and before / old <= ABSENT * since / young
