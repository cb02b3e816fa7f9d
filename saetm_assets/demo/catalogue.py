"""The motifs by name, where each may stand in a picture, and which never meet."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from saetm_assets.demo.brush import Brush
from saetm_assets.demo.motifs import animals, buildings, heroes, people, plants, sky, things, water
from saetm_assets.demo.palettes import Palette

Role = Literal["sky", "far", "ground", "middle", "near", "person", "figure", "weather"]


@dataclass(frozen=True, slots=True)
class Motif:
    """One thing that a picture may show."""

    draw: Callable[[Brush, Palette], None]
    role: Role
    size: float = 1.0  # relative to other motifs of the role


MOTIFS: dict[str, Motif] = {
    "moon": Motif(sky.moon, "sky", 0.24),
    "crane": Motif(sky.cranes, "sky", 0.42),
    "fuji": Motif(sky.fuji, "far", 0.62),
    "waterfall": Motif(water.waterfall, "far", 0.5),
    "sea": Motif(water.sea, "ground"),
    "river": Motif(water.river, "ground"),
    "garden": Motif(plants.garden, "ground"),
    "market": Motif(buildings.market, "ground"),
    "bridge": Motif(buildings.bridge, "middle", 0.62),
    "boat": Motif(water.boat, "middle", 0.4),
    "steamship": Motif(water.steamship, "middle", 0.48),
    "train": Motif(buildings.train, "middle", 0.56),
    "temple": Motif(buildings.temple, "middle", 0.52),
    "teahouse": Motif(buildings.teahouse, "middle", 0.5),
    "pine": Motif(plants.pine, "near", 0.82),
    "cherry": Motif(plants.cherry, "near", 0.62),
    "lantern": Motif(things.lantern, "near", 0.44),
    "woman": Motif(people.woman, "person", 1.0),
    "actor": Motif(heroes.actor, "person", 0.95),
    "samurai": Motif(heroes.samurai, "person", 0.85),
    "cat": Motif(animals.cat, "figure", 0.72),
    "fox": Motif(animals.fox, "figure", 0.72),
    "carp": Motif(animals.carp, "figure", 0.66),
    "umbrella": Motif(things.umbrella, "figure", 0.62),
    "fan": Motif(things.fan, "figure", 0.58),
    "rain": Motif(sky.rain, "weather"),
    "snow": Motif(sky.snow, "weather"),
}

ROOM: dict[Role, int] = {  # how many motifs of a role one picture holds
    "sky": 2, "far": 1, "ground": 1, "middle": 1, "near": 2, "person": 1, "figure": 2, "weather": 1,
}  # fmt: skip

_APART = (
    {"steamship", "river"},
    {"steamship", "garden"},
    {"steamship", "market"},
    {"boat", "river"},
    {"boat", "garden"},
    {"boat", "market"},
    {"bridge", "market"},
    {"train", "sea"},
    {"waterfall", "sea"},
    {"waterfall", "temple"},
    {"waterfall", "teahouse"},
    {"waterfall", "steamship"},
    {"waterfall", "train"},
    {"garden", "snow"},
    {"lantern", "cherry"},
)


def fits(name: str, chosen: list[str]) -> bool:
    """Tell whether a motif finds room beside those already chosen."""
    role = MOTIFS[name].role
    taken = sum(MOTIFS[other].role == role for other in chosen)
    crowd = sum(MOTIFS[other].role in {"person", "figure"} for other in chosen)
    crowded = role in {"person", "figure"} and crowd >= 2
    at_odds = any({name, other} in _APART for other in chosen)
    return name not in chosen and taken < ROOM[role] and not crowded and not at_odds
