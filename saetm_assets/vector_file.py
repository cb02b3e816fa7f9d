"""The embeddings of a dataset as one array for a training: in memory, or mapped from a file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl
from numpy.typing import NDArray

from resources.portions import Owed
from resources.view import DatasetView
from saetm.bridge import series_to_vectors
from saetm.errors import InputError
from saetm.rows import IDENTITY
from saetm.tables import EMBEDDINGS
from saetm_assets.matrices import item_vectors

IN_MEMORY = 2**30  # components: 4 GiB, and twice that while they are read
WRITTEN_ROWS = 65_536  # at a time


@contextmanager
def training_vectors(view: DatasetView) -> Iterator[NDArray[np.float32]]:
    """Yield the (N, D) embeddings in service, by item_id.

    Many are written into a file of the temporary folder, whose pages the system takes back when
    it needs them.

    Raises:
        InputError: there are fewer than two, and an autoencoder needs at least 2.
    """
    n_items, dimension = _shape(view)
    if n_items * dimension <= IN_MEMORY:
        yield item_vectors(view).matrix
        return
    with TemporaryDirectory() as folder:
        path = Path(folder) / "vectors.npy"
        write_vectors(view, path)
        yield np.load(path, mmap_mode="r")


def write_vectors(view: DatasetView, path: Path) -> None:
    """Write the (N, D) embeddings in service into an array file, some rows at a time.

    Raises:
        InputError: there are fewer than two.
    """
    wanted = view.in_service(EMBEDDINGS).select(*IDENTITY, "vector")
    keys = wanted.select(IDENTITY).sort("item_id").collect()
    array = np.lib.format.open_memmap(path, "w+", np.float32, _shape(view))  # type: ignore[no-untyped-call]
    start = 0
    for rows in Owed(wanted, keys, WRITTEN_ROWS).read():
        array[start : start + rows.height] = series_to_vectors(rows["vector"])
        start += rows.height
    array.flush()


def _shape(view: DatasetView) -> tuple[int, int]:
    found = view.in_service(EMBEDDINGS).select(pl.len(), pl.col("dim").max()).collect()
    n_items, dimension = found.row(0)
    if n_items < 2:
        raise InputError(
            f"{view.dataset!r} has {n_items} item with a vector, and an autoencoder "
            "needs at least 2: add files"
        )
    return n_items, dimension
