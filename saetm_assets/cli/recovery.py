"""How well topics recover motifs that were planted in a dataset."""

import numpy as np
import polars as pl

from resources.view import DatasetView
from saetm.bridge import lists_to_csr
from saetm.tables import ITEMS, MIXTURES, TOPICS


def recovery(view: DatasetView, planted: pl.DataFrame, topic_count: int) -> str:
    """Say how well the topics of a stored cut match planted motifs.

    Args:
        view: the dataset.
        planted: frame with file_name and motifs (list of names).
        topic_count: the cut.
    """
    from saetm.metrics.agreement import matched_f1

    truth = _truth(view, planted)
    shares = _shares(view, truth["item_id"].to_list(), topic_count)
    motifs = truth.drop("item_id")
    matched = matched_f1(shares, motifs.to_numpy().astype(bool))
    best = sorted(zip(matched.per_motif, motifs.columns, strict=True), reverse=True)
    names = ", ".join(f"{name} {score:.2f}" for score, name in (*best[:3], *best[-3:]))
    return (
        f"planted motifs recovered: mean F1 {matched.mean:.2f} over {len(best)} motifs at "
        f"{topic_count} topics (best and worst: {names})"
    )


def _truth(view: DatasetView, planted: pl.DataFrame) -> pl.DataFrame:
    """Return item_id and one 0/1 column per motif."""
    items = view.scan(ITEMS).select("item_id", "path").collect()
    pairs = planted.explode("motifs").join(items, left_on="file_name", right_on="path")
    wide = pairs.with_columns(present=pl.lit(1)).pivot(
        "motifs", index="item_id", values="present", aggregate_function="max", sort_columns=True
    )
    return wide.fill_null(0).sort("item_id")


def _shares(view: DatasetView, item_ids: list[str], topic_count: int) -> np.ndarray:
    names = view.scan(TOPICS).filter(pl.col("topic_count") == topic_count).sort("rank")
    ids = names.select("topic_id").collect()["topic_id"]
    mixtures = view.scan(MIXTURES).filter(pl.col("topic_count") == topic_count)
    order = pl.LazyFrame({"item_id": item_ids})
    rows = order.join(mixtures, on="item_id", how="left", maintain_order="left").collect()
    codes = rows["topics"].list.eval(pl.element().replace_strict(ids, range(len(ids))))
    return lists_to_csr(codes, rows["shares"], n_columns=len(ids)).toarray()
