"""Few colours for many regions, as on a political map: alike ones lie far from each other."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def colours_apart(centres: Sequence[tuple[float, float]], n_colours: int) -> NDArray[np.int64]:
    """Choose one of some colours for each of (T,) regions, the first of which choose first.

    Each takes the colour whose nearest bearer is farthest away; unused ones come first, in order.

    Example:
        >>> colours_apart([(0, 0), (1, 0), (0.9, 0)], 2).tolist()
        [0, 1, 0]
    """
    places = np.array(centres, dtype=np.float64).reshape(-1, 2)
    chosen = np.zeros(len(places), dtype=np.int64)
    nearest = np.full((len(places), n_colours), np.inf)  # of each colour, to each region
    for region, place in enumerate(places):
        chosen[region] = nearest[region].argmax()
        apart = np.linalg.norm(places - place, axis=1)
        np.minimum(nearest[:, chosen[region]], apart, out=nearest[:, chosen[region]])
    return chosen
