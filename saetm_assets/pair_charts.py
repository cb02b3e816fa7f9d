"""How much two datasets have of the topics that correspond, and of those that only one has."""

import polars as pl

from saetm.tables.alignments import SAME
from saetm_assets.charts import OKABE_ITO, PERCENT, Spec, chart

STEP = 15  # pixels of a line
BOTH, ONE = "both", "one"
LINES = {
    "field": "place",
    "type": "ordinal",
    "sort": "ascending",
    "scale": {"paddingInner": 0.2, "paddingOuter": 0.1},
    "title": None,
    "axis": {"labels": False, "ticks": False, "domain": False, "grid": True, "tickBand": "extent"},
}


def dumbbells(rows: pl.DataFrame, dataset: str, other: str, most: int) -> Spec:
    """Draw each pair as two dots that a line joins, below them the topics of one alone.

    What the topics are called stands above the marks, so that there is room on a phone.

    Args:
        rows: of `saetm.queries.alignments`.
        dataset: the dataset whose alignment it is.
        other: the one that it is aligned with.
        most: pairs, and topics of either alone, that are drawn.
    """
    values = _values(rows, dataset, other, most)
    share = {"axis": {"format": "%"}, "title": "share of the dataset"}
    colour = {
        "field": "of",
        "type": "nominal",
        "scale": {"domain": [dataset, other], "range": list(OKABE_ITO[:2])},
        "legend": {"orient": "top", "title": None, "symbolOpacity": 1, "labelLimit": 300},
    }
    tooltip = [
        {"field": "topic"},
        {"field": "of", "title": "dataset"},
        {"field": "share", "type": "quantitative", "format": PERCENT},
        {"field": "near", "title": "counterpart, or nearest"},
        {"field": "cosine", "type": "quantitative", "format": ".2f"},
        {"field": "q", "type": "quantitative", "format": ".3f"},
    ]
    x = {"field": "share", "type": "quantitative", **share}
    return chart(
        values,
        height={"step": STEP, "for": "offset"},
        autosize={"type": "fit-x", "contains": "padding"},
        encoding={
            "y": LINES,
            "yOffset": {"field": "line", "type": "ordinal", "sort": "ascending"},
        },
        layer=[
            {
                "transform": [{"filter": "datum.line === 0"}],
                "mark": {"type": "text", "align": "left", "dx": 2},
                "encoding": {"x": {"value": 0}, "text": {"field": "title"}},
            },
            {
                "transform": [{"filter": f"datum.line === 1 && datum.kind === '{BOTH}'"}],
                "mark": {"type": "rule", "strokeWidth": 2, "opacity": 0.45},
                "encoding": {"x": x, "x2": {"field": "other"}},
            },
            {
                "transform": [{"filter": "datum.line === 1"}],
                "mark": {"type": "point", "size": 80, "strokeWidth": 2, "opacity": 1},
                "encoding": {
                    "x": x,
                    "fill": colour,
                    "stroke": colour,
                    "fillOpacity": {
                        "condition": {"test": f"datum.kind === '{BOTH}'", "value": 1},
                        "value": 0,
                    },
                    "tooltip": tooltip,
                },
            },
        ],
    )


def _values(rows: pl.DataFrame, dataset: str, other: str, most: int) -> list[dict[str, object]]:
    """Return a dot per topic; those of a pair share a line."""
    pairs = rows.filter(status=SAME).head(most)
    alone = [
        rows.filter(pl.col("status") != SAME, owner=owner).head(most) for owner in (dataset, other)
    ]
    found: list[dict[str, object]] = []
    lines = pl.concat([pairs, *alone]).iter_rows(named=True)
    for number, row in enumerate(lines):
        name, near = (
            row["label"] or row["topic_id"],
            row["other_label"] or row["other_topic_id"],
        )
        is_pair = row["status"] == SAME
        told = f"{name} ↔ {near}" if is_pair and name != near else name
        common = {
            "place": number,
            "line": 1,
            "kind": BOTH if is_pair else ONE,
            "cosine": row["cosine"],
            "q": row["q_value"],
        }
        found.append({"title": told, "place": number, "line": 0})
        mine = {"topic": name, "of": row["owner"], "share": row["share"], "near": near}
        found.append({**common, **mine, "other": row["other_share"]})
        if is_pair:
            theirs = {"topic": near, "of": other, "share": row["other_share"], "near": name}
            found.append({**common, **theirs, "other": row["share"]})
    return found
