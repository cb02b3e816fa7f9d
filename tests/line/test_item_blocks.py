"""A dataset read a block of items at a time is the dataset read at once."""

from hashlib import blake2b

import numpy as np
import polars as pl
import pytest
from scipy import sparse

from resources.lake import Lake
from resources.view import DatasetView
from saetm.emission.config import EmissionConfig
from saetm.emission.emissions import dense
from saetm.emission.solve import solve, solve_blocks
from saetm.tables import ACTIVATIONS, BAGS, MATERIALISATIONS, SAE_CHECKPOINTS, VOCABULARY
from saetm_assets.item_blocks import item_blocks
from saetm_assets.matrices import feature_shares, word_counts
from tests.strategies import example_rows

N_ITEMS, N_FEATURES, WORDS = 90, 6, [f"w{number}" for number in range(12)]


@pytest.fixture
def view(tmp_path):
    """A dataset whose items stand in the tables in no order; some have no bag."""
    lake, rng = Lake(str(tmp_path / "lake")), np.random.default_rng(1)
    ids = [blake2b(bytes([number]), digest_size=16).hexdigest() for number in range(N_ITEMS)]
    features = [sorted(rng.choice(N_FEATURES, 2, replace=False).tolist()) for _ in ids]
    words = [sorted(rng.choice(len(WORDS), 4, replace=False).tolist()) for _ in ids]

    def write(table, n_rows, **columns):
        rows = example_rows(table, n_rows, dataset="d")
        lake.append(table, rows.with_columns(**columns), note={"run_id": "r"})

    assets = ["activations", "bags"]
    write(
        MATERIALISATIONS, 2, asset=pl.Series(assets), producer=pl.lit("p"), data_version=pl.lit("v")
    )
    write(SAE_CHECKPOINTS, 1, dictionary_size=pl.lit(N_FEATURES))
    vocabulary = pl.Series(range(len(WORDS)), dtype=pl.Int32)
    write(VOCABULARY, len(WORDS), word_id=vocabulary, word=pl.Series(WORDS))
    write(
        ACTIVATIONS,
        N_ITEMS,
        item_id=pl.Series(ids),
        producer=pl.lit("p"),
        features=pl.Series(features, dtype=pl.List(pl.Int32)),
        activations=pl.Series([[1.0, 3.0]] * N_ITEMS, dtype=pl.List(pl.Float32)),
    )
    write(
        BAGS,
        N_ITEMS - 5,
        item_id=pl.Series(ids[5:]),
        producer=pl.lit("p"),
        words=pl.Series([[WORDS[place] for place in row] for row in words[5:]]),
        counts=pl.Series([[1, 2, 1, 3]] * (N_ITEMS - 5), dtype=pl.List(pl.Int32)),
    )
    return DatasetView(lake, "d")


@pytest.mark.parametrize(("block_rows", "n_blocks"), [(1000, 1), (90, 1), (40, 3), (7, 13)])
def test_blocks_one_after_the_other_are_all_items_at_every_reading(view, block_rows, n_blocks):
    shares = feature_shares(view)
    counts = word_counts(view, shares.item_ids)

    with item_blocks(view, block_rows) as blocks:
        for _ in range(2):
            thetas, parts = zip(*blocks, strict=True)
            assert len(thetas) == n_blocks
            assert sum(theta.shape[0] > 0 for theta in thetas) > n_blocks / 2
            stacked = sparse.vstack(thetas), sparse.vstack(parts)
            np.testing.assert_array_equal(stacked[0].toarray(), shares.matrix.toarray())
            np.testing.assert_array_equal(stacked[1].toarray(), counts.toarray())


def test_emissions_of_blocks_are_those_of_all_items(view):
    shares, config = feature_shares(view), EmissionConfig()
    whole = solve(shares.matrix, word_counts(view, shares.item_ids), config)

    with item_blocks(view, 20) as blocks:
        parts = solve_blocks(blocks, config)

    assert (parts.prior, parts.passes) == (whole.prior, whole.passes)
    np.testing.assert_allclose(dense(parts.emissions), dense(whole.emissions), atol=1e-6)
