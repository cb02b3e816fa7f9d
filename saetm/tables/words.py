"""The words of a dataset: bags, vocabulary, word vectors."""

import polars as pl

from saetm.tables.columns import DATASET, INPUT, ITEM, RUN, blob, int32, int64, listed, text
from saetm.tables.contract import Table

BAGS = Table(
    "bags",
    "bags",
    "the lemma counts of an item's caption",
    ("dataset", "item_id", "producer"),
    (
        DATASET,
        ITEM,
        text("producer", "lexicon, and the captioner it read"),
        INPUT,
        listed("words", pl.String(), "distinct lemmas, sorted"),
        listed("counts", pl.Int32(), "how often each lemma occurs"),
        RUN,
    ),
)

VOCABULARY = Table(
    "vocabulary",
    "vocabulary",
    "a word of the dataset's vocabulary",
    ("dataset", "word_id"),
    (
        DATASET,
        int32("word_id", "position in the vocabulary, most frequent first"),
        text("word", "the lemma"),
        int32("document_frequency", "number of items that hold the word"),
        int64("word_count", "number of occurrences in all items"),
        RUN,
    ),
)

WORD_VECTORS = Table(
    "word_vectors",
    "word_vectors",
    "the vector of a vocabulary word",
    ("dataset", "word"),
    (
        DATASET,
        text("word", "the lemma"),
        text("producer", "corpus, a file, or an encoder"),
        int32("dim", "number of components"),
        text("dtype", "component type, little-endian"),
        blob("vector", "the components"),
        RUN,
    ),
)
