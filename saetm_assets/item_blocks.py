"""A dataset's mixtures and word counts, a block of items at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import polars as pl

from resources.spool import Spool
from resources.view import DatasetView
from saetm.tables import ACTIVATIONS
from saetm_assets.matrices import feature_shares, word_counts

if TYPE_CHECKING:
    import numpy as np
    from scipy import sparse

    from saetm.emission.blocks import Source

ID_DIGITS = 32  # of an item_id, which is a hash in hexadecimal: ids spread evenly


@contextmanager
def item_blocks(view: DatasetView, block_rows: int) -> "Iterator[Source]":
    """Read theta and counts of all items, about so many at a time, ascending by item_id.

    The tables are read once; later readings come from a spool in the temporary folder, which
    takes about a kilobyte per item. A dataset of one block stays in memory.

    Args:
        view: the dataset.
        block_rows: items per block, about.

    Yields:
        Blocks of (n, K) shares of features and (n, V) word counts, which can be read again
        while the context lasts.
    """
    n_items = view.in_service(ACTIVATIONS).select(pl.len()).collect().item()
    n_blocks = -(-n_items // block_rows)
    if n_blocks <= 1:
        yield list(_read(view, 1))
        return
    with TemporaryDirectory() as folder:
        yield Spool.fill(Path(folder), _read(view, n_blocks))


def _read(
    view: DatasetView, n_blocks: int
) -> "Iterator[tuple[sparse.csr_array[np.float32], sparse.csr_array[np.float64]]]":
    bounds = [f"{16**ID_DIGITS * block // n_blocks:0{ID_DIGITS}x}" for block in range(n_blocks)]
    for first, last in pairwise(["", *bounds[1:], "~"]):  # "~" follows every hexadecimal digit
        item_id = pl.col("item_id")
        within = (item_id >= first) & (item_id < last)
        shares = feature_shares(view, within)
        yield shares.matrix, word_counts(view, shares.item_ids, within)
