"""A tree map of a cut: topics as areas, together with those that a coarser cut joins them with."""

from collections.abc import Mapping

import numpy as np

from saetm_assets.charts import OKABE_ITO, Spec
from saetm_assets.explorer.dataset import Dataset
from saetm_assets.explorer.topic_cut import TopicCut

Node = Mapping[str, object]
HEIGHT = 360  # pixels
FAMILIES = len(OKABE_ITO)  # colours that people tell apart
SIZE = "isFinite(containerSize()[0]) ? containerSize()[0] : 800"
WORDS = 6


def nodes(dataset: Dataset, cut: TopicCut, links: Mapping[str, str]) -> list[Node]:
    """Return the rows of the chart: a root, families, and topics below them.

    Args:
        dataset: whose topics they are.
        cut: the topics.
        links: address of each topic's page, by its id.
    """
    families, family_of = _families(dataset, cut)
    rows: list[Node] = [{"id": "all"}]
    rows += [{"id": f"family {family}", "parent": "all"} for family in range(families)]
    for rank, topic in enumerate(cut.topics):
        rows.append(
            {
                "id": rank,
                "parent": f"family {family_of[rank]}",
                "colour": family_of[rank],
                "size": topic.weight,
                "name": topic.label,
                "share": f"{topic.weight:.1%}",
                "words": " ".join(topic.words[:WORDS]),
                "link": links[topic.topic_id],
            }
        )
    return rows


def spec(rows: list[Node]) -> Spec:
    """Return the chart as a Vega specification."""
    size: Spec = {"signal": SIZE}
    resized = {"events": {"source": "window", "type": "resize"}, "update": SIZE}
    layout = {
        "type": "treemap",
        "field": "size",
        "sort": {"field": "value", "order": "descending"},
        "ratio": 1.5,
        "paddingInner": 3,
        "round": True,
        "size": [{"signal": "width"}, {"signal": "height"}],
    }
    tree = [{"type": "stratify", "key": "id", "parentKey": "parent"}, layout]
    topics = [{"type": "filter", "expr": "datum.link"}]
    return {
        "$schema": "https://vega.github.io/schema/vega/v6.json",
        "height": HEIGHT,
        "padding": 0,
        "autosize": "none",
        "signals": [{"name": "width", "init": size["signal"], "on": [resized]}],
        "data": [
            {"name": "nodes", "values": rows},
            {"name": "tree", "source": "nodes", "transform": tree},
            {"name": "topics", "source": "tree", "transform": topics},
        ],
        "scales": [
            {
                "name": "colour",
                "type": "ordinal",
                "domain": list(range(FAMILIES)),
                "range": list(OKABE_ITO),
            }
        ],
        "marks": [_areas(), _names()],
    }


def _areas() -> Spec:
    told = "{title: datum.name, share: datum.share, words: datum.words}"
    corners = {side: {"field": side} for side in ("x0", "y0", "x1", "y1")}
    return {
        "type": "rect",
        "aria": False,
        "from": {"data": "topics"},
        "encode": {
            "enter": {"cursor": {"value": "pointer"}, "cornerRadius": {"value": 3}},
            "update": {
                "x": corners["x0"],
                "y": corners["y0"],
                "x2": corners["x1"],
                "y2": corners["y1"],
                "fill": {"scale": "colour", "field": "colour"},
                "fillOpacity": {"value": 0.36},
                "tooltip": {"signal": told},
            },
            "hover": {"fillOpacity": {"value": 0.6}},
        },
    }


def _names() -> Spec:
    """Write the names of topics into areas with room for them: in a column, or else in a line."""
    has_room = "datum.x1 - datum.x0 > 48 && datum.y1 - datum.y0 > 20"
    written = "datum.y1 - datum.y0 > 54 ? split(datum.name, ', ') : datum.name"
    return {
        "type": "text",
        "aria": False,
        "interactive": False,
        "from": {"data": "topics"},
        "encode": {
            "update": {
                "x": {"signal": "datum.x0 + 7"},
                "y": {"signal": "datum.y0 + 16"},
                "text": {"signal": f"{has_room} ? ({written}) : ''"},
                "limit": {"signal": "max(datum.x1 - datum.x0 - 12, 1)"},
                "fontSize": {"value": 12},
                "lineHeight": {"value": 15},
            }
        },
    }


def _families(dataset: Dataset, cut: TopicCut) -> tuple[int, list[int]]:
    """Return how many coarse topics there are, and which holds each topic of the cut."""
    if not dataset.has_tree_cuts:
        return 1, [0] * cut.count
    coarse = dataset.cut(min(FAMILIES, cut.count))
    held = np.flatnonzero(cut.labels >= 0)
    _, first = np.unique(cut.labels[held], return_index=True)
    return coarse.count, coarse.labels[held[first]].tolist()
