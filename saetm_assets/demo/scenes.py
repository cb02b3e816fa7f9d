"""What a picture will show: its date, motifs, light and layout, drawn by chance."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np

from saetm_assets.demo.catalogue import MOTIFS, fits
from saetm_assets.demo.eras import ERAS, Era
from saetm_assets.demo.palettes import Light, Palette

Layout = Literal["vista", "close", "plain", "bust", "roundel"]

_SIZES = (2, 3, 4)
_SIZE_SHARES = (0.3, 0.45, 0.25)


@dataclass(frozen=True, slots=True)
class Scene:
    """The plan of one print."""

    number: int
    made_on: date
    era: Era
    motifs: tuple[str, ...]  # two to four, in order of choice
    light: Light
    layout: Layout

    @property
    def palette(self) -> Palette:
        """The era's colours under this light and weather."""
        palette = self.era.pigments.under(self.light)
        return palette.snowed() if "snow" in self.motifs else palette

    def having(self, *roles: str) -> list[str]:
        """Return the motifs that play one of these roles."""
        return [name for name in self.motifs if MOTIFS[name].role in roles]


def plan_scene(number: int, *, seed: int) -> Scene:
    """Plan one print; every number has its own chance, so more prints change no earlier one."""
    rng = np.random.default_rng([seed, number, 0])
    era = ERAS[int(rng.integers(len(ERAS)))]
    motifs = _choose_motifs(rng, era)
    return Scene(
        number=number,
        made_on=_date_within(rng, era),
        era=era,
        motifs=motifs,
        light=_choose_light(rng, motifs),
        layout=_choose_layout(rng, motifs),
    )


def _choose_motifs(rng: np.random.Generator, era: Era) -> tuple[str, ...]:
    """Draw two to four motifs by the taste of the era, each fitting those before it."""
    chosen: list[str] = []
    for _ in range(int(rng.choice(_SIZES, p=_SIZE_SHARES))):
        names = [name for name in MOTIFS if era.taste[name] > 0 and fits(name, chosen)]
        weights = np.array([era.taste[name] for name in names])
        chosen.append(names[int(rng.choice(len(names), p=weights / weights.sum()))])
    return tuple(chosen)


def _date_within(rng: np.random.Generator, era: Era) -> date:
    first = date(era.first_year, 1, 1)
    days = (date(era.last_year, 12, 31) - first).days
    return first + timedelta(days=int(rng.integers(days + 1)))


def _choose_light(rng: np.random.Generator, motifs: tuple[str, ...]) -> Light:
    if "moon" in motifs or "lantern" in motifs:
        return "night" if rng.random() < 0.7 else "dusk"
    lights: tuple[Light, ...] = ("day", "dusk", "night")
    return lights[int(rng.choice(3, p=(0.7, 0.22, 0.08)))]


def _choose_layout(rng: np.random.Generator, motifs: tuple[str, ...]) -> Layout:
    roles = {MOTIFS[name].role for name in motifs}
    if not roles & {"person", "figure"}:
        return "roundel" if rng.random() < 0.15 else "vista"
    if roles & {"ground", "middle", "far"}:
        return "close" if rng.random() < 0.75 else "vista"
    if "person" in roles and rng.random() < 0.45:
        return "bust"
    return "plain" if rng.random() < 0.75 else "close"
