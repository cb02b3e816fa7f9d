"""Whether two homes hold the same of a dataset, whoever wrote it and when."""

import polars as pl

from saetm.queries.source import newest_entries
from saetm.tables import MATERIALISATIONS, TABLES
from saetm_assets.step import STAMPS

ENTRY = ("asset", "input_version", "data_version", "producer", "row_count")


def rows(home, table, dataset):
    """Return the dataset's rows of a table in an order of their own, without stamps."""
    frame = home.table(table, dataset).drop(*STAMPS, "registered_at", strict=False)
    order = frame.hash_rows(seed=0) if frame.height else []
    return frame.with_columns(pl.Series("order", order, pl.UInt64)).sort("order").drop("order")


def entries(home, dataset):
    """Return what the ledger says of every asset, but for instants and costs."""
    newest = newest_entries(home.lake.scan(MATERIALISATIONS, dataset)).select(ENTRY)
    return newest.sort("asset").collect()


def assert_same(home, undisturbed, dataset, when="", *, but=frozenset()):
    """Assert that all tables but some are the same, no row lost and none doubled."""
    ours, theirs = (
        entries(each, dataset).filter(~pl.col("asset").is_in(_assets(but)))
        for each in (home, undisturbed)
    )
    others = ours.join(theirs, on=ENTRY, how="anti")["asset"].to_list()
    assert ours.equals(theirs), f"the ledger of {others} {when}"
    for name in sorted(TABLES.keys() - but - {MATERIALISATIONS.name}):
        ours, theirs = (rows(each, name, dataset) for each in (home, undisturbed))
        assert ours.equals(theirs), f"{name} {when}"


def _assets(tables):
    return [
        asset
        for asset in {TABLES[name].asset for name in tables}
        if all(each.name in tables for each in TABLES.values() if each.asset == asset)
    ]
