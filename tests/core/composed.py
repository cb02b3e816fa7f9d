"""Mixtures of chance for the tests of compositions, and what they are about worked out naively."""

import math
from itertools import product

import numpy as np
import polars as pl
from scipy import stats

from saetm.queries.composing import compose_sets

PRESENT = 0.2
Z = stats.norm.ppf(0.975)


def mixtures_of(items, count=3):
    """Return rows of the mixtures table of {item: {topic: share}}."""
    return pl.LazyFrame(
        {
            "topic_count": [count] * len(items),
            "item_id": list(items),
            "topics": [list(shares) for shares in items.values()],
            "shares": [list(shares.values()) for shares in items.values()],
        },
        schema={
            "topic_count": pl.Int32,
            "item_id": pl.String,
            "topics": pl.List(pl.String),
            "shares": pl.List(pl.Float32),
        },
    )


def topics_of(names, count=3, category="concrete"):
    return pl.DataFrame(
        {"topic_count": [count] * len(names), "topic_id": names, "category": category},
        schema_overrides={"topic_count": pl.Int32},
    )


def members_of(sets):
    return pl.LazyFrame(
        {"item_id": list(sets), "set": list(sets.values())},
        schema={"item_id": pl.String, "set": pl.String},
    )


def composed(items, sets, names, **most):
    """Compose {item: {topic: share}} in {item: set}."""
    sizes = {"presence_share": PRESENT, **most}
    return compose_sets(mixtures_of(items), topics_of(names), members_of(sets), **sizes)


def naive(items, sets, names):
    """Work out pair by pair what the rows of compositions are, by topic and set."""
    kinds = sorted({sets[item] for item in items if sets[item] is not None})
    rows = {(topic, kind): _pair(items, sets, topic, kind) for topic, kind in product(names, kinds)}
    tested = [key for key in rows if "p_value" in rows[key]]
    p_values = np.array([rows[key]["p_value"] for key in tested])
    for place, key in enumerate(tested):
        larger = p_values[p_values >= p_values[place]]
        ranks = [(p_values <= p).sum() for p in larger]
        rows[key]["q_value"] = min(
            1.0, *(p * len(tested) / rank for p, rank in zip(larger, ranks, strict=True))
        )
        rows[key]["log_odds"], rows[key]["log_odds_z"] = _log_odds(items, sets, names, *key)
    return rows


def _pair(items, sets, topic, kind):
    mine = [shares.get(topic, 0.0) for item, shares in items.items() if sets[item] == kind]
    rest = [
        shares.get(topic, 0.0) for item, shares in items.items() if sets[item] not in {kind, None}
    ]
    everyone = [shares.get(topic, 0.0) for shares in items.values()]
    mean = np.mean(everyone)
    spread = mean * (1 - mean)
    effect = (
        min(1.0, np.var(everyone, ddof=1) / spread) if spread > 1e-12 < len(everyone) - 1 else 1.0
    )
    has = [share >= PRESENT for share in mine]
    row = {
        "item_count": len(mine),
        "share": np.mean(mine),
        "prevalence": np.mean(has),
        "activity": np.mean([share > 0 for share in mine]),
    }
    if len(mine) < 2:
        return row
    row["share_low"], row["share_high"] = _wilson(np.mean(mine), len(mine) / max(effect, 1e-9))
    row["prevalence_low"], row["prevalence_high"] = _wilson(np.mean(has), len(mine))
    if len(rest) < 2:
        return row
    low, high = _wilson(np.mean(rest), len(rest) / max(effect, 1e-9))
    row["difference"] = gap = np.mean(mine) - np.mean(rest)
    row["difference_low"] = gap - math.hypot(np.mean(mine) - row["share_low"], high - np.mean(rest))
    row["difference_high"] = gap + math.hypot(
        row["share_high"] - np.mean(mine), np.mean(rest) - low
    )
    rest_has = [share >= PRESENT for share in rest]
    row["rest_prevalence"] = np.mean(rest_has)
    table = [[sum(has), len(has) - sum(has)], [sum(rest_has), len(rest_has) - sum(rest_has)]]
    tails = [stats.fisher_exact(table, alternative=side)[1] for side in ("less", "greater")]
    row["p_value"] = min(1.0, 2 * min(tails))
    angles = [2 * math.asin(math.sqrt(np.mean(part))) for part in (has, rest_has)]
    row["effect_size"] = angles[0] - angles[1]
    return row


def _wilson(mean, count):
    centre = (mean + Z**2 / (2 * count)) / (1 + Z**2 / count)
    half = Z / (1 + Z**2 / count) * math.sqrt(mean * (1 - mean) / count + Z**2 / (4 * count**2))
    return min(max(centre - half, 0.0), mean), max(min(centre + half, 1.0), mean)


def _log_odds(items, sets, names, topic, kind):
    """Monroe, Colaresi and Quinn (2008), equations 16, 19 and 20."""
    mass = {side: dict.fromkeys(names, 0.0) for side in ("set", "rest")}
    for item, shares in items.items():
        if sets[item] is not None:
            for name, share in shares.items():
                mass["set" if sets[item] == kind else "rest"][name] += share
    total = sum(map(sum, (side.values() for side in mass.values())))
    if not total:
        return None, None
    prior = {name: len(names) * (mass["set"][name] + mass["rest"][name]) / total for name in names}
    y = {side: mass[side][topic] + prior[topic] for side in mass}
    others = {side: sum(mass[side].values()) + sum(prior.values()) - y[side] for side in mass}
    if min(*y.values(), *others.values()) <= 1e-9:
        return None, None
    ratio = math.log(y["set"] / others["set"]) - math.log(y["rest"] / others["rest"])
    return ratio, ratio / math.sqrt(1 / y["set"] + 1 / y["rest"])
