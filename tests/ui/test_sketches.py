from xml.etree import ElementTree as ET

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from saetm_assets.pictures import curve, histogram
from saetm_assets.sketches import bars_svg, curve_svg, heading_svg, histogram_svg, intervals_svg

SHOWN_AT_ONCE = 1000  # Dagster hides longer Markdown behind a link
TAGS = {"svg", "text", "path", "rect", "polyline"}
numbers = st.floats(-1e6, 1e6, allow_subnormal=False)
titles = st.text(
    st.characters(codec="ascii", min_codepoint=32, exclude_characters="<>&"), max_size=40
)


def tags(svg):
    return {element.tag.split("}")[1] for element in ET.fromstring(svg).iter()}


def texts(svg):
    return [element.text for element in ET.fromstring(svg).iter() if element.text]


@given(st.lists(numbers, max_size=200), titles)
def test_a_histogram_is_small_enough_to_be_shown_at_once(values, title):
    shown = histogram(np.array(values), title=title, label="features")

    assert len(shown.value) < SHOWN_AT_ONCE


@given(st.lists(numbers, max_size=200), titles)
def test_a_curve_is_small_enough_to_be_shown_at_once(values, title):
    shown = curve(range(len(values)), values, title=title, labels=("training step", "share"))

    assert len(shown.value) < SHOWN_AT_ONCE


@given(st.lists(st.tuples(st.text(), numbers), max_size=8), st.text())
def test_no_label_becomes_markup(bars, title):
    names, values = [name for name, _ in bars], [value for _, value in bars]

    assert tags(bars_svg(names, values, title=title, label="items")) <= TAGS
    assert tags(heading_svg(title)) <= TAGS


def test_markup_in_a_name_is_shown_as_it_is_written():
    svg = bars_svg(["<img src=x>&amp;"], [1], title="Groups", label="items")

    assert texts(svg) == ["Groups, items", "<img src=x>&amp;", "1"]


def test_the_tallest_bar_of_a_histogram_reaches_the_top_and_empty_bins_are_not_drawn():
    svg = histogram_svg(np.array([0.0] * 4 + [4.0]), title="Values", label="value")
    path = next(element.get("d") for element in ET.fromstring(svg) if element.tag.endswith("path"))

    assert path == "M36 118V24M324 118V94"


def test_values_that_are_not_finite_are_left_out_of_a_histogram():
    svg = histogram_svg(np.array([np.nan, np.inf, 3.0]), title="Values", label="value")

    assert texts(svg)[0] == "Values: n = 1, median 3"


def test_charts_of_nothing_say_so():
    assert texts(histogram_svg(np.array([]), title="Values", label="value")) == ["Values: none"]
    assert texts(curve_svg([], [], title="Loss", labels=("step", "nats"))) == ["Loss: none"]


def test_the_longest_bar_fills_the_width_and_the_others_their_share():
    svg = bars_svg(["a", "b"], [4, 1], title="Groups", label="items")
    widths = [
        float(element.get("width"))
        for element in ET.fromstring(svg)
        if element.tag.endswith("rect")
    ]

    assert widths == [200, 50]


def test_intervals_hold_their_dots_and_stay_apart_from_their_names():
    ends = [(1500.0, 1600.0), (1400.0, 1400.0)]
    svg = intervals_svg(["best", "<last>"], [1550.0, 1400.0], ends, title="Elo", label="points")

    root = ET.fromstring(svg)
    dots = [float(each.get("cx")) for each in root.iter() if each.tag.endswith("circle")]
    lines = [
        each.get("d")[1:].replace(" ", "H").split("H") for each in root.iter() if each.get("d")
    ]
    assert dots[0] > dots[1]
    assert float(lines[0][0]) < dots[0] < float(lines[0][2])
    assert {"best", "<last>", "1,550"} <= set(texts(svg))


def test_intervals_of_nothing_are_a_title():
    assert texts(intervals_svg([], [], [], title="Elo", label="points")) == ["Elo, points"]
