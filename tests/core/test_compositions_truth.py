"""Compositions of what is known: chance is no discovery, planted differences are one."""

from collections import Counter
from functools import cache

import numpy as np
import polars as pl
import pytest
from scipy import stats

from saetm.compositions.chance import exact_p_values, q_values
from saetm_assets.demo.eras import ERAS
from saetm_assets.demo.scenes import plan_scene
from tests.core.composed import composed

REPEATS = 200
PRINTS, MORE = 1200, 4000


def sparse_items(rng, count, topics=30):
    """Return whether each of (N, T) topics is present: most are rare, and some go together."""
    common = rng.beta(0.5, 6.0, topics)
    mood = rng.standard_normal((count, 1))
    return rng.random((count, topics)) < np.clip(common * np.exp(0.7 * mood), 0, 1)


def p_of(present, sets):
    """Test each topic in each set against the rest."""
    names, sizes = np.unique(sets, return_counts=True)
    mine = np.array([present[sets == name].sum(axis=0) for name in names])
    sizes = np.broadcast_to(sizes[:, None], mine.shape)
    everyone = np.broadcast_to(present.sum(axis=0), mine.shape)
    counts = (mine, sizes, everyone, np.full(mine.shape, len(present)))
    return exact_p_values(*(each.ravel() for each in counts)).reshape(mine.shape)


@pytest.mark.parametrize("sizes", [(300, 300), (400, 150, 30, 12, 5, 3)])
def test_chance_is_hardly_ever_a_discovery(sizes):
    """Where sets mean nothing, a false discovery rate of 5 % is at most 5 % of any discovery."""
    rng = np.random.default_rng(0)
    sets = np.repeat(np.arange(len(sizes)), sizes)
    present = sparse_items(rng, len(sets))
    smallest = [
        q_values(p_of(present, rng.permutation(sets)).ravel()).min() for _ in range(REPEATS)
    ]
    discovered = sum(q < 0.05 for q in smallest)
    assert discovered <= stats.binom.ppf(0.99, REPEATS, 0.05)


def test_tests_of_chance_keep_their_level():
    rng = np.random.default_rng(1)
    sets = np.repeat(np.arange(4), (200, 60, 20, 4))
    present = sparse_items(rng, len(sets))
    p_values = np.array([p_of(present, rng.permutation(sets)) for _ in range(REPEATS)])
    for level in (0.1, 0.01, 0.001):
        assert (p_values <= level).mean() <= 1.2 * level


def test_a_planted_difference_is_found_and_the_rest_is_not():
    rng, found, false = np.random.default_rng(2), 0, 0
    sets = np.repeat(np.arange(5), 200)
    for _ in range(REPEATS):
        present = sparse_items(rng, len(sets))
        present[:, 0] = rng.random(len(sets)) < np.where(sets == 3, 0.22, 0.08)
        p_values = p_of(present, sets)
        is_found = (q_values(p_values.ravel()) < 0.05).reshape(p_values.shape)
        found += is_found[3, 0]
        false += is_found[:, 1:].any()
    assert found / REPEATS > 0.9
    assert false / REPEATS < 0.1


def test_intervals_hold_what_they_say():
    """Nineteen of twenty intervals hold the mean, of rare topics in few items as well."""
    rng, held, sizes = np.random.default_rng(3), Counter(), {"few": 25, "some": 80, "many": 400}
    means = {"few": 0.02, "some": 0.02, "many": 0.3}
    for _ in range(60):
        items, sets = {}, {}
        for name, size in sizes.items():
            has = rng.random(size) < means[name]
            for number, share in enumerate(has * rng.beta(2.0, 4.0, size)):
                items[f"{name}{number}"] = {"sea": share} if share else {}
                sets[f"{name}{number}"] = name
        for row in composed(items, sets, ["sea", "rest"]).filter(topic_id="sea").to_dicts():
            name = row["set"]
            held[name] += row["share_low"] <= means[name] / 3 <= row["share_high"]
            rest = sum(means[each] * size for each, size in sizes.items() if each != name)
            gap = means[name] / 3 - rest / 3 / (sum(sizes.values()) - sizes[name])
            held["differences"] += row["difference_low"] <= gap <= row["difference_high"]
    for name in sizes:
        assert held[name] / 60 >= 0.87, name
    assert held["differences"] / 180 >= 0.9


@cache
def eras_of_prints():
    """Return prints as mixtures of their motifs with their eras, and motifs of many more prints."""
    scenes = [plan_scene(number, seed=0) for number in range(PRINTS)]
    items = {
        f"{scene.number:04d}": dict.fromkeys(scene.motifs, 1 / len(scene.motifs))
        for scene in scenes
    }
    more = [plan_scene(number, seed=1) for number in range(MORE)]
    return items, {f"{scene.number:04d}": scene.era.name for scene in scenes}, more


def test_motifs_of_eras_are_within_their_intervals():
    items, sets, more = eras_of_prints()
    motifs = sorted(ERAS[0].taste)
    rows = composed(items, sets, motifs)
    sizes = Counter(scene.era.name for scene in more)
    shown = Counter((scene.era.name, motif) for scene in more for motif in scene.motifs)
    true = [shown[row["set"], row["topic_id"]] / sizes[row["set"]] for row in rows.to_dicts()]
    held = rows.select(pl.lit(pl.Series(true)).is_between("prevalence_low", "prevalence_high"))
    assert held.to_series().mean() > 0.87  # the truth is a count, too

    top = rows.filter(pl.col("rank") < 10)["topic_id"].unique()
    assert {"train", "steamship", "actor", "woman", "snow"} <= set(top)
    trains = rows.filter(topic_id="train").sort("log_odds", descending=True)
    assert trains["set"][0] == "Meiji Period (1868-1911)"
    assert trains["q_value"][0] < 1e-6
    assert trains["effect_size"][0] > 0.5
    assert (trains.filter(pl.col("set").str.contains("17"))["difference_high"] < 0.02).all()
