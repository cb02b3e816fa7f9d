"""When a topic keeps the summary that it has: while its words, and what was shown, are there."""

from collections.abc import Sequence

import polars as pl

from saetm.prompts.questions import PROMPTS_VERSION
from saetm.rows import digest
from saetm.topics.changes import has_moved, top


def summary_input(words: Sequence[str], captioner: str) -> str:
    """Hash what a summary is made from: prompts, whose captions, and a topic's top words.

    The best items change with every refit, so the captions themselves are not part of it.
    """
    return digest([str(PROMPTS_VERSION), captioner, *sorted(top(words))])


def still_named(
    summaries: pl.DataFrame,
    topics: pl.DataFrame,
    items: pl.Series,
    *,
    producer: str,
    captioner: str,
) -> pl.DataFrame:
    """Return the summaries that hold, so that nobody is asked again.

    A summary holds while its topic is there with the words by which it was named
    (`has_moved` of saetm.topics.changes), whatever happened to them in between, its producer,
    prompts and captioner are in service, and its examples are still items of the dataset.

    Args:
        summaries: frame with topic_id, producer, input_hash, words and examples.
        topics: frame with topic_id and words, each topic once.
        items: ids of all items of the dataset, or of those among the examples.
        producer: who names topics now.
        captioner: whose captions are in service.
    """
    present = set(items)
    now: dict[str, list[str]] = dict(topics.select("topic_id", "words").iter_rows())
    columns = summaries.select("topic_id", "producer", "input_hash", "words", "examples")
    holds = [
        topic in now
        and words is not None
        and (made_by, made_from) == (producer, summary_input(words, captioner))
        and not has_moved(words, now[topic])
        and present.issuperset(examples)
        for topic, made_by, made_from, words, examples in columns.iter_rows()
    ]
    return summaries.filter(pl.Series(holds, dtype=pl.Boolean))
