"""Items that are nearest to words, by the vectors in service."""

from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from resources.encoder import chosen_before
from resources.encoding import Encoder
from resources.view import DatasetView
from saetm.bridge import series_to_vectors
from saetm.errors import InputError
from saetm.tables import CAPTIONS, EMBEDDINGS, ITEMS
from saetm.unions import items_once

ROWS = 65_536  # vectors held at a time


def encoder_name(view: DatasetView, asked: str) -> str:
    """Return the encoder that made the vectors in service, for an option that leaves it open."""
    return chosen_before(view.ledger("embeddings").producer) if asked == "auto" else asked


def find_items(view: DatasetView, encoder: Encoder, words: str, limit: int) -> pl.DataFrame:
    """Find the items that are nearest to words.

    Args:
        view: the dataset.
        encoder: the one that made the vectors in service; images are found by its text side.
        words: what is looked for.
        limit: items to return at most.

    Returns:
        item_id, path, caption (None where there is none) and similarity, the cosine of the angle
        between item and words; the nearest first, ties by item_id.

    Raises:
        InputError: the vectors are another encoder's, or it cannot place words among them.
    """
    query = placed(view, encoder, words)
    best = pl.concat(_similarities(view, query)).top_k(limit, by="similarity")
    items = view.scan(ITEMS).select("item_id", "path")
    captions = view.in_service(CAPTIONS).select("item_id", "caption")
    return (
        items_once(best.lazy().join(items, on="item_id", maintain_order="left_right"))
        .join(captions, on="item_id", how="left")
        .select("item_id", "path", "caption", "similarity")
        .sort("similarity", "item_id", descending=[True, False])
        .collect()
    )


def placed(view: DatasetView, encoder: Encoder, words: str) -> NDArray[np.float32]:
    """Return the (D,) vector of words among those of a dataset.

    Raises:
        InputError: the vectors in service are another encoder's, or it cannot place words among
            them.
    """
    made_by = view.ledger("embeddings").producer
    if not made_by.startswith(f"{encoder.producer} of "):
        raise InputError(
            f"the vectors of {view.dataset!r} are of {made_by!r}, and its options now name "
            f"{encoder.producer!r}: run `saetm run` first"
        )
    (query,) = encoder.encode_queries([words])
    return query


def _similarities(view: DatasetView, query: NDArray[np.float32]) -> Iterator[pl.DataFrame]:
    """Yield item_id and the cosine to the query, some rows at a time."""
    rows = view.in_service(EMBEDDINGS).select("item_id", "vector")
    for batch in rows.collect_batches(chunk_size=ROWS):
        vectors = series_to_vectors(batch["vector"])
        lengths = np.linalg.norm(vectors, axis=1)
        cosines = vectors @ query / np.maximum(lengths, np.finfo(np.float32).tiny)
        yield batch.select("item_id", similarity=pl.Series(cosines.astype(np.float32)))
