"""Ask for the items of what was delivered to a dataset's folder; the rest follows by itself."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import dagster as dg

from resources.inbox import Inbox, Look
from resources.registry import Registry
from saetm.errors import InputError
from saetm_assets.partitions import DATASETS_PARTITIONS, SETTLED_TAG

MOST_WAITS = 10  # looks at a folder that never rests, before what has settled of it is taken
ITEMS = "items"
INBOX = "inbox/"  # no dataset can have a slash in its name


@dataclass(frozen=True, slots=True)
class Seen:
    """What is remembered of a dataset's folder."""

    asked: str | None = None  # fingerprint that a run was asked for
    last: str | None = None  # fingerprint at the last look
    newest_us: int = 0  # time of the newest file at the last look, by the store's own clock
    waits: int = 0  # looks since the folder began to change


def judge(look: Look, seen: Seen) -> tuple[Seen, int | None]:
    """Decide whether a folder is to be read: it has changed, and rests.

    It rests when two looks in a row find the same, so that no file is read while it is being
    written, whatever clock its times are from. Of a folder that never rests, what was there at
    the look before is read, and the rest is left for later. A new folder waits for its first file;
    one that was emptied is read, so that somebody is told.

    Returns:
        What to remember, and the time of the newest file to read; None where there is no news.

    Example:
        >>> look = Look(fingerprint="1", files=1, newest_us=7)
        >>> seen, _ = judge(look, Seen())
        >>> judge(look, seen)[1]
        7
    """
    current = look.fingerprint
    if current == seen.asked:
        return Seen(current, current, look.newest_us), None
    if seen.asked is None and not look.files:
        return Seen(None, current), None
    if current == seen.last:
        return Seen(current, current, look.newest_us), look.newest_us
    if seen.waits + 1 >= MOST_WAITS:
        return Seen(None, current, look.newest_us), seen.newest_us
    return Seen(seen.asked, current, look.newest_us, seen.waits + 1), None


def new_items_sensor(interval_seconds: int) -> dg.SensorDefinition:
    """Build the sensor that looks at every dataset's folder, without reading a file.

    A folder that cannot be read is reported and holds up no other; what was seen of it last is
    remembered, so that a lost mount that comes back is no news.
    """

    @dg.sensor(
        name="new_items",
        description="Asks for the items of every dataset whose folder has changed and rests.",
        target=[ITEMS],
        minimum_interval_seconds=interval_seconds,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def new_items(
        context: dg.SensorEvaluationContext,
        inbox: dg.ResourceParam[Inbox],
        registry: dg.ResourceParam[Registry],
    ) -> dg.SensorResult | dg.SkipReason:
        before = {name: Seen(**seen) for name, seen in json.loads(context.cursor or "{}").items()}
        looks, unread = _look(inbox, registry)
        judged = {name: judge(look, before.get(name, Seen())) for name, look in looks.items()}
        kept = {name: seen for name, seen in before.items() if {name, INBOX} & unread.keys()}
        after = {**kept, **{name: seen for name, (seen, _) in judged.items()}}
        context.update_cursor(json.dumps({name: asdict(seen) for name, seen in after.items()}))
        news = {name: until for name, (_, until) in judged.items() if until is not None}
        said = _said(looks, after, news, unread)
        if not news:
            return dg.SkipReason(said)
        context.log.info("%s", said)
        return dg.SensorResult(
            # No run key: a folder may come back to what it was, and a run too many writes nothing.
            run_requests=[
                dg.RunRequest(
                    partition_key=name,
                    asset_selection=[dg.AssetKey(ITEMS)],
                    tags={SETTLED_TAG: str(until)},
                )
                for name, until in news.items()
            ],
            dynamic_partitions_requests=[DATASETS_PARTITIONS.build_add_request(list(news))],
        )

    return new_items


def _look(inbox: Inbox, registry: Registry) -> tuple[dict[str, Look], dict[str, str]]:
    """Look at the folder of each dataset; return why some cannot be looked at beside.

    A union that was registered by name has none.
    """
    looks: dict[str, Look] = {}
    unread: dict[str, str] = {}
    try:
        below = inbox.datasets()
    except InputError as error:  # no reason to pass over datasets that lie elsewhere
        below, unread[INBOX] = [], str(error)
    folders = registry.folders(below)
    for name, folder in ((name, folder) for name, folder in folders.items() if folder):
        try:
            looks[name] = inbox.look(folder)
        except InputError as error:
            unread[name] = str(error)
    return looks, unread


def _said(
    looks: Mapping[str, Look],
    seen: Mapping[str, Seen],
    news: Mapping[str, int],
    unread: Mapping[str, str],
) -> str:
    """Say what was looked at, what is new, what still changes and what cannot be read."""
    files = sum(look.files for look in looks.values())
    fresh = f"news in {', '.join(map(repr, news))}" if news else "nothing new"
    parts = [f"looked at {files:,} files of {len(looks)} datasets: {fresh}"]
    parts += [f"{name!r} is still changing" for name, each in seen.items() if each.waits]
    parts += [f"{name!r} is empty" for name, look in looks.items() if not look.files]
    parts += [f"{name!r} cannot be read: {why}" for name, why in unread.items()]
    return "; ".join(parts)
