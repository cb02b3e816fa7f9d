"""How topics moved, as people read it: in words, as a line of blocks, as a drawing."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import polars as pl

POINTS, HEIGHT = 240, 44  # units of a drawing
HEADROOM = 1.2  # over the highest share, for its band
BLOCKS = "▁▂▃▄▅▆▇█"
WIDEST = 40  # blocks of a line
ARROWS = {"rising": "↗", "falling": "↘", "other": "↝", "steady": "→"}
ORDER = ("rising", "falling", "other", "steady")


@dataclass(frozen=True, slots=True)
class Moved:
    """The way of a topic through time."""

    topic_id: str
    label: str
    direction: str
    slope: float  # of its share, per period
    q: float
    changes: tuple[str, ...]  # first periods of new stretches
    levels: tuple[float, ...]  # share in each stretch
    new_since: str | None
    share: float  # mean over all dated items
    early: float  # mean share in the earlier half of the items
    late: float
    places: tuple[int, ...]  # numbers of its periods
    names: tuple[str, ...]  # of its periods
    shares: tuple[float, ...]
    bands: tuple[tuple[float, float], ...]  # 95 % intervals

    @property
    def change(self) -> float:
        """How much its share grew."""
        return self.late - self.early

    @property
    def arrow(self) -> str:
        """Its direction as a sign."""
        return ARROWS[self.direction]


def movements(rows: pl.DataFrame) -> list[Moved]:
    """Tell the way of each topic, in the order of the rows.

    Args:
        rows: of `saetm.queries.trends.trends`.
    """
    return [_moved(each) for each in rows.partition_by("topic_id", maintain_order=True)]


def strongest(moved: Sequence[Moved], most: int) -> list[Moved]:
    """Return the topics that moved most, those that moved beyond chance first."""
    return sorted(moved, key=lambda each: (each.direction == "steady", -_reach(each)))[:most]


def blocks(each: Moved) -> str:
    """Draw shares as a line of blocks, from nothing to the highest; a gap where no items are.

    Periods of a long line are taken together.
    """
    first, last = each.places[0], each.places[-1]
    wide = min(last - first + 1, WIDEST)
    cells: list[list[float]] = [[] for _ in range(wide)]
    for place, share in zip(each.places, each.shares, strict=True):
        cells[(place - first) * wide // (last - first + 1)].append(share)
    means = [sum(cell) / len(cell) if cell else None for cell in cells]
    top = max((mean for mean in means if mean is not None), default=0.0) or 1.0
    return "".join(
        " " if mean is None else BLOCKS[round(mean / top * (len(BLOCKS) - 1))] for mean in means
    )


@dataclass(frozen=True, slots=True)
class Drawing:
    """A curve with its band, as points of POINTS by HEIGHT; in parts where periods are missing."""

    lines: tuple[str, ...]  # of polylines
    bands: tuple[str, ...]  # of polygons
    marks: tuple[tuple[float, float], ...]  # change points
    dots: tuple[tuple[float, float], ...]  # periods with none beside them


def draw(each: Moved) -> Drawing:
    """Draw the curve of a topic, from nothing up to its highest share."""
    first, last = each.places[0], each.places[-1]
    highest = max(high for _, high in each.bands)
    top = min(highest, HEADROOM * max(each.shares)) or highest or 1.0
    xs = [6 + (POINTS - 12) * (place - first) / max(last - first, 1) for place in each.places]

    def up(share: float) -> float:
        return 4 + (HEIGHT - 6) * (1 - min(share / top, 1.0))

    lines, bands, dots = [], [], []
    for start, end in _runs(each.places):
        inside = range(start, end)
        lines.append(_points([(xs[at], up(each.shares[at])) for at in inside]))
        below = [(xs[at], up(each.bands[at][0])) for at in inside]
        above = [(xs[at], up(each.bands[at][1])) for at in inside]
        bands.append(_points([*above, *reversed(below)]))
        if end - start == 1:
            dots.append((xs[start], up(each.shares[start])))
    marks = [(xs[at], up(each.shares[at])) for at in map(each.names.index, each.changes)]
    return Drawing(tuple(lines), tuple(bands), tuple(marks), tuple(dots))


def _runs(places: Sequence[int]) -> list[tuple[int, int]]:
    """Return where stretches of periods that follow each other begin and end."""
    breaks = [at for at in range(1, len(places)) if places[at] != places[at - 1] + 1]
    edges = [0, *breaks, len(places)]
    return list(pairwise(edges))


def _points(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _reach(each: Moved) -> float:
    return max(abs(each.change), max(each.levels) - min(each.levels))


def _moved(rows: pl.DataFrame) -> Moved:
    one = rows.row(0, named=True)
    weight = rows["item_count"]
    before = (weight.cum_sum() - weight / 2) / weight.sum()
    early, late = (rows.filter(each) for each in (before < 0.5, before >= 0.5))
    return Moved(
        topic_id=one["topic_id"],
        label=one["label"] or one["topic_id"],
        direction=one["direction"],
        slope=one["slope"],
        q=one["q"],
        changes=tuple(one["change_points"]),
        levels=tuple(one["levels"]),
        new_since=one["new_since"],
        share=_mean(rows),
        early=_mean(early) if early.height else _mean(rows),
        late=_mean(late) if late.height else _mean(rows),
        places=tuple(rows["place"].to_list()),
        names=tuple(rows["period"].to_list()),
        shares=tuple(rows["share"].to_list()),
        bands=tuple(rows.select("low", "high").iter_rows()),
    )


def _mean(rows: pl.DataFrame) -> float:
    total, weight = pl.col("share") * pl.col("item_count"), pl.col("item_count")
    return float(rows.select(total.sum() / weight.sum()).item())
