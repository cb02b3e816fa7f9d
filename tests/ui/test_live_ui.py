import re
import urllib.request

import pytest

from saetm_assets.definitions import STAGES
from tests.ui.fixtures import LEXICON
from tests.ui.served import ROOT, free_port, serving, waited

SCREENSHOTS = ROOT / "build" / "screenshots"
ASSETS = [stage.key.to_user_string() for stage in STAGES]
ADD_PARTITION = """
mutation($repository: RepositorySelector!, $key: String!) {
  addDynamicPartition(
    partitionsDefName: "datasets", partitionKey: $key, repositorySelector: $repository
  ) { __typename }
}"""


@pytest.fixture(scope="module")
def explorer():
    """The address of the explorer beside the UI."""
    return f"http://127.0.0.1:{free_port()}"


@pytest.fixture(scope="module")
def served(home, explorer, tmp_path_factory):
    """A live UI; that it ends when asked and leaves no service behind is checked at the end."""
    log = tmp_path_factory.mktemp("log") / "ui.log"
    settings = {
        "SAETM_LOOK_SECONDS": "3600",  # only what is clicked runs
        "SAETM_LEXICON": LEXICON,
        "SAETM_EXPLORER_URL": explorer,
    }
    with serving(home, log, **settings) as running:
        yield running


@pytest.fixture(scope="module")
def launched(served, home):
    """Three runs at once: all of a dataset, one asset of a new one, one that must fail."""
    folder = home / "inbox" / "notes"
    folder.mkdir(parents=True)
    for number in range(3):
        (folder / f"{number}.txt").write_text(f"A note on bread, number {number}")
    repository = {"repositoryName": "__repository__", **served.location()}
    added = served.ask(ADD_PARTITION, repository=repository, key="notes")["addDynamicPartition"]
    assert added["__typename"] == "AddDynamicPartitionSuccess"
    return {
        "posts": served.launch("posts", *ASSETS),
        "notes": served.launch("notes", "items"),
        "nowhere": served.launch("nowhere", "items"),
    }


