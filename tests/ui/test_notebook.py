"""The notebook runs from top to bottom, and a browser shows it without an error."""

import os
import subprocess
import sys
import urllib.request
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.ui.served import free_port, waited

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = ROOT / "docs" / "notebooks" / "one_dataset.py"
SCREENSHOTS = ROOT / "build" / "screenshots"
SECONDS = 120

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("marimo") is None, reason="pip install saetm[notebook]"),
]


def environment(home_folder):
    return {**os.environ, "SAETM_HOME": str(home_folder)}  # noqa: TID251  handed on as it is


def answers(address):
    try:
        return urllib.request.urlopen(address, timeout=30).status
    except OSError:
        return None


@pytest.mark.parametrize("dataset", ["posts", "tiles"])
def test_every_cell_runs(home, dataset):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", NOTEBOOK, "--", "--dataset", dataset],
        env=environment(home),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr


def test_a_browser_shows_topics_pictures_and_lineage(home, visit):
    port = free_port()
    command = ["marimo", "run", NOTEBOOK, "--headless", "--no-token", "--port", str(port)]
    with subprocess.Popen(
        [sys.executable, "-m", *command, "--", "--dataset", "tiles"],
        cwd=ROOT,
        env=environment(home),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        try:
            address = f"http://127.0.0.1:{port}"
            assert waited(lambda: answers(address), SECONDS) == 200
            with visit(address) as seen:
                seen.page.get_by_role("heading", name="One item").wait_for(timeout=60_000)
                seen.page.locator("canvas, svg.marks").first.wait_for()
                seen.page.locator("img").first.wait_for()
                SCREENSHOTS.mkdir(parents=True, exist_ok=True)
                seen.page.screenshot(path=SCREENSHOTS / "notebook.png", full_page=True)

                widths = seen.page.evaluate("[...document.images].map(each => each.naturalWidth)")
                assert len(widths) >= 4
                assert all(widths)
                assert seen.page.evaluate("window.owned") is None
                assert not seen.troubles
        finally:
            server.terminate()
