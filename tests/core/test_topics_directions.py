import numpy as np
import pytest
from scipy import sparse

from saetm.errors import ContractError
from saetm.topics.directions import item_directions


def test_a_feature_lies_at_the_mean_of_its_items_whatever_the_blocks(monkeypatch):
    monkeypatch.setattr("saetm.topics.directions.BLOCK_ITEMS", 3)
    random = np.random.default_rng(0)
    theta = random.dirichlet(np.ones(5), size=10) * (random.random((10, 5)) < 0.7)
    decoder = random.normal(size=(5, 4))

    directions = item_directions(sparse.csr_array(theta), decoder)

    items = theta @ decoder
    naive = [np.average(items, axis=0, weights=theta[:, k]) for k in range(5)]
    np.testing.assert_allclose(directions, naive)


def test_features_of_the_same_items_are_near_even_where_the_decoder_sets_them_apart():
    theme = np.arange(40) % 2
    theta = np.zeros((40, 8))  # three features of each item's theme, of four
    random = np.random.default_rng(1)
    for item in range(40):
        theta[item, 4 * theme[item] + random.permutation(4)[:3]] = 1 / 3
    decoder = np.eye(8)

    directions = item_directions(sparse.csr_array(theta), decoder)

    units = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    same = np.arange(8)[:, None] // 4 == np.arange(8) // 4
    assert (units @ units.T)[same].min() > 0.8
    assert (units @ units.T)[~same].max() == 0.0


def test_a_feature_that_is_never_active_lies_nowhere():
    theta = sparse.csr_array(np.array([[1.0, 0.0], [1.0, 0.0]]))

    assert item_directions(theta, np.ones((2, 3)))[1].tolist() == [0.0, 0.0, 0.0]


def test_a_decoder_of_other_features_is_refused():
    with pytest.raises(ContractError, match="2 features"):
        item_directions(sparse.csr_array(np.eye(2)), np.ones((3, 4)))
