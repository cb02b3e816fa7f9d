"""What the topics of every model of a dataset are held against."""

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from resources.lexicon import Lexicon
from resources.view import DatasetView
from saetm.bridge import series_to_vectors
from saetm.tables import CAPTIONS, VOCABULARY, WORD_VECTORS
from saetm_assets.matrices import item_ids, word_counts

if TYPE_CHECKING:
    from saetm.scoring.words import Evidence

MOST_TEXTS = 20_000  # whose words are read in order, for C_V: a fair sample of more


def read_evidence(view: DatasetView, lexicon: Lexicon) -> "Evidence":
    """Read the counts and vectors of words, and the words of captions in order.

    Args:
        view: the dataset.
        lexicon: takes captions apart as it did for the bags.
    """
    return replace(read_counted(view), tokens=_tokens(view, lexicon))


def read_counted(view: DatasetView) -> "Evidence":
    """Read the counts and vectors of words, without their order in captions."""
    from saetm.scoring.words import Evidence

    space = _space(view)
    return Evidence(
        counts=word_counts(view, item_ids(view)),
        tokens=None,
        word_vectors=space if len(space) else None,
    )


def word_ids(view: DatasetView) -> dict[str, int]:
    """Return the id of each word of the vocabulary."""
    return dict(view.scan(VOCABULARY).select("word", "word_id").collect().iter_rows())


def _tokens(view: DatasetView, lexicon: Lexicon) -> list[NDArray[np.int64]]:
    """Read the words of the items with the lowest ids, which are hashes; -1 for other words."""
    rows = view.in_service(CAPTIONS).select("item_id", "caption").sort("item_id")
    texts = rows.head(MOST_TEXTS).collect()["caption"].to_list()
    ids = word_ids(view)
    lemmas = lexicon.lemmas(texts)
    lengths = np.cumsum([len(each) for each in lemmas])[:-1]
    numbers = [ids.get(word, -1) for word in chain.from_iterable(lemmas)]
    return np.split(np.array(numbers, dtype=np.int64), lengths)


def _space(view: DatasetView) -> NDArray[np.float32]:
    order = view.scan(VOCABULARY).select("word", "word_id")
    vectors = view.scan(WORD_VECTORS).select("word", "vector")
    rows = order.join(vectors, on="word").sort("word_id").select("vector").collect()
    return series_to_vectors(rows["vector"])
