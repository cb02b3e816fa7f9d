"""Every page in a real browser, on texts and images whose words are hostile."""

import io

import polars as pl
import pytest
from axe_playwright_python.sync_playwright import Axe
from polars.testing import assert_frame_equal

from resources.lake import Lake
from saetm.tables import ITEMS, TOPICS
from tests.explorer.asking import ask

PAGES = (
    "/",
    "/d/{dataset}/topics?k=3",
    "/d/{dataset}/topic/{topic}?k=3",
    "/d/{dataset}/item/{item}",
    "/d/{dataset}/map",
    "/d/{dataset}/time",
    "/d/{dataset}/compare",
    "/d/{dataset}/compare?k=2&kind=all",
    "/d/{dataset}/compare?with=posts",
    "/d/{dataset}/align",
    "/d/{dataset}/scores",
    "/d/{dataset}/lineage",
    "/d/{dataset}/lineage?topic={topic}",
    "/d/{dataset}/report",
)
PAGES_WITH_PICTURES = (
    "/d/{dataset}/topics?k=3",
    "/d/{dataset}/topic/{topic}?k=3",
    "/d/{dataset}/item/{item}",
    "/d/{dataset}/compare?with=posts",
    "/d/{dataset}/report",
)
LOOKS = {
    "posts": (("light", 1280), ("dark", 1280), ("light", 390)),
    "tiles": (("light", 1280),),
}


@pytest.fixture(scope="module")
def names(home):
    """What stands for a topic and an item in the addresses, by dataset."""
    lake = Lake(str(home / "lake"))
    return {
        dataset: {
            "dataset": dataset,
            "topic": lake.scan(TOPICS, dataset).sort("rank").collect()["topic_id"][0],
            "item": lake.scan(ITEMS, dataset).sort("item_id").collect()["item_id"][0],
        }
        for dataset in ("posts", "tiles")
    }


@pytest.mark.parametrize(
    ("page", "dataset"),
    [(page, "posts") for page in PAGES] + [(page, "tiles") for page in PAGES_WITH_PICTURES],
)
def test_a_page_is_shown_as_it_should_be(explorer, visit, names, keep, page, dataset):
    address = explorer + page.format(**names[dataset])
    with visit(address) as seen:
        for scheme, width in LOOKS[dataset]:
            seen.page.emulate_media(color_scheme=scheme)
            seen.page.set_viewport_size({"width": width, "height": 900})
            seen.page.wait_for_function(
                "() => [...document.querySelectorAll('.chart')].every(f => 'drawn' in f.dataset)"
            )
            assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
            keep(seen.page, f"{_name(page)}-{dataset}-{scheme}-{width}")
            found = Axe().run(seen.page, options={"resultTypes": ["violations"]})
            assert not [_told(each) for each in found.response["violations"] if _is_serious(each)]
        assert seen.page.evaluate("window.owned") is None
        assert not seen.troubles


@pytest.mark.parametrize("page", PAGES)
def test_the_query_of_a_view_gives_what_its_download_holds(explorer, home, names, page):
    address = page.format(**names["tiles"])
    joint = "&" if "?" in address else "?"
    status, headers, body = ask(explorer, f"{address}{joint}format=parquet")
    assert (status, headers["content-type"]) == (200, "application/vnd.apache.parquet")
    assert ask(explorer, f"{address}{joint}format=csv")[0] == 200

    shown = _run(_query(explorer, address), home)

    assert_frame_equal(shown, pl.read_parquet(io.BytesIO(body)), check_dtypes=False)


def _query(explorer, address):
    """Take the query off the page, as a person does who copies it."""
    from html import unescape

    _, _, page = ask(explorer, address)
    text = page.decode()
    start = text.index('<code id="query">') + len('<code id="query">')
    return unescape(text[start : text.index("</code>", start)])


def _run(code, home):
    """Run the query; its last line is an expression."""
    *before, last = code.strip().split("\n")
    space = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SAETM_HOME", str(home))
        exec("\n".join(before), space)
        return eval(last, space)


def _name(page):
    return (
        page.partition("{dataset}/")[2]
        .replace("/{", "-{")
        .translate(str.maketrans("", "", "{}?=&/"))
        or "datasets"
    )


def _is_serious(violation):
    return violation["impact"] in {"serious", "critical"}


def _told(violation):
    return violation["id"], [node["html"][:200] for node in violation["nodes"][:3]]


def test_a_barrier_would_be_found(explorer, visit):
    with visit(explorer) as seen:
        seen.page.evaluate("document.body.append(new Image(4, 4))")
        found = Axe().run(seen.page)
        assert "image-alt" in {each["id"] for each in found.response["violations"]}
