"""Pairs of sparse matrices kept on disk between readings, so that memory holds one at a time."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from scipy import sparse

    Pair: TypeAlias = tuple[sparse.csr_array[np.floating], sparse.csr_array[np.floating]]


class Spool:
    """Blocks in a folder, in the order in which they were put there; read as often as wanted."""

    def __init__(self, folder: Path) -> None:
        """Point at a folder, which must last as long as the spool is read."""
        self._folder = folder

    @classmethod
    def fill(cls, folder: Path, blocks: "Iterable[Pair]") -> "Spool":
        """Write blocks to an empty folder, one at a time."""
        from scipy import sparse

        for number, pair in enumerate(blocks):
            for side, matrix in zip(("left", "right"), pair, strict=True):
                sparse.save_npz(folder / f"{number:06}_{side}.npz", matrix, compressed=False)
        return cls(folder)

    def __iter__(self) -> "Iterator[Pair]":
        """Load the blocks, one at a time."""
        from scipy import sparse

        for left in sorted(self._folder.glob("*_left.npz")):
            right = left.with_name(left.name.replace("left", "right"))
            yield sparse.csr_array(sparse.load_npz(left)), sparse.csr_array(sparse.load_npz(right))
