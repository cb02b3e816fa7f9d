"""A map with the axes in which nearness was looked for: what new items are placed by."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from saetm.layout.arrange import arranged
from saetm.layout.axes import Axes, principal_axes
from saetm.layout.place import placed


@dataclass(frozen=True, eq=False)
class Chart:
    """The items that a map was drawn with."""

    axes: Axes
    anchors: NDArray[np.float32]  # (N, d) coordinates
    places: NDArray[np.float32]  # (N, 2), from -1 to 1

    @classmethod
    def drawn(
        cls, vectors: NDArray[np.floating], former: NDArray[np.float32] | None = None
    ) -> Self:
        """Draw a map of (N, D) vectors.

        Args:
            vectors: of the items, N at least 1.
            former: (N, 2) places that they had, NaN where they had none.
        """
        axes = principal_axes(vectors)
        anchors = axes.coordinates(vectors)
        return cls(axes, anchors, arranged(anchors, former))

    @classmethod
    def stored(cls, vectors: NDArray[np.floating], places: NDArray[np.float32]) -> Self:
        """Take up a map again, by the (N, D) vectors and (N, 2) places of its anchors."""
        axes = principal_axes(vectors)
        return cls(axes, axes.coordinates(vectors), places)

    def place(self, vectors: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return (n, 2) places for (n, D) vectors of other items; the anchors stay."""
        return placed(self.axes.coordinates(vectors), self.anchors, self.places)
