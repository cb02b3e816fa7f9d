"""What the last finished run of an asset left in its tables.

A result of several tables takes several commits. When a run is cut short between two of them, the
tables are of two generations, and neither is the past that the next run may begin from.
"""

from itertools import takewhile

import polars as pl

from resources.history import commits, rows_at
from resources.view import DatasetView
from saetm.errors import SaetmError
from saetm.tables import MATERIALISATIONS, Table


def scan_finished(view: DatasetView, table: Table) -> pl.LazyFrame:
    """Scan what a table held after the last finished run of its asset.

    Args:
        view: the dataset.
        table: a table whose rows carry their run_id.

    Returns:
        The rows of the dataset; none where no run was ever finished, or where maintenance has
        since removed what was overwritten.
    """
    finished = _finished_runs(view, table.asset)
    writers = view.scan(table).select(pl.col("run_id").unique()).collect()["run_id"]
    if finished.issuperset(writers):
        return view.scan(table)
    mine = [commit for commit in commits(view.lake, table) if commit.dataset == view.dataset]
    cut_short = list(takewhile(lambda commit: commit.run_id not in finished, reversed(mine)))
    if not cut_short:
        return view.scan(table)
    try:
        return rows_at(view.lake, table, cut_short[-1].version - 1, view.dataset)
    except SaetmError:
        return table.empty().lazy()


def _finished_runs(view: DatasetView, asset: str) -> set[str]:
    done = (pl.col("asset") == asset) & (pl.col("input_version") != "")
    return set(view.scan(MATERIALISATIONS).filter(done).select("run_id").collect()["run_id"])
