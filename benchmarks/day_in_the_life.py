"""A day in the life: photographs land while `saetm ui` runs, and nobody clicks.

    python benchmarks/day_in_the_life.py [--data FOLDER] [--first 1000] [--more 200]

FOLDER holds images and a metadata.jsonl with their captions; without one, prints are painted.
The first photographs go through the line. The others land in several drops, some of them amid
runs; then a few are taken away, and one gets another caption. When all is quiet, printed are the
rows that each stage computed at first and since, what became of the topics, and how many runs were
started while nothing was new.

With --screenshots FOLDER, the pages of the UI that show the day are kept as pictures.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.deliveries import Delivery, read_photographs
from benchmarks.topic_story import TopicStory, tell_topics
from benchmarks.watching import LOOK_SECONDS, ROW_TABLES, Watch, Work
from resources.lake import Lake
from resources.registry import Registry
from resources.settings import now
from resources.view import DatasetView
from saetm.tables import TOPICS
from saetm_assets.demo.prints import paint_prints
from tests.ui.served import serving

DATASET = "photographs"
SHOWN = 25  # topics, where nothing else is asked for
NEW_CAPTION = "Six penguins on an ice floe watch a ship of the polar expedition go by."

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """What is to happen."""

    first: int  # photographs that are there in the morning
    more: int  # that land later
    drops: int = 8  # in so many drops
    gone: int = 5  # of the first, taken away at the end
    seconds_between: float = 25  # two drops
    seconds_of_rest: float = 60  # with nothing new
    patience: float = 1800  # seconds until what was delivered must be through the line


@dataclass(frozen=True)
class Day:
    """What has happened."""

    first: dict[str, Work]  # by stage
    later: dict[str, Work]
    heights: dict[str, int]  # items in each table with a row per item, at the end
    topics: TopicStory
    runs: tuple[int, int, int]  # at first, later, and while nothing was new
    amid: int  # drops that landed while a run was waiting or under way
    last_word: str  # of the sensor, when nothing was new


def main() -> None:
    """Play the day and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="images with metadata.jsonl")
    parser.add_argument("--first", type=int, default=1000)
    parser.add_argument("--more", type=int, default=200)
    parser.add_argument("--home", type=Path, help="SAETM_HOME to keep; a temporary one if absent")
    parser.add_argument("--screenshots", type=Path, help="folder for pictures of the UI")
    arguments = parser.parse_args()
    plan, began = Plan(arguments.first, arguments.more), now()
    with tempfile.TemporaryDirectory() as scratch:
        source = arguments.data or painted(Path(scratch) / "prints", plan)
        home = (arguments.home or Path(scratch) / "home").resolve()
        with opened(home, source, plan) as (watch, delivery):
            print_day(play(watch, delivery, plan, print))
            if arguments.screenshots:
                from benchmarks.ui_pictures import take_pictures  # noqa: PLC0415  needs Chromium

                take_pictures(watch.served.address, arguments.screenshots, began)


def painted(folder: Path, plan: Plan) -> Path:
    """Paint as many prints as will be needed."""
    paint_prints(folder, count=plan.first + plan.more)
    return folder


@contextmanager
def opened(home: Path, source: Path, plan: Plan) -> Iterator[tuple[Watch, Delivery]]:
    """Serve a home, and open a folder of its inbox to deliver to."""
    home.mkdir(parents=True, exist_ok=True)
    lake, inbox = Lake(str(home / "lake")), home / "inbox"
    photographs = read_photographs(source, most=plan.first + plan.more)
    with serving(home, home / "ui.log", SAETM_LOOK_SECONDS=str(LOOK_SECONDS)) as served:
        watch = Watch(served, DatasetView(lake, DATASET), Registry(lake, inbox))
        yield watch, Delivery(photographs, inbox / DATASET)


def play(watch: Watch, delivery: Delivery, plan: Plan, tell: Tell) -> Day:
    """Let it all happen, and look at what came of it."""
    begin(watch, delivery, plan, tell)
    mark, first, runs = watch.newest(), watch.work(), len(watch.runs())
    before = watch.view.scan(TOPICS).collect()
    amid = drop(watch, delivery, plan, tell)
    runs_by_then = len(watch.runs())
    tell(f"{watch.clock}  nothing new for {plan.seconds_of_rest:.0f} s")
    time.sleep(plan.seconds_of_rest)
    return Day(
        first=first,
        later=watch.work(since=mark),
        heights={table.name: watch.count(table) for table in ROW_TABLES},
        topics=tell_topics(watch.view, before, since=mark, topic_count=SHOWN),
        runs=(runs, runs_by_then - runs, len(watch.runs()) - runs_by_then),
        amid=amid,
        last_word=watch.said("new_items"),
    )


def begin(watch: Watch, delivery: Delivery, plan: Plan, tell: Tell) -> None:
    """Let the first photographs land, and wait until they are through the line."""
    tell(f"{watch.clock}  {plan.first:,} photographs land")
    delivery.land(delivery.source.names[: plan.first])
    watch.rest(delivery, seconds=plan.patience)
    tell(f"{watch.clock}  they are through the line: {len(watch.runs())} runs")


def drop(watch: Watch, delivery: Delivery, plan: Plan, tell: Tell) -> int:
    """Let the others land drop by drop, and wait; return how many landed amid runs."""
    names = delivery.source.names[plan.first :]
    amid, before = 0, len(watch.runs())
    for number in range(plan.drops):
        landing = names[number :: plan.drops]
        is_amid = watch.is_busy()
        tell(f"{watch.clock}  {len(landing)} more land{', amid a run' * is_amid}")
        delivery.land(landing)
        amid += is_amid
        time.sleep(plan.seconds_between)
    delivery.remove(delivery.source.names[: plan.gone])
    delivery.describe(delivery.source.names[plan.gone], NEW_CAPTION)
    tell(f"{watch.clock}  {plan.gone} are taken away, and one gets another caption")
    watch.rest(delivery, seconds=plan.patience)
    tell(f"{watch.clock}  all of it is through the line: {len(watch.runs()) - before} runs")
    return amid


def print_day(day: Day) -> None:
    """Print what each stage computed, and what became of topics and runs."""
    print(f"\n{'rows computed':<18}{'at first':>9}{'':>9}{'later':>9}{'':>9}{'times':>7}")
    for stage, later in day.later.items():
        first = day.first[stage]
        cells = f"{first.rows:>9,}{first.seconds:>7.1f} s{later.rows:>9,}{later.seconds:>7.1f} s"
        print(f"{stage:<18}{cells}{later.times:>7}")
    topics, (first_runs, later_runs, idle_runs) = day.topics, day.runs
    changes = ", ".join(f"{count} {what}" for what, count in topics.changes.items()) or "no changes"
    print(
        f"\nof {topics.count} topics, {topics.kept} kept their ids ({topics.kept_mass:.0%} of the "
        f"mass); on the way: {changes}\n"
        f"{topics.asked_first} names were asked for at first, {topics.asked_later} later\n"
        f"{first_runs} runs at first, {later_runs} later, {idle_runs} while nothing was new\n"
        f"the sensor: {day.last_word}"
    )


if __name__ == "__main__":
    main()
