import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saetm.layout.colours import colours_apart
from saetm.layout.regions import EDGE, regions

CORNERS = np.array([(-0.7, -0.6), (0.7, -0.5), (0.0, 0.7)])


def planted(n_items, *, seed=0):
    """Return places around three corners, and the corner of each."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n_items) % len(CORNERS)
    places = CORNERS[labels] + 0.08 * rng.standard_normal((n_items, 2))
    return places.astype(np.float32), labels


def holds(ring, place):
    """Tell whether a closed ring runs around a place: a ray to the right crosses it oddly often."""
    (x, y), (nx, ny) = ring[:-1].T, ring[1:].T
    crosses = (y > place[1]) != (ny > place[1])
    at = x + (place[1] - y) / np.where(crosses, ny - y, 1) * (nx - x)
    return (crosses & (at > place[0])).sum() % 2 == 1


def lies_in(region, place):
    return any(
        holds(outline, place) and not any(holds(hole, place) for hole in holes)
        for outline, *holes in region.polygons
    )


@pytest.mark.parametrize("n_items", [60, 3000])
def test_the_region_of_a_topic_is_where_its_items_are(n_items):
    places, labels = planted(n_items)

    found = regions(places, labels, len(CORNERS))

    for topic, (region, corner) in enumerate(zip(found, CORNERS, strict=True)):
        assert np.linalg.norm(np.subtract(region.centre, corner)) < 0.15
        inside = [lies_in(region, place) for place in places[labels == topic][:50]]
        assert np.mean(inside) > 0.9


@given(st.integers(0, 2**32 - 1), st.integers(1, 200), st.integers(1, 6))
def test_no_place_lies_in_two_regions_and_all_are_on_the_map(seed, n_items, n_topics):
    rng = np.random.default_rng(seed)
    places = rng.uniform(-1, 1, (n_items, 2)).astype(np.float32)

    found = regions(places, rng.integers(-1, n_topics, n_items), n_topics)

    assert len(found) == n_topics
    for place in rng.uniform(-1, 1, (20, 2)):
        assert sum(lies_in(region, place) for region in found) <= 1
    rings = [ring for region in found for polygon in region.polygons for ring in polygon]
    assert all(np.abs(ring).max() <= EDGE for ring in rings)
    assert all(np.array_equal(ring[0], ring[-1]) for ring in rings)


def test_a_topic_without_items_has_no_region():
    places, labels = planted(60)

    assert regions(places, labels, 4)[3].polygons == ()


def test_a_few_strays_make_no_hole_in_the_region_of_others():
    steps = np.linspace(-0.9, 0.9, 20)
    places = np.array([(x, y) for x in steps for y in steps], dtype=np.float32)
    labels = np.array([int(9 <= x <= 10 and 9 <= y <= 10) for x in range(20) for y in range(20)])

    most, strays = regions(places, labels, 2)

    assert lies_in(most, (0, 0))
    assert strays.polygons == ()


places_of_regions = st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1)), max_size=30)


@given(places_of_regions, st.integers(1, 7))
def test_colours_are_used_before_one_comes_again(centres, n_colours):
    found = colours_apart(centres, n_colours)

    first = min(len(centres), n_colours)
    assert sorted(found[:first]) == list(range(first))
    assert ((found >= 0) & (found < n_colours)).all()


def test_neighbours_have_different_colours():
    row = [(x, 0.0) for x in np.linspace(-1, 1, 40)]
    order = np.random.default_rng(0).permutation(40)

    found = np.empty(40, dtype=int)
    found[order] = colours_apart([row[at] for at in order], 7)

    assert (found[1:] != found[:-1]).all()
