from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saetm_assets.demo.catalogue import MOTIFS, ROOM, fits
from saetm_assets.demo.compose import paint
from saetm_assets.demo.eras import ERAS
from saetm_assets.demo.scenes import Scene, plan_scene

MANY = [plan_scene(number, seed=0) for number in range(1200)]


def share(motif: str, era: int) -> float:
    scenes = [scene for scene in MANY if scene.era is ERAS[era]]
    return float(np.mean([motif in scene.motifs for scene in scenes]))


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_scene_has_two_to_four_different_motifs_with_room_for_each(number, seed):
    motifs = plan_scene(number, seed=seed).motifs

    assert 2 <= len(set(motifs)) == len(motifs) <= 4
    for place, motif in enumerate(motifs):
        assert fits(motif, list(motifs[:place]))
    for role, room in ROOM.items():
        assert sum(MOTIFS[motif].role == role for motif in motifs) <= room


def test_every_motif_and_era_is_frequent_enough_to_be_found():
    motifs = [motif for scene in MANY for motif in scene.motifs]
    eras = [scene.era.name for scene in MANY]

    assert min(motifs.count(motif) for motif in MOTIFS) >= 30
    assert min(eras.count(era.name) for era in ERAS) >= 120


@pytest.mark.parametrize(
    ("motif", "rare", "frequent"),
    [
        ("actor", 4, 0),  # landscapes push actors out
        ("woman", 4, 2),
        ("fuji", 0, 4),
        ("sea", 0, 4),
        ("train", 3, 5),  # the railway opens in 1872
        ("steamship", 3, 5),
        ("snow", 2, 6),
        ("rain", 0, 6),
    ],
)
def test_taste_drifts_from_era_to_era(motif, rare, frequent):
    assert share(motif, frequent) > 2.5 * share(motif, rare)


def test_no_steam_before_the_age_of_steam():
    early = [scene for scene in MANY if scene.made_on.year < 1830]

    assert not any({"train", "steamship"} & set(scene.motifs) for scene in early)


def test_most_motifs_change_the_picture_of_a_scene():
    """The picture of two motifs differs from that of either one alone: nothing is forgotten."""
    base = MANY[0]
    for first, second in list(combinations(MOTIFS, 2))[::9]:
        if not fits(second, [first]):
            continue
        pixels = [_pixels(base, motifs) for motifs in ((first, second), (first,), (second,))]
        assert not np.array_equal(pixels[0], pixels[1])
        assert not np.array_equal(pixels[0], pixels[2])


def _pixels(base: Scene, motifs: tuple[str, ...]) -> np.ndarray:
    scene = Scene(
        number=base.number,
        made_on=base.made_on,
        era=base.era,
        motifs=motifs,
        light="day",
        layout="vista",
    )
    return np.asarray(paint(scene, seed=0))
