"""Items near an item in the space of features."""

from dataclasses import dataclass

import numpy as np

from saetm_assets.explorer.dataset import Dataset


@dataclass(frozen=True, slots=True)
class NearItem:
    """An item that shares features with another."""

    item_id: str
    path: str
    likeness: float  # cosine of the angle between the feature shares of both, 0 to 1


def near_items(dataset: Dataset, item_id: str, most: int) -> list[NearItem]:
    """Return the items nearest to an item, as `saetm.queries.near` does, from memory.

    Args:
        dataset: the dataset.
        item_id: the item; one without activations is near to nothing.
        most: items at most.
    """
    row = dataset.theta_row(item_id)
    if row is None:
        return []
    mine = dataset.theta[[row]].toarray().ravel()
    lengths = dataset.theta_lengths * dataset.theta_lengths[row]
    likeness = (dataset.theta @ mine) / np.maximum(lengths, np.finfo(np.float32).tiny)
    likeness[row] = 0.0
    enough = np.argpartition(-likeness, min(most, len(likeness) - 1))[: most + 1]
    best = enough[np.lexsort((enough, -likeness[enough]))][:most]
    ids, paths = dataset.theta_items["item_id"], dataset.theta_items["path"]
    return [
        NearItem(ids[place], paths[place] or "", float(likeness[place]))
        for place in best.tolist()
        if likeness[place] > 0
    ]