def keep(page, name):
    """Keep a screenshot, for people to look at."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"dagster_{name}.png")


def test_a_run_of_the_command_line_is_listed_with_its_partition(served):
    runs = served.ask(
        "{runsOrError {... on Runs {results {status tags {key value} assetSelection {path}}}}}"
    )["runsOrError"]["results"]
    by_partition = {
        tag["value"]: run
        for run in runs
        for tag in run["tags"]
        if tag["key"] == "dagster/partition"
    }

    assert by_partition["tiles"]["status"] == "SUCCESS"
    assert {key["path"][0] for key in by_partition["tiles"]["assetSelection"]} == set(ASSETS)


def test_launching_a_whole_partition_again_writes_no_row(served, launched):
    assert served.finish(launched["posts"]) == "SUCCESS"
    assert served.written(launched["posts"]) == dict.fromkeys(ASSETS, 0)


def test_one_asset_of_a_partition_that_was_added_in_the_ui_can_be_launched(served, launched):
    assert served.finish(launched["notes"]) == "SUCCESS"
    assert served.written(launched["notes"]) == {"items": 3}


def test_a_failing_asset_says_what_to_do_and_is_not_run_again(served, launched):
    assert served.finish(launched["nowhere"]) == "FAILURE"
    message = served.failures(launched["nowhere"])["items"]
    assert "no dataset is called 'nowhere': add it with `saetm add`" in message
    assert ("dagster/will_retry", "true") not in served.tags(launched["nowhere"])


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/asset-groups", "autoencoder"),
        ("/assets/topics", "One row is a topic"),
        ("/assets/items?view=partitions&partition=posts", "rows_written"),
        ("/assets/topics?view=checks", "empty_topics"),
        ("/runs", "partition: tiles"),
    ],
)
def test_a_page_of_the_ui_shows_its_content_without_an_error(served, visit, path, shown):
    with visit(served.address + path) as seen:
        seen.page.get_by_text(shown).first.wait_for(timeout=30_000)

        assert not seen.troubles


def test_a_histogram_is_visible_at_once_beside_hostile_captions(served, visit):
    address = f"{served.address}/assets/captions?view=partitions&partition=tiles"
    with visit(address) as seen:
        chart = seen.page.locator("img[src^='data:image/svg']").first
        chart.wait_for(timeout=30_000)

        assert chart.evaluate("image => image.naturalWidth") == 360
        assert seen.page.locator("td", has_text="<img src=x onerror=").count() >= 5
        assert seen.page.evaluate("window.owned") is None
        assert not seen.troubles


def test_a_hostile_group_name_is_drawn_and_runs_nothing(served, visit):
    address = f"{served.address}/assets/items?view=partitions&partition=posts"
    with visit(address) as seen:
        chart = seen.page.locator("img[src^='data:image/svg']").first
        chart.wait_for(timeout=30_000)

        assert chart.evaluate("image => image.naturalWidth") > 0
        assert seen.page.locator("img[src='x']").count() == 0
        assert seen.page.evaluate("window.owned") is None
        assert not seen.troubles


def test_the_explorer_is_served_beside_the_ui(served, explorer):
    assert served.process.poll() is None
    with urllib.request.urlopen(explorer, timeout=30) as answer:
        assert answer.status == 200


def test_topics_lead_to_their_pages_in_the_explorer(served, visit):
    address = f"{served.address}/assets/topics?view=partitions&partition=tiles"
    with visit(address) as seen:
        row = seen.page.locator("tr", has=seen.page.get_by_text("topics", exact=True))
        row.get_by_text("[Show Markdown]").click(timeout=30_000)
        links = seen.page.locator("a[href*='/d/tiles/topic/t']")
        links.first.wait_for(timeout=30_000)
        drawn = seen.page.locator("tr", has=links).locator("img[src^='data:image/svg']")
        keep(seen.page, "topics")

        assert links.count() == drawn.count() == 3
        assert drawn.first.evaluate("image => image.naturalWidth") > 0
        assert seen.page.evaluate("window.owned") is None
        assert not seen.troubles


def test_the_lineage_of_topics_is_drawn(served, visit):
    with visit(f"{served.address}/assets/topics?view=lineage") as seen:
        for neighbour in ("emission_matrix", "topic_summaries"):
            seen.page.get_by_text(neighbour, exact=True).first.wait_for(timeout=30_000)
        keep(seen.page, "lineage")

        assert not seen.troubles


@pytest.mark.slow
def test_a_click_materialises_topics_whose_links_open_the_explorer_and_lead_back(
    served, explorer, visit
):
    address = f"{served.address}/assets/topics?view=partitions&partition=posts"
    with visit(address) as seen:
        page = seen.page
        before = len(_runs(served))
        page.locator("button", has_text=re.compile("^Materialize")).first.click(timeout=30_000)
        page.locator("button", has_text="Launch 1 run").click(timeout=30_000)
        run = waited(lambda: (runs := _runs(served))[before:] and runs[0], 60)
        assert served.finish(run) == "SUCCESS"
        page.goto(address)
        page.locator(f"a[href^='/runs/{run}']").first.wait_for(timeout=60_000)
        keep(page, "materialised")
        row = page.locator("tr", has=page.get_by_text("topics", exact=True))
        row.get_by_text("[Show Markdown]").click()
        page.locator(f"a[href^='{explorer}/d/posts/topic/']").first.click(timeout=30_000)
        page.wait_for_url(f"{explorer}/d/posts/topic/*")
        keep(page, "to_the_explorer")
        assert page.locator("main h1").count() == 1
        page.goto(f"{explorer}/d/posts/lineage")
        back = page.locator(f"a[href^='{served.address}/runs/']").first
        back.click(timeout=30_000)
        page.wait_for_url(f"{served.address}/runs/*")
        assert page.evaluate("window.owned") is None


def _runs(served):
    """Return the ids of all runs, the newest first."""
    found = served.ask("{runsOrError {... on Runs {results {runId}}}}")["runsOrError"]["results"]
    return [run["runId"] for run in found]
