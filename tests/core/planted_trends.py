"""Items of periods whose shares of topics follow planted curves."""

import numpy as np

from saetm.trends.curves import Sums


def planted_sums(curves, n_items, *, seed, mass=(2.0, 3.0)):
    """Draw items: each has a topic with a planted probability, and then a Beta share of it.

    Args:
        curves: (T, P) mean shares.
        n_items: (P,) items of each period.
        seed: of the draw.
        mass: parameters of the Beta distribution of a share that there is.
    """
    rng = np.random.default_rng(seed)
    mean = mass[0] / (mass[0] + mass[1])
    totals, squares, present = (np.zeros(curves.shape) for _ in range(3))
    for (topic, place), share in np.ndenumerate(curves):
        n = int(n_items[place])
        drawn = rng.beta(*mass, n) * (rng.random(n) < share / mean)
        totals[topic, place], squares[topic, place] = drawn.sum(), (drawn**2).sum()
        present[topic, place] = (drawn >= 0.1).sum()
    names = [f"t{topic}" for topic in range(len(curves))]
    places = np.arange(curves.shape[1])
    return Sums(names, places, n_items.astype(float), totals, squares, present)
