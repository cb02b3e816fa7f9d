"""A day in the life: photographs land while `saetm ui` runs, and nobody clicks.

    python benchmarks/day_in_the_life.py [--data FOLDER] [--first 1000] [--more 200]

FOLDER holds images and a metadata.jsonl with their captions; without one, prints are painted.
The first photographs go through the line. The others land in several drops, some of them amid
runs; then a few are taken away, and one gets another caption. When all is quiet, told are the
rows that each stage computed at first and since, what became of the topics, and how many runs were
started while nothing was new.

With --screenshots FOLDER, the pages of the UI that show the day are kept as pictures.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.deliveries import Delivery, read_photographs
from benchmarks.published import Cell, Heading, arguments, publish
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


SHORT = Plan(60, 10, drops=2, gone=1, seconds_between=5, seconds_of_rest=15)


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
    """Play the day and publish what was computed."""
    parser = arguments(__doc__)
    parser.add_argument("--data", type=Path, help="images with metadata.jsonl")
    parser.add_argument("--first", type=int, default=1000)
    parser.add_argument("--more", type=int, default=200)
    parser.add_argument("--home", type=Path, help="SAETM_HOME to keep; a temporary one if absent")
    parser.add_argument("--screenshots", type=Path, help="folder for pictures of the UI")
    options = parser.parse_args()
    plan, began = SHORT if options.short else Plan(options.first, options.more), now()
    with tempfile.TemporaryDirectory() as scratch:
        source = options.data or painted(Path(scratch) / "prints", plan)
        home = (options.home or Path(scratch) / "home").resolve()
        with opened(home, source, plan) as (watch, delivery):
            day = play(watch, delivery, plan, print)
            publish(options.results, "day_in_the_life", rows_of(day), heading(plan, day))
            if options.screenshots:
                from benchmarks.ui_pictures import take_pictures  # noqa: PLC0415  needs Chromium

                take_pictures(watch.served.address, options.screenshots, began)


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


def rows_of(day: Day) -> list[dict[str, Cell]]:
    """Return what each stage computed, at first and later."""
    return [
        {
            "stage": stage,
            "rows at first": day.first[stage].rows,
            "seconds at first": day.first[stage].seconds,
            "rows later": later.rows,
            "seconds later": later.seconds,
            "times later": later.times,
        }
        for stage, later in day.later.items()
    ]


def heading(plan: Plan, day: Day) -> Heading:
    """Say what happened, and what became of topics and runs."""
    topics, (first_runs, later_runs, idle_runs) = day.topics, day.runs
    changes = ", ".join(f"{count} {what}" for what, count in topics.changes.items()) or "no changes"
    return Heading(
        "A day in the life",
        f"{plan.first:,} photographs lie in the inbox while the UI and its daemon run; {plan.more} "
        f"more land in {plan.drops} drops, {day.amid} of them amid a run; then {plan.gone} are "
        "taken away and one gets another caption. Row work is computed once per item that came; "
        "the rest follows as often as there was something new. "
        f"Of {topics.count} topics, {topics.kept} kept their ids ({topics.kept_mass:.0%} of the "
        f"mass); on the way: {changes}. {topics.asked_first} names were asked for at first, "
        f"{topics.asked_later} later. {first_runs} runs at first, {later_runs} later, {idle_runs} "
        f"while nothing was new; the sensor's last word: {day.last_word}",
        "python benchmarks/day_in_the_life.py",
    )


if __name__ == "__main__":
    main()
