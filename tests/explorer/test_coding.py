from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from saetm_assets.explorer.coding import COLOURS, NO_COLOUR, NONE, PERIODS, by_group, by_period

START = datetime(1800, 1, 1, tzinfo=UTC)
days = st.lists(st.none() | st.integers(0, 40), min_size=1, max_size=60)


@given(days)
def test_periods_follow_each_other_and_hold_every_dated_item(numbers):
    times = [None if number is None else START + timedelta(days=number) for number in numbers]

    found = by_period(pl.Series(times, dtype=pl.Datetime("us", "UTC")))

    dated = [number is not None for number in numbers]
    assert ((found.codes != NONE) == dated).all()
    assert len(found.categories) <= PERIODS
    assert sum(category.count for category in found.categories) == sum(dated)
    pairs = sorted((n, code) for n, code in zip(numbers, found.codes, strict=True) if code != NONE)
    assert [code for _, code in pairs] == sorted(code for _, code in pairs)
    assert len({n for n, _ in pairs}) == len(set(pairs))  # one period per instant


def test_many_instants_make_periods_of_equally_many_items():
    times = pl.Series([START + timedelta(hours=number) for number in range(700)])

    assert [category.count for category in by_period(times).categories] == [100] * PERIODS


@given(st.lists(st.none() | st.sampled_from([f"<b>{n}" for n in range(12)]), max_size=80))
def test_groups_go_by_size_and_the_largest_have_colours_of_their_own(groups):
    found = by_group(pl.Series(groups, dtype=pl.String))

    counts = [category.count for category in found.categories]
    assert counts == sorted(counts, reverse=True)
    assert sum(counts) == sum(group is not None for group in groups)
    own = [category.colour for category in found.categories[:COLOURS]]
    assert own == list(range(len(own)))
    assert all(category.colour == NO_COLOUR for category in found.categories[COLOURS:])
    for code, group in zip(found.codes, groups, strict=True):
        assert (code == NONE) == (group is None)
        assert group is None or found.categories[code].name == group


def test_codes_are_small_numbers_of_a_known_kind():
    assert by_group(pl.Series(["a"])).codes.dtype == np.dtype("<u2")
