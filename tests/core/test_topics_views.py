import numpy as np
from scipy.spatial.distance import pdist

from saetm.topics.views import View, join_views


def centred(vectors, weights):
    return vectors - np.average(vectors, axis=0, weights=weights)


def test_views_count_by_their_shares_whatever_their_units_and_dimensions():
    random = np.random.default_rng(0)
    weights = random.random(6)
    one = centred(random.normal(size=(6, 3)), weights)
    other = centred(random.normal(size=(6, 9)), weights)

    joined = join_views([View(one, 0.6), View(1000 * other, 0.2)], weights)

    variances = [np.average((view**2).sum(axis=1), weights=weights) for view in (one, other)]
    expected = 0.75 * pdist(one) ** 2 / variances[0] + 0.25 * pdist(other) ** 2 / variances[1]
    np.testing.assert_allclose(pdist(joined) ** 2, expected)
    np.testing.assert_allclose(np.average((joined**2).sum(axis=1), weights=weights), 1.0)


def test_a_view_that_tells_nothing_apart_adds_nothing():
    weights = np.ones(3)
    told = centred(np.eye(3), weights)

    joined = join_views([View(told, 0.5), View(np.zeros((3, 2)), 0.5)], weights)

    assert joined.shape == (3, 5)
    np.testing.assert_array_equal(joined[:, 3:], 0.0)
