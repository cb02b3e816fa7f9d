"""Stage 13: how good the topics are, as numbers."""

from collections.abc import Iterator

import dagster as dg
import numpy as np
import polars as pl
from numpy.typing import NDArray

from saetm.bridge import series_to_vectors
from saetm.tables import ITEMS, MIXTURES, SCORES, TOPICS, VOCABULARY, WORD_VECTORS
from saetm_assets import pictures
from saetm_assets.automation import RETRY, on_change
from saetm_assets.matrices import item_ids, word_counts
from saetm_assets.partitions import DATASETS_PARTITIONS, OWNERS
from saetm_assets.step import Desk, Step

MODEL = "sae_tm"
COHERENCE_WORDS = 10  # the field's habit for NPMI
DISTANCE_WORDS = 20  # paper, section 5


@dg.asset(
    partitions_def=DATASETS_PARTITIONS,
    deps=["topics", "bags", "vocabulary", "word_vectors", "items"],
    group_name="report",
    kinds={"deltalake", "numpy"},
    owners=OWNERS,
    code_version="1",
    retry_policy=RETRY,
    automation_condition=on_change(),
)
def scores(
    context: dg.AssetExecutionContext, desk: dg.ResourceParam[Desk]
) -> dg.MaterializeResult[None]:
    """One row is one number: a metric of a topic model at a topic count."""
    with desk.open(context) as step:
        if step.owes(SCORES):
            _score(step)
        return step.close(
            SCORES,
            version_of=("model", "topic_count", "metric", "value"),
            metadata={"coherence by number of topics": _curve(step)},
        )


def _score(step: Step) -> None:
    counts = sorted(step.scan(TOPICS).select("topic_count").unique().collect()["topic_count"])
    rows: list[tuple[int, str, float]] = []
    with step.bar(len(counts)) as advance:
        for count in counts:
            rows.extend((count, metric, value) for metric, value in _metrics(step, count))
            advance(1)
    schema = {name: SCORES.schema[name] for name in ("topic_count", "metric", "value")}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    step.replace(SCORES, frame.with_columns(model=pl.lit(MODEL)))


def _metrics(step: Step, count: int) -> Iterator[tuple[str, float]]:
    from saetm.metrics.diversity import unique_words, word_movers_distance
    from saetm.metrics.npmi import npmi

    words = _top_words(step, count)
    coherent = words[:, :COHERENCE_WORDS]
    if coherent.shape[1] < 2:
        return  # a vocabulary of one word has no pairs
    yield "npmi", float(npmi(coherent, word_counts(step, item_ids(step))).mean())
    yield "unique_words", unique_words(coherent)
    space = _space(step)
    if len(space):
        yield "word_movers_distance", word_movers_distance(words[:, :DISTANCE_WORDS], space)
    yield from _agreement(step, count)


def _agreement(step: Step, count: int) -> Iterator[tuple[str, float]]:
    """Compare the largest topic of each item, or none, with its group, where groups are given."""
    from saetm.metrics.agreement import nmi, purity

    mixtures = step.scan(MIXTURES).filter(pl.col("topic_count") == count)
    groups = step.scan(ITEMS).select("item_id", "group").drop_nulls()
    first = pl.col("topics").list.first().fill_null("none")
    largest = mixtures.select("item_id", topic=first)
    both = largest.join(groups, on="item_id").sort("item_id").collect()
    if both["group"].n_unique() > 1:
        labels, given = both["topic"].to_numpy(), both["group"].to_numpy()
        yield "nmi", nmi(labels, given)
        yield "purity", purity(labels, given)


def _top_words(step: Step, count: int) -> NDArray[np.int32]:
    """Read the (T, n) ids of the top words, n being 20 or as many as are stored."""
    ids = dict(step.scan(VOCABULARY).select("word", "word_id").collect().iter_rows())
    topics = step.scan(TOPICS).filter(pl.col("topic_count") == count).sort("rank").collect()
    size = min(DISTANCE_WORDS, topics["words"].list.len().min() or 0)
    return np.array(
        [[ids[word] for word in words[:size]] for words in topics["words"].to_list()],
        dtype=np.int32,
    )


def _space(step: Step) -> NDArray[np.float32]:
    order = step.scan(VOCABULARY).select("word", "word_id")
    vectors = step.scan(WORD_VECTORS).select("word", "vector")
    rows = order.join(vectors, on="word").sort("word_id").select("vector").collect()
    return series_to_vectors(rows["vector"])


def _curve(step: Step) -> dg.MetadataValue:
    coherence = step.scan(SCORES).filter(pl.col("metric") == "npmi").sort("topic_count").collect()
    if coherence.is_empty():
        return dg.MetadataValue.text("a vocabulary of one word has no pairs to score")
    return pictures.curve(
        coherence["topic_count"].to_list(),
        coherence["value"].to_list(),
        title="Coherence of the top 10 words",
        labels=("topics", "NPMI"),
    )
