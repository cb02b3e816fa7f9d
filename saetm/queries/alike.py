"""Which topics of two datasets are about the same."""

import polars as pl

from saetm.queries.source import Source
from saetm.tables import TOPIC_SUMMARIES, TOPICS


def alike_topics(source: Source, dataset: str, k: int, other: str, other_k: int) -> pl.LazyFrame:
    """Return for each topic of a dataset the topic of another one whose words are most alike.

    Likeness is the Bhattacharyya coefficient of their distributions over the stored words: the sum
    of sqrt(p q), 0 where no word is shared and 1 where both are the same.

    Args:
        source: where to read.
        dataset: the dataset whose topics are asked about.
        k: how many topics its stored cut has.
        other: the dataset in which they are looked for.
        other_k: how many topics that one's stored cut has.

    Returns:
        topic_id, label, weight, other_topic_id, other_label, other_weight, likeness (null where
        no topic shares a word) and words (the shared ones that matter most), by weight.
    """
    mine, theirs = (
        _words(source, dataset, k),
        _words(source, other, other_k).select("word", other_topic_id="topic_id", q="p"),
    )
    product = (pl.col("p") * pl.col("q")).sqrt()
    pairs = mine.join(theirs, on="word").with_columns(part=product)
    scored = pairs.group_by("topic_id", "other_topic_id").agg(
        likeness=pl.col("part").sum(),
        words=pl.col("word").sort_by("part", "word", descending=[True, False]).head(8),
    )
    ranked = scored.sort("likeness", "other_topic_id", descending=[True, False])
    best = ranked.unique("topic_id", keep="first", maintain_order=True)
    names = _names(source, other, other_k).rename(
        {name: f"other_{name}" for name in ("topic_id", "label", "weight")}
    )
    found = best.join(names, on="other_topic_id")
    return (
        _names(source, dataset, k)
        .join(found, on="topic_id", how="left")
        .select(
            *("topic_id", "label", "weight"),
            *("other_topic_id", "other_label", "other_weight", "likeness", "words"),
        )
        .sort("weight", "topic_id", descending=[True, False])
    )


def _words(source: Source, dataset: str, k: int) -> pl.LazyFrame:
    """Return topic_id, word and p, the distributions over the stored words."""
    cut = source.scan(TOPICS, dataset).filter(pl.col("topic_count") == k)
    pairs = cut.select("topic_id", word="words", p="probabilities").explode("word", "p")
    total = pl.col("p").sum().over("topic_id")
    return pairs.with_columns(p=pl.col("p") / total).filter(pl.col("p") > 0)


def _names(source: Source, dataset: str, k: int) -> pl.LazyFrame:
    cut = source.scan(TOPICS, dataset).filter(pl.col("topic_count") == k)
    names = source.scan(TOPIC_SUMMARIES, dataset).select("topic_id", "label")
    return cut.select("topic_id", "weight").join(names, on="topic_id", how="left")
