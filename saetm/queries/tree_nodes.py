"""A topic in the tree: what it was merged from, what it goes into, and which features it holds."""

from dataclasses import dataclass

from saetm.queries.answers import Row, rows
from saetm.queries.source import Source
from saetm.tables import TOPIC_NODES

COLUMNS = ("topic_id", "node", "left", "right", "height", "weight", "features", "run_id")


@dataclass(frozen=True, slots=True)
class Node:
    """A node of the topic tree."""

    node: int  # leaves first, then merges in order
    parent: str | None  # topic that it goes into; None at the root
    children: tuple[str, ...]  # topics that it was merged from; none of a leaf
    height: float  # cost of the merge that made it; 0 for a leaf
    weight: float  # mean share of its features over all items
    shows_from: int  # fewest topics at which the tree shows it
    shows_to: int  # most topics
    features: tuple[int, ...]  # of all leaves below it, ascending
    run_id: str


def find_node(source: Source, dataset: str, topic_id: str) -> Node | None:
    """Find a topic in the tree; one of k-means has no node there."""
    found = rows(source.scan(TOPIC_NODES, dataset).select(COLUMNS))
    nodes = {row["node"]: row for row in found}
    mine = next((row for row in found if row["topic_id"] == topic_id), None)
    return None if mine is None else _placed(mine, nodes)


def _placed(mine: Row, nodes: dict[int, Row]) -> Node:
    children = [nodes[child] for child in _children(mine)]
    parent = next((row for row in nodes.values() if mine["node"] in _children(row)), None)
    # Cut at K, a tree of L leaves has made its nodes below 2L - K: this one, not its parent.
    beyond = len(nodes) + 1  # 2L
    return Node(
        node=mine["node"],
        parent=parent["topic_id"] if parent else None,
        children=tuple(child["topic_id"] for child in children),
        height=mine["height"],
        weight=mine["weight"],
        shows_from=beyond - parent["node"] if parent else 1,
        shows_to=min(beyond - 1 - mine["node"], (beyond // 2)),
        features=_features(mine, nodes),
        run_id=mine["run_id"],
    )


def _features(mine: Row, nodes: dict[int, Row]) -> tuple[int, ...]:
    found: list[int] = []
    below = [mine]
    while below:
        row = below.pop()
        found.extend(row["features"])
        below.extend(nodes[child] for child in _children(row))
    return tuple(sorted(found))


def _children(row: Row) -> tuple[int, ...]:
    return () if row["left"] is None else (row["left"], row["right"])
