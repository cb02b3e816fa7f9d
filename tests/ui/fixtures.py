"""A home folder with hostile texts and painted tiles, and a browser that notes what goes wrong."""

import json
import random
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import pytest

CHROMIUM = Path("/usr/bin/chromium")
LEXICON = "simplemma"  # `auto` finds NLTK's data in a process that has looked for them before
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
QUIET_FLAGS = ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
HOSTILE = """<img src=x onerror="window.owned=1;alert(1)"> $x$ | `rm` ](javascript:alert(2))"""
THEMES = {
    "kitchen": "butter flour oven bread sugar dough recipe spoon kitchen cake onion garlic soup",
    "space": "planet orbit rocket moon star telescope galaxy astronaut comet gravity launch mars",
    "football": "goal referee striker match ball stadium league coach penalty team midfield keeper",
}
RANGED = 4  # the image whose date is a range
COLOURS = {"kitchen": "#c2582d", "space": "#26355e", "football": "#3d7a3a"}


@pytest.fixture(scope="session")
def home(tmp_path_factory):
    """A home with `posts` (20 hostile texts) and `tiles` (18 images), both through the line."""
    root = tmp_path_factory.mktemp("served")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SAETM_HOME", str(root / "home"))
        patch.setenv("SAETM_LEXICON", LEXICON)
        _take("posts", _posts(root / "posts"))
        _take("tiles", _tiles(root / "tiles"))
    return root / "home"


@dataclass
class Visit:
    """A page in the browser, and what went wrong while it was shown."""

    page: object
    troubles: list[str] = field(default_factory=list)

    def note(self, kind, text):
        self.troubles.append(f"{kind}: {text[:300]}")


@pytest.fixture(scope="module")  # an event loop runs in this thread as long as it is open
def browser(tmp_path_factory):
    if find_spec("playwright") is None:
        pytest.skip("playwright is not installed")
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is not there: install Debian's chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            str(tmp_path_factory.mktemp("profile")),
            executable_path=str(CHROMIUM),
            args=[*FLAGS, *QUIET_FLAGS],
            viewport={"width": 1280, "height": 1600},
        )
        yield context
        context.close()


@pytest.fixture
def visit(browser):
    """Return a function that opens an address and lists errors, dialogs and foreign requests."""

    @contextmanager
    def opened(address, **media):
        own = address.split("/")[2]  # host and port; empty for files
        seen = Visit(browser.new_page())
        page = seen.page
        page.on("console", lambda said: said.type == "error" and seen.note("console", said.text))
        page.on("pageerror", lambda error: seen.note("error", str(error)))
        page.on("dialog", lambda dialog: (seen.note("dialog", dialog.message), dialog.dismiss()))
        page.on("request", lambda sent: _is_foreign(sent.url, own) and seen.note("sent", sent.url))
        page.emulate_media(**media)
        try:
            page.goto(address)
            yield seen
        finally:
            page.close()

    return opened


def _is_foreign(url, own):
    if url.startswith(("data:", "blob:")):
        return False
    return url.split("/")[2] != own or url.endswith("/x")


def _take(name, folder):
    from saetm_assets.cli.add import add_dataset
    from saetm_assets.cli.run import run_dataset

    add_dataset(name, folder, ["topic_count=3", "topic_counts=[2]"])
    run_dataset(name, [], quiet=True)


def _text(number):
    theme = THEMES[_theme(number)].split()
    return f"{HOSTILE} The {' and the '.join(random.Random(number).choices(theme, k=12))}."


def _vector(number):
    """A vector near the corner of its theme, so that no encoder has to be loaded."""
    draw = random.Random(number)
    corner = number % len(THEMES)
    return [(at == corner) + draw.gauss(0, 0.1) for at in range(8)]


def _theme(number):
    return list(THEMES)[number % len(THEMES)]


def _posts(folder):
    folder.mkdir()
    rows = [
        {
            "text": _text(number),
            "group": f"{HOSTILE}{number % 2}",
            "timestamp": f"{1990 + number}-03-01",
            "embedding": _vector(number),
        }
        for number in range(20)
    ]
    (folder / "posts.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    return folder


def _tiles(folder):
    from PIL import Image

    folder.mkdir()
    rows = [
        {
            "file_name": f"{number}.png",
            "caption": _text(number),
            "embedding": _vector(number),
            "group": _theme(number),
            "timestamp": "1994-03-01/1996-06" if number == RANGED else f"{1990 + number}-03-01",
        }
        for number in range(18)
    ]
    (folder / "metadata.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    for number in range(18):
        tile = Image.new("RGB", (64 + number, 64), COLOURS[_theme(number)])
        tile.save(folder / f"{number}.png")
    return folder
