"""Items near an item: those that share its features."""

import polars as pl

from saetm.queries.source import Source, in_service
from saetm.tables import ACTIVATIONS


def near_items(source: Source, dataset: str, item_id: str) -> pl.LazyFrame:
    """Return the items that share features with an item, the nearest first.

    Likeness is the cosine of the angle between the feature shares of both, 0 to 1, so that what
    makes two items alike can be read off their features.

    Returns:
        item_id, likeness and features (List(Int32), the shared ones); the item itself is not
        among them.
    """
    rows = in_service(source, ACTIVATIONS, dataset)
    pairs = rows.select("item_id", feature="features", activation="activations").explode(
        "feature", "activation"
    )
    activation = pl.col("activation").cast(pl.Float64)
    lengths = pairs.group_by("item_id").agg(length=activation.pow(2).sum().sqrt())
    mine = pairs.filter(pl.col("item_id") == item_id).select("feature", own="activation")
    shared = pairs.filter(pl.col("item_id") != item_id).join(mine, on="feature")
    product = (activation * pl.col("own")).sum()
    scores = shared.group_by("item_id").agg(product=product, features=pl.col("feature").sort())
    own = mine.select(own_length=pl.col("own").cast(pl.Float64).pow(2).sum().sqrt())
    likeness = pl.col("product") / (pl.col("length") * pl.col("own_length"))
    return (
        scores.join(lengths, on="item_id")
        .join(own, how="cross")
        .select("item_id", likeness=likeness, features="features")
        .sort("likeness", "item_id", descending=[True, False])
    )
