"""When a retraining is proposed, and when it is not."""

import shlex

import pytest

from saetm.growth import (
    GROWN_TIMES,
    KEPT_SHARE,
    LEAST_FITTING_SHARE,
    LEAST_NEW_ITEMS,
    Growth,
    fits,
    propose,
)
from saetm.sae.explained import Explained

THEN = 0.5


def growth(*, made_from=1000, items=1000, then=THEN, since=()):
    return Growth("5ae", made_from, items, then, since)


def run(items, share, *, spread=2.0):
    """Return what a run measured of so many items."""
    deviation = spread * items
    return Explained(items, (1 - share) * deviation, deviation)


def reason(**known):
    proposal = propose(growth(**known))
    return proposal and proposal.reason


@pytest.mark.parametrize(
    ("made_from", "items", "expected"),
    [
        (1000, 1000, None),
        (1000, 1999, None),
        (1000, 2000, "doubled"),
        (1000, 500, None),
        (20, 40, None),  # too few new ones to matter
        (20, 20 + LEAST_NEW_ITEMS, "doubled"),
        (0, LEAST_NEW_ITEMS, "doubled"),
    ],
)
def test_a_dataset_that_has_doubled_is_proposed(made_from, items, expected):
    assert reason(made_from=made_from, items=items) == expected


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        ([], None),
        ([run(100, THEN)], None),
        ([run(100, THEN * KEPT_SHARE + 0.01)], None),
        ([run(100, THEN * KEPT_SHARE - 0.01)], "drifted"),
        ([run(100, -0.2)], "drifted"),
        ([run(LEAST_NEW_ITEMS - 1, 0.0)], None),
        ([run(20, 0.0), run(20, 0.0), run(20, 0.0)], "drifted"),
        ([run(100, 0.0), run(10_000, THEN)], "drifted"),  # the newest count
        ([run(100, THEN), run(10_000, 0.0)], None),
        ([run(100, 0.0, spread=0.0)], None),  # nothing varies
    ],
)
def test_a_dataset_whose_new_items_are_explained_clearly_worse_is_proposed(since, expected):
    assert reason(since=since) == expected


def test_without_a_share_to_compare_with_nothing_has_drifted():
    for then in (None, 0.0, -0.3):
        assert reason(then=then, since=[run(500, -1.0)]) is None


def test_drift_is_the_reason_where_both_hold():
    assert reason(items=GROWN_TIMES * 1000, since=[run(1000, 0.1)]) == "drifted"


def test_the_advice_says_why_and_what_to_do():
    drifted = propose(growth(since=[run(80, 0.2)])).advice("sea views")
    doubled = propose(growth(items=2345)).advice("it's")

    assert "20% of the variance of the newest 80 items, and 50%" in drifted
    assert "it has 2,345 items, and its autoencoder was made from 1,000" in doubled
    assert shlex.join(["saetm", "run", "it's", "--retrain"]) in doubled


@pytest.mark.parametrize(
    ("share", "promised", "expected"),
    [
        (None, 0.5, True),  # a single item
        (0.5 * LEAST_FITTING_SHARE + 0.01, 0.5, True),
        (0.5 * LEAST_FITTING_SHARE - 0.01, 0.5, False),
        (-0.1, 0.5, False),
        (0.1, None, True),
        (-0.1, None, False),
    ],
)
def test_a_foundation_fits_what_it_explains(share, promised, expected):
    assert fits(share, promised) is expected
