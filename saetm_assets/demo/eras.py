"""Seven eras of prints: when they were, what they printed with, and what they loved to show."""

from dataclasses import dataclass

from saetm_assets.demo import palettes
from saetm_assets.demo.palettes import Pigments


@dataclass(frozen=True, slots=True)
class Era:
    """A period of woodblock printing."""

    name: str
    first_year: int
    last_year: int
    pigments: Pigments
    taste: dict[str, float]  # motif to its weight in the choice of subjects


# One row per motif, one column per era.
_TASTES: dict[str, tuple[float, ...]] = {
    "moon": (1, 2, 1, 2, 3, 2, 5),
    "crane": (1, 2, 1, 3, 3, 2, 2),
    "fuji": (0.5, 0.5, 0.5, 2, 8, 2, 3),
    "waterfall": (0.5, 0.5, 0.5, 1, 4, 1, 3),
    "sea": (1, 1, 1, 2, 7, 3, 3),
    "river": (1, 1, 1, 2, 5, 2, 4),
    "garden": (2, 4, 3, 2, 1, 2, 2),
    "market": (1, 1.5, 2.5, 2.5, 1.5, 3, 0.5),
    "bridge": (1, 1, 1, 2, 5, 4, 3),
    "boat": (1, 1, 1, 2, 5, 2, 4),
    "steamship": (0, 0, 0, 0, 0.2, 6, 1),
    "train": (0, 0, 0, 0, 0, 7, 1),
    "temple": (1, 1, 0.5, 1, 3, 1.5, 6),
    "teahouse": (2, 3, 4, 3, 2, 1.5, 1.5),
    "pine": (2, 2, 1, 2, 4, 2, 4),
    "cherry": (3, 3, 3, 2, 2, 3, 4),
    "lantern": (1.5, 2, 3, 2, 1, 2.5, 3),
    "woman": (10, 10, 14, 6, 1.5, 4, 3),
    "actor": (12, 7, 8, 8, 1, 3, 1.5),
    "samurai": (3, 1, 1, 7, 1, 4, 0.5),
    "cat": (1, 2, 1.5, 3, 1, 1, 1.5),
    "fox": (1, 1, 0.5, 2, 1.5, 1, 1),
    "carp": (1, 1.5, 1, 2.5, 1, 1, 1.5),
    "umbrella": (2, 3, 2, 2, 1.5, 1.5, 2),
    "fan": (3, 4, 4, 2, 0.5, 1.5, 1),
    "rain": (0.5, 1, 0.5, 1, 4, 1, 6),
    "snow": (1, 1, 0.5, 1, 3, 1, 7),
}

_SPANS = (
    ("Early Prints in Rose and Green (1740-1764)", 1740, 1764, palettes.BENIZURI),
    ("First Full-Colour Prints (1765-1780)", 1765, 1780, palettes.NISHIKI),
    ("Golden Age of Ukiyo-e (1781-1804)", 1781, 1804, palettes.GOLDEN),
    ("Popular Prints of Edo (1805-1829)", 1805, 1829, palettes.BUNSEI),
    ("Age of Landscape (1830-1867)", 1830, 1867, palettes.PRUSSIAN),
    ("Meiji Period (1868-1911)", 1868, 1911, palettes.ANILINE),
    ("Shin-hanga (1912-1950)", 1912, 1950, palettes.SHIN_HANGA),
)

ERAS = tuple(
    Era(name, first, last, pigments, {motif: row[column] for motif, row in _TASTES.items()})
    for column, (name, first, last, pigments) in enumerate(_SPANS)
)
