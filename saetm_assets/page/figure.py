"""A chart of a report, and the table below it."""

from collections.abc import Sequence
from dataclasses import dataclass

from saetm_assets.charts import Spec


@dataclass(frozen=True)
class Figure:
    """A chart of a report."""

    title: str
    about: str  # one sentence
    spec: Spec
    heads: Sequence[str] = ()  # of a table below the chart; the first two are text
    rows: Sequence[Sequence[str]] = ()
