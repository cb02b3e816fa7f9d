"""The topic tree cut at any number of topics."""

import polars as pl

from saetm.queries.source import Source
from saetm.tables import TOPIC_NODES, TOPIC_SUMMARIES


def cut_topics(source: Source, dataset: str, k: int) -> pl.LazyFrame:
    """Ask for the topics of the tree at any number, heaviest first.

    Cuts nest: the topics at k + 1 are those at k but for one, which falls into its two parts.

    Args:
        source: where to read.
        dataset: the dataset.
        k: how many topics; one per leaf comes back where the tree has fewer leaves.

    Returns:
        rank, topic_id, node, weight, and label, description and category; null where nobody has
        named a topic.
    """
    nodes = source.scan(TOPIC_NODES, dataset).select("topic_id", "node", "left", "right", "weight")
    parts = [nodes.select(node=side, parent="node").drop_nulls() for side in ("left", "right")]
    placed = nodes.join(pl.concat(parts), on="node", how="left")
    # A tree of L leaves has 2L - 1 nodes; cut at k, it has made those below 2L - k.
    beyond = pl.len().cast(pl.Int64) + 1
    ends = pl.max_horizontal(beyond - k, beyond // 2)
    is_topic = (pl.col("node") < ends) & (pl.col("parent").is_null() | (pl.col("parent") >= ends))
    heaviest = placed.filter(is_topic).sort("weight", "node", descending=[True, False])
    names = source.scan(TOPIC_SUMMARIES, dataset).select(
        "topic_id", "label", "description", "category"
    )
    named = heaviest.with_row_index("rank").join(names, on="topic_id", how="left")
    return named.drop("left", "right", "parent").sort("rank")
