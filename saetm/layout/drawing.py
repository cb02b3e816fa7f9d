"""How long a map lasts."""

from dataclasses import dataclass

GROWTH = 1.5  # times as many items, or as few anchors, from which a map is drawn anew
MOST_ANCHORS = 100_000  # items that are drawn together: two minutes and a gigabyte


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is left of a map that was drawn whole."""

    n_items: int  # that there were
    n_anchors: int  # items that were drawn together, and are there still

    def lasts(self, n_items: int) -> bool:
        """Tell whether the items that there are now can be placed on it.

        Example:
            >>> Drawing(n_items=100, n_anchors=97).lasts(120)
            True
        """
        drawn = min(self.n_items, MOST_ANCHORS)
        return n_items < GROWTH * self.n_items and drawn < GROWTH * self.n_anchors
