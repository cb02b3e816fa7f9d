"""Emissions as a value and as a frame."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saetm.emission.config import EmissionConfig
from saetm.emission.emissions import SCHEMA, dense, from_frame, to_frame
from saetm.emission.solve import solve
from saetm.errors import ContractError
from tests.core.planted_words import planted_words


def emissions(seed=0, n_items=8):
    world = planted_words(n_items=n_items, n_features=9, n_words=25, length=6, seed=seed)
    config = EmissionConfig(prior=1.0, passes=2, heldout_share=0)
    return solve(world.theta, world.counts, config).emissions


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), n_items=st.integers(1, 6))
def test_a_frame_gives_the_same_distributions_back(seed, n_items):
    before = emissions(seed, n_items)
    frame = to_frame(before)

    after = from_frame(frame.sample(fraction=1, shuffle=True, seed=1), unigram=before.unigram)

    assert frame.schema == SCHEMA
    np.testing.assert_allclose(dense(after), dense(before), atol=1e-6)
    np.testing.assert_allclose(dense(after).sum(1), 1, atol=1e-6)


def test_a_frame_has_one_row_per_feature_and_none_of_the_words_it_never_met():
    before = emissions(n_items=2)

    frame = to_frame(before)

    assert frame["feature"].to_list() == list(range(9))
    silent = frame.filter(pl.col("prior_share") == 1)
    assert silent.height >= 3
    assert silent["words"].list.len().sum() == 0


def test_some_rows_written_out_equal_those_rows_of_all():
    value = emissions()

    np.testing.assert_array_equal(dense(value, [4, 0, 4]), dense(value)[[4, 0, 4]])


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (pl.col("feature") + 1, "each id from 0 to 8"),
        (pl.col("feature").clip(0, 7), "each id from 0 to 8"),
        (pl.col("words").list.eval(pl.element() + 20), "words must lie in 0 to 24"),
    ],
)
def test_frames_that_are_no_emission_matrix_are_refused(change, complaint):
    value = emissions()

    with pytest.raises(ContractError, match=complaint):
        from_frame(to_frame(value).with_columns(change), unigram=value.unigram)
