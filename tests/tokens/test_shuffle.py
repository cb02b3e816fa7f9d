import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from saetm.tokens.shuffle import ShuffledFeed, shuffled

ROWS = np.arange(1000, dtype=np.float32)[:, None]


def blocks_of(lengths):
    return np.split(ROWS[: sum(lengths)], np.cumsum(lengths)[:-1])


@given(st.lists(st.integers(0, 40), min_size=1, max_size=20), st.integers(2, 60))
def test_every_row_is_served_once_however_it_comes(lengths, size):
    served = list(shuffled(iter(blocks_of(lengths)), size, np.random.default_rng(0)))
    values = np.concatenate([*served, np.empty((0, 1))])[:, 0]
    assert sorted(values) == list(range(sum(lengths)))
    assert all(len(block) <= max(size, (size + 1) // 2) for block in served)
    whole = list(shuffled(iter([ROWS[: sum(lengths)]]), size, np.random.default_rng(0)))
    assert all(np.array_equal(*pair) for pair in zip(served, whole, strict=True))


def test_rows_of_one_text_are_parted():
    served = np.concatenate(list(shuffled(iter([ROWS]), 200, np.random.default_rng(0))))[:, 0]
    neighbours = np.abs(np.diff(served)) == 1
    assert neighbours.mean() < 0.03


def feed(n_rows, buffer_rows):
    rows = ROWS[:n_rows]
    return ShuffledFeed(
        lambda: iter(np.array_split(rows, 7)), n_rows, rows, 2.0, "cpu", buffer_rows
    )


@pytest.mark.parametrize("batch", [7, 64, 1000])
def test_an_epoch_has_the_number_of_batches_that_the_schedule_counts_on(batch):
    batches = list(feed(500, 64).epoch(batch, torch.Generator().manual_seed(1)))
    assert len(batches) == -(-500 // batch)
    assert {len(each) for each in batches[:-1]} <= {batch}
    values = torch.cat(batches)[:, 0].numpy() * 2
    assert sorted(values) == list(range(500))


def test_epochs_differ_and_seeds_repeat_them():
    def epoch(generator):
        return torch.cat(list(feed(300, 64).epoch(50, generator)))

    generator = torch.Generator().manual_seed(1)
    one, two = epoch(generator), epoch(generator)
    assert not torch.equal(one, two)
    assert torch.equal(one, epoch(torch.Generator().manual_seed(1)))
