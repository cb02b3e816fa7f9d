"""Pictures of the pages of the Dagster UI that show what ran by itself."""

from datetime import datetime, timedelta
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
# The timeline shows two hours at least, and a day of a benchmark takes minutes: on a screen as
# wide as a wall, with a clock that is ahead, these minutes lie beside the names of the sensors.
WALL, WIDTH = 9600, 1160
SHOWN_BEFORE = timedelta(minutes=60)  # of the two hours, what lies behind the present
NAVIGATION, HEADER, ROWS = 68, 172, 97  # pixels at the left and at the top, and of what is shown


def take_pictures(address: str, folder: Path, began: datetime) -> None:
    """Keep the timeline of runs and the list of automations as pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        take_timeline(browser, address, folder / "timeline.png", began)
        page = browser.new_page(viewport={"width": WIDTH, "height": 680})
        page.goto(f"{address}/automation")
        settle(page, "new_items")
        page.screenshot(path=folder / "automation.png")
        browser.close()


def take_timeline(browser: Browser, address: str, target: Path, began: datetime) -> None:
    """Show the runs by the sensor that asked for them, from the beginning on."""
    page = browser.new_page(viewport={"width": WALL, "height": 280})
    page.clock.install(time=began + SHOWN_BEFORE)
    page.goto(f"{address}/overview/activity/timeline?groupBy=automation")
    page.get_by_text("Hide navigation").click()
    page.get_by_text("1hr", exact=True).click()
    settle(page, "new_items")
    rows = {"x": NAVIGATION, "y": HEADER, "width": WIDTH, "height": ROWS}
    page.screenshot(path=target, clip=rows)
    page.close()


def settle(page: Page, text: str) -> None:
    """Wait until a page shows a text, and its spinners are gone."""
    page.get_by_text(text, exact=True).first.wait_for()
    page.wait_for_timeout(3000)
