"""Topics and one topic over HTTP: what is asked for, what is found, what is refused."""

import http.client
import json
import re
from html import unescape
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from resources.lake import Lake
from saetm.tables import ITEMS, TOPICS
from saetm_assets.explorer.marking import marked
from saetm_assets.explorer.pages.topics import LARGEST_PICTURE
from tests.explorer.asking import ask


@pytest.fixture(scope="module")
def lake(home):
    return Lake(str(home / "lake"))


def page(explorer, path):
    status, _, body = ask(explorer, path)
    assert status == 200, body
    return body.decode()


def summary(text):
    found = re.search(r'<p class="summary"[^>]*>(.*?)</p>', text, re.DOTALL)[1]
    return " ".join(unescape(re.sub("<[^>]+>", "", found)).split())


def labels(text):
    return [unescape(label) for label in re.findall(r"<h3><a [^>]*>(.*?)</a></h3>", text)]


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("", 3),
        ("?k=2", 2),
        ("?k=4", 4),
        ("?k=0", 1),
        ("?k=-7", 3),
        ("?k=abc", 3),
        ("?k=%D9%A3", 3),
        ("?k=" + "9" * 5000, 3),
    ],
)
def test_any_number_that_an_address_asks_for_gives_topics(explorer, asked, shown):
    text = page(explorer, f"/d/tiles/topics{asked}")

    assert summary(text) == f"{shown} topics"
    assert len(labels(text)) == shown


def test_a_fragment_is_the_part_of_the_page_that_changes(explorer):
    whole, part = (page(explorer, f"/d/tiles/topics?k=4{end}") for end in ("", "&fragment=1"))

    assert labels(part) == labels(whole)
    assert "<html" not in part
    areas = json.loads(re.search(r'id="areas">(.*?)</script>', part, re.DOTALL)[1])
    names = [area["name"] for area in areas if "name" in area]
    assert names == labels(whole)


@pytest.mark.parametrize("sort", ["weight", "name", "coherence", "change", "nonsense"])
def test_topics_are_sorted_as_asked(explorer, sort):
    found = labels(page(explorer, f"/d/tiles/topics?k=4&sort={sort}"))

    assert len(found) == 4
    assert sort != "name" or found == sorted(found, key=str.casefold)


def test_a_word_finds_the_topics_that_have_it(explorer, lake):
    rows = lake.scan(TOPICS, "tiles").collect().filter(topic_count=3)
    expected = sum("rocket" in words for words in rows["words"].to_list())

    text = page(explorer, "/d/tiles/topics?k=3&q=rockets")

    assert summary(text).startswith(f"{expected} of 3 topics with “rockets”")
    assert len(labels(text)) == expected > 0


def test_a_sentence_is_refused_where_no_model_can_place_it(explorer):
    text = page(explorer, "/d/tiles/topics?k=3&q=zzz+qqq")

    assert "the items brought their vectors" in summary(text)
    assert len(labels(text)) == 3


def test_an_item_finds_its_topics_and_items_like_it(explorer, lake):
    item = lake.scan(ITEMS, "tiles").sort("item_id").collect()["item_id"][0]

    text = page(explorer, f"/d/tiles/topics?k=3&like={item}")

    assert summary(text).startswith("What ")
    assert 0 < len(labels(text)) <= 3
    assert f"/item/{item}" in text


def test_what_was_looked_for_is_shown_as_text(explorer):
    text = page(explorer, f"/d/tiles/topics?q={quote('<script>alert(1)</script>')}")

    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text
    assert "has no item" in summary(page(explorer, "/d/tiles/topics?like=../../etc/passwd"))


def test_the_slider_cuts_again_and_its_link_restores_the_view(explorer, visit):
    with visit(f"{explorer}/d/tiles/topics?k=3") as seen:
        seen.page.locator("#k").press("ArrowRight")
        seen.page.wait_for_function("() => document.querySelector('.summary').dataset.count == '4'")
        seen.page.wait_for_function(
            "() => document.querySelector('figure.chart').vegaView?.data('topics').length == 4"
        )
        assert seen.page.url.endswith("?k=4&sort=weight")
        seen.page.locator("#q").fill("rocket")
        seen.page.locator("#q").press("Enter")
        seen.page.wait_for_function(
            "() => document.querySelector('.summary').innerText.includes('of 4')"
        )
        assert "q=rocket" in seen.page.url
        seen.page.reload()
        assert "“rocket”" in seen.page.locator(".summary").inner_text()
        seen.page.locator(".topics h3 a").first.click()
        assert "/topic/t" in seen.page.url
        assert not seen.troubles


def test_an_area_of_the_map_opens_its_topic(explorer, visit):
    with visit(f"{explorer}/d/tiles/topics?k=3") as seen:
        seen.page.locator("figure.chart[data-drawn] .mark-rect path").first.click()
        seen.page.wait_for_url("**/topic/t*")
        assert not seen.troubles


def post(explorer, content):
    place = urlsplit(explorer)
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=60)
    try:
        connection.request("POST", "/d/tiles/topics/picture?k=3", body=content)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_a_picture_that_no_encoder_reads_or_that_is_none_is_refused(explorer):
    assert post(explorer, b"\0" * (LARGEST_PICTURE + 1))[0] == 413
    status, text = post(explorer, b"no picture")

    assert status == 200
    assert "not found" in summary(text)


@pytest.mark.parametrize("dataset", ["posts", "tiles"])
def test_every_topic_has_a_page_that_names_it(explorer, lake, dataset):
    for row in lake.scan(TOPICS, dataset).collect().iter_rows(named=True):
        text = page(explorer, f"/d/{dataset}/topic/{row['topic_id']}?k={row['topic_count']}")
        assert unescape(re.search("<h1>(.*?)</h1>", text)[1])
        assert f'{row["item_count"]}</b> <span class="quiet">items' in text
        assert "<img src=x" not in text
        assert ("<mark>" in text) == (dataset == "posts")


def test_a_topic_that_is_none_is_not_found(explorer):
    assert ask(explorer, "/d/tiles/topic/t0123456789")[0] == 404
    assert ask(explorer, "/d/nobody/topic/t0123456789")[0] == 404


@given(text=st.text(), words=st.sets(st.sampled_from(["boat", "sail", "b", "mark", "script"])))
def test_marking_changes_nothing_but_marks(text, words):
    found = marked(text, words)

    assert str(found).replace("<mark>", "").replace("</mark>", "") == str(escape(text))


def test_forms_of_a_word_are_marked_and_markup_is_not_markup():
    found = marked("Boats & <b>boat</b>, boatswain: sailing", {"boat", "sail"})

    assert found == (
        "<mark>Boats</mark> &amp; &lt;b&gt;<mark>boat</mark>&lt;/b&gt;, "
        "boatswain: <mark>sailing</mark>"
    )
