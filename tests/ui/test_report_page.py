import shutil

import pytest
from click.testing import CliRunner

from resources.inbox import Inbox
from resources.lake import Lake
from resources.view import DatasetView
from saetm_assets.cli.main import main
from saetm_assets.page.cards import topic_cards

LIGHT, DARK = (250, 249, 246), (17, 22, 28)


@pytest.mark.parametrize("dataset", ["posts", "tiles"])
@pytest.mark.parametrize(
    ("scheme", "width", "paper"),
    [("light", 1280, LIGHT), ("dark", 1280, DARK), ("light", 390, LIGHT)],
)
def test_the_report_fits_the_screen_and_needs_nothing_else(
    home, visit, dataset, scheme, width, paper
):
    with visit(f"file://{home}/reports/{dataset}.html", color_scheme=scheme) as seen:
        seen.page.set_viewport_size({"width": width, "height": 900})

        assert seen.page.evaluate("getComputedStyle(document.body).backgroundColor") == (
            f"rgb{paper}"
        )
        assert seen.page.evaluate("document.documentElement.scrollWidth") == width
        assert seen.page.locator("section.card").count() == 3
        assert not seen.troubles


def test_hostile_text_stays_text_on_the_report(home, visit):
    with visit(f"file://{home}/reports/posts.html") as seen:
        assert "<img src=x onerror=" in seen.page.locator("blockquote").first.inner_text()
        assert seen.page.locator("img").count() == 0
        assert seen.page.evaluate("window.owned") is None
        assert not seen.troubles


def test_every_thumbnail_of_the_report_is_shown(home, visit):
    with visit(f"file://{home}/reports/tiles.html") as seen:
        widths = seen.page.evaluate("[...document.images].map(image => image.naturalWidth)")

        assert len(widths) >= 18
        assert set(widths) == {176}
        assert not seen.troubles


def test_the_list_at_a_glance_leads_to_each_topic(home, visit):
    with visit(f"file://{home}/reports/posts.html") as seen:
        targets = seen.page.evaluate(
            "[...document.querySelectorAll('nav a')].map(link => link.hash.slice(1))"
        )
        topics = seen.page.evaluate(
            "[...document.querySelectorAll('section.card')].map(topic => topic.id)"
        )

        assert targets == topics
        assert len(set(topics)) == 3


def test_a_picture_that_has_gone_is_left_out_and_fails_nothing(home, tmp_path):
    folder = shutil.copytree(home.parent / "tiles", tmp_path / "tiles")
    view = DatasetView(Lake(str(home / "lake")), "tiles")

    def look(_item_id, _dataset, path):
        return Inbox("").read(str(folder), path)

    before = topic_cards(view, 3, look)
    (folder / "4.png").unlink()

    after = topic_cards(view, 3, look)

    shown, left = (sum(len(card.pictures) for card in cards) for cards in (before, after))
    assert 0 < left < shown  # an item may show several topics
    assert [card.topic_id for card in after] == [card.topic_id for card in before]


def test_the_report_is_written_into_a_file(home, tmp_path, monkeypatch):
    monkeypatch.setenv("SAETM_HOME", str(home))
    file = tmp_path / "a page.html"

    wrote = CliRunner().invoke(main, ["report", "posts", "--to", str(file)])
    refused = CliRunner().invoke(main, ["report", "nobody"])

    assert wrote.exit_code == 0
    assert file.read_text() == (home / "reports" / "posts.html").read_text()
    assert (refused.exit_code, "no dataset is called" in refused.stderr) == (1, True)


def test_charts_are_drawn_and_nothing_else_may_run(home, visit):
    with visit(f"file://{home}/reports/tiles.html") as seen:
        seen.page.wait_for_selector("figure[data-drawn]")
        seen.page.wait_for_function(
            "() => [...document.querySelectorAll('figure')].every(each => 'drawn' in each.dataset)"
        )
        assert seen.page.locator("figure").count() == 3
        seen.page.evaluate(
            "document.body.append(Object.assign(document.createElement('script'),"
            " {textContent: 'window.owned = 1'}))"
        )
        assert seen.page.evaluate("window.owned") is None
        assert len(seen.troubles) == 1  # the policy says that it refused
