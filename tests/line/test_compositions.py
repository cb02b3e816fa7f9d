"""Compositions in the line: datasets without groups, and the prints, whose motifs are planted."""

import json
from collections import Counter

import polars as pl
import pytest

from saetm_assets.demo.captions import write_caption
from saetm_assets.demo.scenes import plan_scene
from tests.line.homes import refusal, way_to
from tests.line.themed import write_rows

PRINTS, TOPICS, PRESENT = 1200, 40, 0.1


def test_without_groups_there_is_nothing_to_compare_and_a_sentence_says_so(home, texts):
    assert home.table("compositions", texts).is_empty()
    assert "no item of texts has a group" in home.cli("compare", texts).stdout
    assert json.loads(home.cli("compare", texts, "--json").stdout) == []
    assert "one dataset" in home.cli("compare", texts, "--by", "dataset").stdout


def test_an_unknown_dataset_is_refused(home):
    assert "nowhere" in refusal(home.cli("compare", "nowhere"))


@pytest.mark.slow
def test_drift_of_the_prints_is_within_the_intervals(home, tmp_path):
    """A topic's prevalence in an era is that of the motif that it matches, as it was planted."""
    scenes = [plan_scene(number, seed=0) for number in range(PRINTS)]
    rows = [
        {
            "text": write_caption(scene.motifs, number=scene.number, seed=0),
            "group": scene.era.name,
        }
        for scene in scenes
    ]
    home.add("eras", write_rows(tmp_path / "eras", "eras.jsonl", rows), f"topic_count={TOPICS}")
    home.run("eras", *way_to("compositions"))
    number = pl.col("path").str.split("#").list.last().cast(pl.Int64)
    items = home.table("items", "eras").sort(number)["item_id"].to_list()
    motifs = dict(zip(items, (scene.motifs for scene in scenes), strict=True))
    matches = _matches(home, motifs)
    eras = Counter(scene.era.name for scene in scenes)
    shown = Counter((scene.era.name, motif) for scene in scenes for motif in scene.motifs)

    held, discoveries = [], []
    found = home.table("compositions", "eras").filter(topic_count=TOPICS)
    for row in found.iter_rows(named=True):
        for motif in (each for each, topic in matches.items() if topic == row["topic_id"]):
            planted = shown[row["set"], motif] / eras[row["set"]]
            rest = sum(shown[era, motif] for era in eras if era != row["set"])
            held.append(row["prevalence_low"] <= planted <= row["prevalence_high"])
            if row["q_value"] < 0.05:
                is_more = planted > rest / (PRINTS - eras[row["set"]])
                discoveries.append(is_more == (row["effect_size"] > 0))

    assert len(held) > 100
    assert sum(held) / len(held) > 0.9
    assert len(discoveries) > 20
    assert all(discoveries)


def _matches(home, motifs):
    """Return for each motif that a topic recovers well the topic that does."""
    mixtures = home.table("mixtures", "eras").filter(topic_count=TOPICS)
    have, both = Counter(), Counter()
    for item, topics, shares in mixtures.select("item_id", "topics", "shares").iter_rows():
        present = [topic for topic, share in zip(topics, shares, strict=True) if share >= PRESENT]
        have.update(present)
        both.update((motif, topic) for motif in motifs[item] for topic in present)
    sizes = Counter(motif for each in motifs.values() for motif in each)
    scores = {pair: 2 * n / (sizes[pair[0]] + have[pair[1]]) for pair, n in both.items()}
    best = {motif: max(have, key=lambda topic: scores.get((motif, topic), 0)) for motif in sizes}
    return {motif: topic for motif, topic in best.items() if scores[motif, topic] > 0.85}
