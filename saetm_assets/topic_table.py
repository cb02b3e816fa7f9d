"""The topics of a cut as a table in Markdown, each with a link to its page in the explorer.

Words are untrusted: they are drawn into pictures, so that the Markdown holds nothing but numbers,
addresses and images as data.
"""

import dagster as dg
import polars as pl

from saetm_assets.links import Links
from saetm_assets.pictures import embed
from saetm_assets.sketches import words_svg

ROWS, WORDS = 100, 6  # the event log keeps them all; about 600 characters each
HEAD = ("topic", "share", "items", "words")


def topic_table(topics: pl.DataFrame, dataset: str, links: Links) -> dg.MetadataValue:
    """Write one line per topic: its id as a link, its figures, its words as a picture.

    Args:
        topics: rows of the topics table at one cut, heaviest first.
        dataset: whose topics they are.
        links: where the explorer is.
    """
    columns = ("topic_id", "topic_count", "weight", "item_count", "words")
    lines = [
        _line(
            f"[{topic_id}]({links.topic(dataset, topic_id, count)})",
            f"{weight:.1%}",
            f"{n_items:,}",
            embed(words_svg(", ".join(words[:WORDS])).encode(), "svg+xml"),
        )
        for topic_id, count, weight, n_items, words in topics.select(columns).head(ROWS).iter_rows()
    ]
    return dg.MetadataValue.md("\n".join([_line(*HEAD), "|---|--:|--:|---|", *lines]))


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
