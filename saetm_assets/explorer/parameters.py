"""What an address asks for, read with care: whatever stands there, a page comes back."""

from collections.abc import Collection

from starlette.requests import Request

from saetm.queries.trends import stored_unit
from saetm.trends.config import PERIODS, UNITS, Period, Unit
from saetm.trends.periods import fitting_period
from saetm_assets.explorer.dataset import Dataset


def count_of(request: Request, dataset: Dataset) -> int:
    """Return the number of topics of `?k=`, the nearest that there is; the dataset's own if none.

    Raises:
        InputError: the dataset has no topics yet.
    """
    dataset.require("topics")
    asked = request.query_params.get("k", "")
    if not asked.isdecimal() or len(asked) > 6:
        return dataset.topic_count
    return dataset.clamped(int(asked))


def choice_of(request: Request, name: str, choices: tuple[str, ...]) -> str:
    """Return a parameter that is one of a few; the first of them where it is not."""
    asked = request.query_params.get(name, "")
    return asked if asked in choices else choices[0]


def stored_count_of(request: Request, dataset: Dataset) -> int:
    """Return the stored cut that is nearest to `?k=`, for views that a query gives as well.

    Raises:
        InputError: the dataset has no topics yet.
    """
    count = count_of(request, dataset)
    return min(dataset.stored_counts, key=lambda stored: (abs(stored - count), stored))


def topics_of(request: Request, known: Collection[str], most: int) -> list[str]:
    """Return the topics of `?t=`, in their order, each once; those that are not known left out."""
    asked = dict.fromkeys(request.query_params.getlist("t"))
    return [topic for topic in asked if topic in known][:most]


def unit_of(request: Request, dataset: Dataset) -> Unit:
    """Return what a period is by `?per=`, or as the dataset's trends are stored."""
    asked = request.query_params.get("per")
    for unit in UNITS:
        if unit == asked:
            return unit
    stored = stored_unit(dataset.source, dataset.name)
    return stored or period_of(request, dataset)


def period_of(request: Request, dataset: Dataset) -> Period:
    """Return the period of `?per=`, or the longest of which the items span enough."""
    asked = request.query_params.get("per")
    for period in PERIODS:
        if period == asked:
            return period
    times = dataset.theta_items["timestamp"].drop_nulls()
    if times.is_empty():
        return "year"
    return fitting_period(times.min(), times.max())  # type: ignore[arg-type]  # instants
