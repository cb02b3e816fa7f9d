"""The regions of topics on a map: where each has more of the items than any other topic."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

GRID = 160  # cells along an axis
EDGE = 1.12  # of the grid; the map goes from -1 to 1
BLUR = 0.6  # of densities, in mean distances between items
BLURS = (0.018, 0.12)  # least and largest, as places
LAND = 0.3  # of an item's own density at its place: where less is, lies no region
LEAST_AREA = 14.0  # of an island, in squares of the blur; a single item reaches over 8

Ring = NDArray[np.float32]  # (m, 2) closed


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """The region of one topic, which may be several islands, or none."""

    polygons: tuple[tuple[Ring, ...], ...]  # each an outline, then its holes
    centre: tuple[float, float]  # where its items lie densest
    area: float  # of its outlines, in places


def regions(
    places: NDArray[np.float32], labels: NDArray[np.integer], n_topics: int
) -> list[Region]:
    """Find the region of each of T topics; regions do not overlap.

    Args:
        places: (N, 2) from -1 to 1.
        labels: (N,) topic of each item, 0 to T - 1, or -1 for none.
        n_topics: T.
    """
    blur = _blur(len(places))
    found = _densities(places, labels, n_topics, blur)
    land = LAND / (2 * np.pi * blur**2)  # one item alone reaches 1 / (2 pi blur^2) at its place
    _drop_islets(found, land, LEAST_AREA * blur**2)
    best, second = _first_two(found)
    return [
        _region(density, density - np.maximum(np.where(density < best, best, second), land), blur)
        for density in found
    ]


def _blur(n_items: int) -> float:
    """Return the blur in cells: less where there are more items."""
    apart = 2 / max(n_items, 1) ** 0.5
    return float(np.clip(BLUR * apart, *BLURS)) * GRID / (2 * EDGE)


def _densities(
    places: NDArray[np.float32], labels: NDArray[np.integer], n_topics: int, blur: float
) -> NDArray[np.float32]:
    """Return the (T, GRID, GRID) smooth counts of items, rows from bottom to top."""
    from scipy.ndimage import gaussian_filter  # noqa: PLC0415  # a quarter of a second

    cells = np.clip((places + EDGE) * GRID / (2 * EDGE), 0, GRID - 1).astype(np.int64)
    held = labels >= 0
    flat = (labels[held] * GRID + cells[held, 1]) * GRID + cells[held, 0]
    counts = np.bincount(flat, minlength=n_topics * GRID**2).astype(np.float32)
    smooth = gaussian_filter(
        counts.reshape(n_topics, GRID, GRID), (0, blur, blur), mode="constant", truncate=4
    )
    return np.asarray(smooth, dtype=np.float32)


def _drop_islets(densities: NDArray[np.float32], land: float, least_cells: float) -> None:
    """Give small islands up to whoever is next: they would be specks, and holes in others."""
    from scipy.ndimage import label  # noqa: PLC0415  # as above

    winner = densities.argmax(axis=0)
    for topic, density in enumerate(densities):
        islands, n_islands = label((winner == topic) & (density > land))
        sizes = np.bincount(islands.ravel(), minlength=n_islands + 1)
        density[(islands > 0) & (sizes[islands] < least_cells)] = 0


def _first_two(densities: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the largest and the second largest density of each cell."""
    best, second = np.zeros_like(densities[0]), np.zeros_like(densities[0])
    for density in densities:
        np.maximum(second, np.minimum(best, density), out=second)
        np.maximum(best, density, out=best)
    return best, second


def _region(density: NDArray[np.float32], lead: NDArray[np.float32], blur: float) -> Region:
    """Outline where a topic leads; its centre lies there, if it leads anywhere."""
    inside = np.where(lead > 0, density, 0)
    row, column = np.unravel_index((inside if inside.any() else density).argmax(), density.shape)
    step = 2 * EDGE / GRID
    centre = float((column + 0.5) * step - EDGE), float((row + 0.5) * step - EDGE)
    least = LEAST_AREA * (blur * step) ** 2
    islands = [rings for rings in _outlines(lead) if _area(rings[0]) >= least]
    return Region(tuple(islands), centre, sum(_area(rings[0]) for rings in islands))


def _outlines(lead: NDArray[np.float32]) -> list[tuple[Ring, ...]]:
    """Return the outlines, with their holes, of where a field is above zero."""
    from contourpy import FillType, contour_generator  # noqa: PLC0415  # with the explorer alone

    if not (lead > 0).any():
        return []
    middles = (np.arange(GRID) + 0.5) * 2 * EDGE / GRID - EDGE
    traced = contour_generator(middles, middles, lead, fill_type=FillType.OuterOffset)
    found: tuple[list[NDArray[np.float64]], list[NDArray[np.uint32]]]
    found = traced.filled(0.0, np.inf)  # type: ignore[assignment]  # of this fill type
    points, offsets = found
    return [
        tuple(np.split(line.astype(np.float32), cuts[1:-1].astype(np.int64)))
        for line, cuts in zip(points, offsets, strict=True)
    ]


def _area(ring: Ring) -> float:
    x, y = ring.T.astype(np.float64)
    return float(abs(x[:-1] @ y[1:] - x[1:] @ y[:-1]) / 2)
