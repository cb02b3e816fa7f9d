"""The explorer, really served, on the home folder of the UI tests."""

import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn

from tests.ui.served import free_port

SCREENSHOTS = Path(__file__).resolve().parents[2] / "build" / "screenshots"


@contextmanager
def exploring(home_folder, token=None):
    """Serve the explorer of a home folder from a thread, and give its address."""
    from resources.settings import load_settings
    from saetm_assets.cli.explore import open_house
    from saetm_assets.explorer.app import create_app

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SAETM_HOME", str(home_folder))
        app = create_app(open_house(load_settings()), token)
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="session")
def explorer(home):
    """The address of an explorer of `posts` and `tiles`."""
    with exploring(home) as address:
        yield address


@pytest.fixture
def keep():
    """Return a function that keeps a screenshot of a page, for people to look at."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    return lambda page, name: page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)
