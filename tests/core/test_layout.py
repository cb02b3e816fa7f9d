import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from saetm.layout.arrange import FEW
from saetm.layout.axes import principal_axes
from saetm.layout.chart import Chart
from saetm.layout.drawing import MOST_ANCHORS, Drawing

DIMENSION = 24


def clusters(n_items, n_clusters=4, *, seed=0):
    """Return (N, D) vectors around planted directions, and the cluster of each."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n_items) % n_clusters
    centres = 3 * rng.standard_normal((n_clusters, DIMENSION))
    return (centres[labels] + rng.standard_normal((n_items, DIMENSION))).astype(np.float32), labels


def nearest(places, k=5):
    """Return (N, k) the items nearest to each."""
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    return np.argsort(apart, axis=1)[:, :k]


@pytest.fixture(scope="module")
def chart():
    return Chart.drawn(clusters(120)[0])


@settings(max_examples=30, deadline=None)
@given(
    st.integers(1, FEW + 10),
    st.integers(1, 5),
    st.integers(1, 4),
    st.sampled_from([0.0, 1e-20, 1.0, 1e15]),
)
def test_every_item_has_a_finite_place_however_alike_items_are(n, dimension, n_distinct, scale):
    distinct = np.random.default_rng(n).standard_normal((n_distinct, dimension))
    vectors = (scale * distinct[np.arange(n) % n_distinct]).astype(np.float32)

    places = Chart.drawn(vectors).places

    assert places.shape == (n, 2)
    assert np.isfinite(places).all()
    assert np.abs(places).max() <= 1


@pytest.mark.parametrize("n_items", [20, 120])
def test_planted_clusters_stay_apart(n_items):
    vectors, labels = clusters(n_items)

    near = nearest(Chart.drawn(vectors).places, k=3)

    assert (labels[near] == labels[:, None]).mean() > 0.99


def test_the_map_is_the_same_each_time_and_on_any_number_of_threads(chart):
    with threadpool_limits(1):
        alone = Chart.drawn(clusters(120)[0])

    assert np.array_equal(alone.places, chart.places)


def test_the_wider_axis_goes_from_minus_one_to_one(chart):
    low, high = chart.places.min(axis=0), chart.places.max(axis=0)

    assert np.allclose(low, -high, atol=1e-6)
    assert np.isclose(high.max(), 1)


@settings(max_examples=10, deadline=None)
@given(st.permutations(range(7)), st.integers(1, 7))
def test_a_new_item_is_placed_alike_in_any_company(chart, order, count):
    new, _ = clusters(127)
    chosen = 120 + np.array(order)[:count]

    together = chart.place(new[chosen])

    assert np.array_equal(together, np.vstack([chart.place(new[[item]]) for item in chosen]))


def test_new_items_are_placed_in_their_cluster(chart):
    vectors, labels = clusters(160)

    places = np.vstack([chart.places, chart.place(vectors[120:])])

    near = nearest(places)[120:]
    assert (labels[near] == labels[120:, None]).mean() > 0.99


def test_a_map_that_is_taken_up_again_places_as_the_one_that_was_drawn(chart):
    vectors, _ = clusters(140)

    again = Chart.stored(vectors[:120], chart.places)

    assert np.array_equal(again.place(vectors[120:]), chart.place(vectors[120:]))


def test_a_map_that_is_drawn_anew_looks_like_the_one_before(chart):
    vectors, _ = clusters(180)
    former = np.full((180, 2), np.nan, dtype=np.float32)
    former[:120] = chart.places @ np.array([[0, -1], [1, 0]], dtype=np.float32)  # a quarter turn

    anew = Chart.drawn(vectors, former).places[:120]

    likeness = [np.corrcoef(former[:120, axis], anew[:, axis])[0, 1] for axis in (0, 1)]
    assert min(likeness) > 0.8


@given(st.integers(1, 40), st.integers(1, 12), st.sampled_from([1e-3, 1.0, 1e6]))
def test_axes_are_orthonormal_and_lengths_of_vectors_do_not_matter(n_items, dimension, scale):
    vectors = np.random.default_rng(n_items).standard_normal((n_items, dimension))

    axes = principal_axes(vectors)

    count = min(n_items, dimension)
    assert np.allclose(axes.directions.T @ axes.directions, np.eye(count), atol=1e-9)
    assert np.allclose(
        axes.coordinates(vectors), axes.coordinates(scale * vectors), rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize(
    ("drawn", "left", "now", "lasts"),
    [
        (0, 0, 1, False),
        (100, 100, 149, True),
        (100, 100, 150, False),
        (100, 67, 100, True),
        (100, 66, 100, False),
        (10 * MOST_ANCHORS, MOST_ANCHORS, 14 * MOST_ANCHORS, True),
    ],
)
def test_a_map_lasts_until_items_are_half_as_many_again_or_a_third_has_left(
    drawn, left, now, lasts
):
    assert Drawing(drawn, left).lasts(now) is lasts
