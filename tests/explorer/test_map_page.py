"""The map: what its script is told, and what a person sees and does."""

import json
import re
from html import unescape

import numpy as np
import pytest

from resources.lake import Lake
from saetm.tables import ITEM_MAP, MIXTURES
from tests.explorer.asking import ask

FOREVER = "private, max-age=31536000, immutable"


@pytest.fixture(scope="module")
def rows(home):
    return Lake(str(home / "lake")).scan(ITEM_MAP, "tiles").sort("item_id").collect()


def drawing(explorer, address="/d/tiles/map"):
    """Take what is to be drawn off the page."""
    status, _, body = ask(explorer, address)
    assert status == 200
    found = re.search(r'id="drawing">(.*?)</script>', body.decode(), re.DOTALL)[1]
    return json.loads(unescape(found))


def test_points_are_the_places_of_the_items(explorer, rows):
    status, headers, body = ask(explorer, drawing(explorer)["points"])

    assert status == 200
    assert headers["cache-control"] == FOREVER
    assert np.array_equal(np.frombuffer(body, "<f4").reshape(-1, 2), rows.select("x", "y"))


def test_codes_are_the_largest_topics_of_the_items(explorer, home, rows):
    asked = drawing(explorer, "/d/tiles/map?k=2")
    codes = np.frombuffer(ask(explorer, asked["codes"])[2], "<u2")
    mixtures = Lake(str(home / "lake")).scan(MIXTURES, "tiles").filter(topic_count=2)
    largest = dict(mixtures.select("item_id", "topics").collect().iter_rows())

    names = [asked["categories"][code]["name"] for code in codes]

    assert names == [largest[item_id][0] for item_id in rows["item_id"]]


def test_what_an_older_page_asks_for_is_not_kept(explorer):
    assert ask(explorer, "/d/tiles/map/points?v=older")[1]["cache-control"] == "no-store"
    assert ask(explorer, "/d/tiles/map/card/0?v=older")[0] == 404


@pytest.mark.parametrize("row", ["18", "99999999999999999999", "-1", "x"])
def test_a_row_that_is_not_there_is_not_found(explorer, row):
    version = drawing(explorer)["version"]

    assert ask(explorer, f"/d/tiles/map/card/{row}?v={version}")[0] == 404


def test_a_person_finds_an_item_and_a_link_restores_the_view(explorer, visit, rows):
    with visit(f"{explorer}/d/tiles/map") as seen:
        page = seen.page
        page.wait_for_selector("#map[data-drawn]")
        page.focus("#map")
        page.keyboard.press("+")
        page.locator("#legend button").first.click()
        page.wait_for_function(
            "() => ['on', 'z'].every((name) => new URLSearchParams(location.search).has(name))"
        )
        page.reload()
        page.wait_for_selector("#map[data-drawn]")
        assert page.locator("#legend button[aria-pressed=true]").count() == 1

        page.focus("#map")
        page.keyboard.press("Escape")
        page.keyboard.press("0")
        item = next(row for row in rows.iter_rows(named=True) if _is_free(page, row))
        page.mouse.move(*_on_screen(page, item))
        page.locator("#card .path").wait_for()
        page.mouse.down()
        page.mouse.up()
        page.wait_for_url("**/item/*")
        assert item["item_id"] in page.url

        assert not seen.troubles


def _on_screen(page, row):
    """Return where an item lies while the whole map is shown."""
    box = page.locator("#map").bounding_box()
    scale = min(box["width"], box["height"]) / 2 / 1.06
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    return middle[0] + row["x"] * scale, middle[1] - row["y"] * scale


def _is_free(page, row):
    """Tell whether no name lies over an item."""
    return page.evaluate(
        "([x, y]) => !document.elementFromPoint(x, y).closest('a')", _on_screen(page, row)
    )
