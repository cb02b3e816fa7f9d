"""Where a training starts: the split, the centre, the sizes."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from saetm.sae.config import SaeConfig, dictionary_size_for
from saetm.sae.optimise import learning_rate
from saetm.sae.start import geometric_median, initial_autoencoder, split_rows


@given(st.integers(2, 500), st.floats(0.01, 0.49), st.integers(0, 9))
def test_a_split_holds_every_row_once_and_always_leaves_some_to_learn_from(n_items, share, seed):
    training, heldout = split_rows(n_items, heldout_share=share, seed=seed)

    assert sorted([*training, *heldout]) == list(range(n_items))
    assert len(training) > len(heldout)
    assert (len(heldout) == 0) == (n_items < 20)


def test_no_more_rows_are_held_out_than_a_judgement_needs():
    assert len(split_rows(300_000, heldout_share=0.2, seed=0)[1]) == 10_000


def test_outliers_do_not_move_the_centre():
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((200, 3))
    rows[:40] += 1000.0
    centre = geometric_median(torch.from_numpy(rows))

    assert centre.norm() < 1.0
    assert rows.mean(axis=0).max() > 100


def test_the_geometric_median_has_the_least_summed_distance():
    rows = torch.randn(50, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    centre = geometric_median(rows)
    least = (rows - centre).norm(dim=1).sum()

    for step in 0.05 * torch.tensor([[1.0, 0], [-1, 0], [0, 1], [0, -1]], dtype=torch.float64):
        assert (rows - centre - step).norm(dim=1).sum() > least


def test_equal_rows_are_their_own_centre():
    assert torch.equal(geometric_median(torch.ones(5, 2)), torch.ones(2))


def test_the_encoder_starts_as_a_scaled_copy_of_the_unit_decoder():
    rows = torch.randn(40, 6, generator=torch.Generator().manual_seed(0))
    config = SaeConfig(encoder_scale=0.3)
    model = initial_autoencoder(rows, config, config.sizes(40, 6))

    torch.testing.assert_close(model.decoder.norm(dim=1), torch.ones(len(model.decoder)))
    torch.testing.assert_close(model.encoder, 0.3 * model.decoder)


@given(st.integers(2, 10**7), st.integers(1, 4096))
def test_chosen_sizes_are_shared_by_items_and_bounded(n_items, dimension):
    sizes = SaeConfig().sizes(n_items, dimension)

    assert 2 <= sizes.active_features <= 16
    assert sizes.dictionary_size >= 4 * sizes.active_features
    assert sizes.dictionary_size <= max(16 * dimension, 8 * sizes.active_features)
    assert dictionary_size_for(2 * n_items, dimension) >= sizes.dictionary_size
    assert 3 <= sizes.epochs <= 200


def test_given_sizes_are_kept():
    sizes = SaeConfig(dictionary_size=77, active_features=5, epochs=9).sizes(1000, 64)

    assert (sizes.dictionary_size, sizes.active_features, sizes.epochs) == (77, 5, 9)


@given(st.integers(1, 60), st.floats(0, 0.9), st.floats(0, 1))
def test_the_learning_rate_stays_positive_and_never_exceeds_its_peak(n_steps, warmup, decay):
    config = SaeConfig(learning_rate=0.5, warmup_share=warmup, decay_share=decay)
    rates = [learning_rate(number, n_steps, config) for number in range(1, n_steps + 1)]

    assert all(0 < rate <= 0.5 for rate in rates)


def test_unknown_and_impossible_settings_are_refused():
    with pytest.raises(ValidationError):
        SaeConfig(dictionary=3)
    with pytest.raises(ValidationError):
        SaeConfig(heldout_share=0.0)
