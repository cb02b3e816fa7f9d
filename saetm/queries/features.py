"""Features of a dataset's autoencoder: how much items use them, and the words they stand for."""

from collections.abc import Collection

import polars as pl

from saetm.queries.source import Source
from saetm.tables import EMISSION_MATRIX, VOCABULARY

NAMES = ("feature", "weight", "item_count", "sae_id", "run_id")


def features(source: Source, dataset: str, among: Collection[int]) -> pl.LazyFrame:
    """Ask for some features, heaviest first: feature, weight, item_count, sae_id, run_id."""
    mine = source.scan(EMISSION_MATRIX, dataset).filter(pl.col("feature").is_in(list(among)))
    return mine.select(NAMES).sort("weight", "feature", descending=[True, False])


def feature_words(
    source: Source, dataset: str, among: Collection[int], *, n_words: int
) -> pl.LazyFrame:
    """Ask for the best words of each of some features, as topics would rank them.

    A feature is ranked as a topic of that one feature (`word_scores` of saetm.topics.words):
    by how likely it makes a word, and how much likelier than the corpus.

    Returns:
        feature, words and probabilities, best first.
    """
    scored = _scored(source, dataset, among)
    best = pl.all().exclude("feature").sort_by("score", "word_id", descending=[True, False])
    top = scored.group_by("feature").agg(best.head(n_words))
    return top.select("feature", words="word", probabilities="probability")


def shared_words(
    source: Source, dataset: str, among: Collection[int], *, n_words: int
) -> pl.LazyFrame:
    """Ask for the words on which some features agree, best first: word, probability.

    They are ranked as those of a stored topic, but for their order by word vectors.
    """
    scored = _scored(source, dataset, among)
    part = pl.col("weight") / pl.col("total")
    words = scored.group_by("word_id", "word").agg(
        probability=(part * pl.col("probability")).sum(),
        score=(part * pl.col("probability").sqrt()).sum() ** 2 * (part * pl.col("lift")).sum(),
    )
    best = words.sort("score", "word_id", descending=[True, False]).head(n_words)
    return best.select("word", "probability")


def _scored(source: Source, dataset: str, among: Collection[int]) -> pl.LazyFrame:
    """Return a row per feature and word: probability, lift over the corpus, and their product."""
    rows = source.scan(EMISSION_MATRIX, dataset).filter(pl.col("feature").is_in(list(among)))
    pairs = rows.select(
        "feature", "weight", "probabilities", word_id="words", total=pl.col("weight").sum()
    ).explode("word_id", "probabilities")
    expected = pl.col("word_count") / pl.col("word_count").sum() + 1.0 / pl.len()
    words = source.scan(VOCABULARY, dataset).select("word_id", "word", expected=expected)
    known = pairs.join(words, on="word_id").rename({"probabilities": "probability"})
    lifted = known.with_columns(lift=(pl.col("probability") / pl.col("expected")).log1p())
    return lifted.with_columns(score=pl.col("probability") * pl.col("lift"))
