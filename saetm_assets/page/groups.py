"""What sets groups apart, or the members of a union, in a report."""

import polars as pl

from resources.view import DatasetView
from saetm.queries.compositions import By, apart, compositions
from saetm_assets.charts import unique_names
from saetm_assets.page.figure import Figure
from saetm_assets.set_charts import spread

TOPICS, SETS, APART = 10, 12, 3  # that are shown at most


def groups(view: DatasetView, topic_count: int) -> Figure | None:
    """Draw which topics tell groups apart, and list what each has more of than all others.

    Args:
        view: the dataset.
        topic_count: a stored cut.

    Returns:
        The figure; of a union, by its members. None where there are no two groups.
    """
    ways: tuple[By, ...] = ("dataset", "group")
    for by in ways:
        rows = compositions(view.lake, view.dataset, topic_count, by).collect()
        if rows["set"].n_unique() - rows["set"].has_nulls() > 1:
            return _figure(rows, by)
    return None


def _figure(rows: pl.DataFrame, by: By) -> Figure:
    labelled = rows.with_columns(pl.col("label").fill_null(pl.col("topic_id")))
    topics = labelled.unique("topic_id", maintain_order=True).select("topic_id", "label")
    names = unique_names(dict(topics.iter_rows()))
    drawn = dict(list(names.items())[:TOPICS])
    sets = labelled["set"].drop_nulls().unique(maintain_order=True).head(SETS)
    among = labelled.filter(pl.col("set").is_in(sets))
    return Figure(
        "Groups" if by == "group" else "Datasets",
        f"Share of the items of each {by} that have a topic, with 95 % intervals; filled: surely "
        "not as in all others.",
        spread(among, drawn, {}),
        (by, "has more of", "there", "elsewhere", "q"),
        [_row(row) for row in apart(among.lazy(), APART).collect().iter_rows(named=True)],
    )


def _row(row: dict[str, float]) -> tuple[str, ...]:
    there, elsewhere = row["prevalence"], row["rest_prevalence"]
    q = "< 0.001" if row["q_value"] < 0.001 else f"{row['q_value']:.3f}"
    return str(row["set"]), str(row["label"]), f"{there:.1%}", f"{elsewhere:.1%}", q
