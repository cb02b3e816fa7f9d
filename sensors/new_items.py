"""Register what was delivered to a dataset's folder; the rest of the line follows by itself."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import dagster as dg

from resources.inbox import Inbox
from resources.registry import Registry
from saetm.errors import InputError
from saetm_assets.partitions import DATASETS_PARTITIONS

MOST_LOOKS = 20  # at a folder that never rests, before it is taken as it is
ITEMS = "items"


@dataclass(frozen=True, slots=True)
class Seen:
    """What is remembered of a dataset's folder."""

    taken: str | None = None  # fingerprint that a run was asked for
    last: str | None = None  # fingerprint at the last look
    looks: int = 0  # looks since the folder began to change


def look_at(now: str, seen: Seen) -> tuple[Seen, bool]:
    """Decide whether a folder is to be taken: it has changed, and rests.

    It rests when two looks in a row find the same. So a file is not taken while it is being
    written, whatever clock its times are from.

    Example:
        >>> seen, take = look_at("1", Seen())
        >>> take, look_at("1", seen)[1]
        (False, True)
    """
    if now == seen.taken:
        return Seen(taken=now, last=now), False
    if now == seen.last or seen.looks + 1 >= MOST_LOOKS:
        return Seen(taken=now, last=now), True
    return Seen(seen.taken, now, seen.looks + 1), False


def new_items_sensor(interval_seconds: int) -> dg.SensorDefinition:
    """Build the sensor that looks at every dataset's folder."""

    @dg.sensor(
        name="new_items",
        description="Asks for items of every dataset whose folder has changed and rests.",
        target=[ITEMS],
        minimum_interval_seconds=interval_seconds,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def new_items(
        context: dg.SensorEvaluationContext,
        inbox: dg.ResourceParam[Inbox],
        registry: dg.ResourceParam[Registry],
    ) -> dg.SensorResult | dg.SkipReason:
        """Ask for a run of each dataset whose folder has news.

        A folder that cannot be read is reported and holds up no other; what was seen of it last
        is remembered, so that a lost mount that comes back is no news.
        """
        before = {name: Seen(**seen) for name, seen in json.loads(context.cursor or "{}").items()}
        now, unread = _look(inbox, registry)
        looks = {name: look_at(print_, before.get(name, Seen())) for name, print_ in now.items()}
        news = sorted(name for name, (_, is_taken) in looks.items() if is_taken)
        kept = {name: before[name] for name in unread if name in before}
        after = {**kept, **{name: seen for name, (seen, _) in looks.items()}}
        context.update_cursor(json.dumps({name: asdict(seen) for name, seen in after.items()}))
        trouble = _trouble(after, unread)
        if not news:
            return dg.SkipReason(f"looked at {len(now)} datasets: nothing new{trouble}")
        if trouble:
            context.log.warning("%s datasets have news%s", len(news), trouble)
        return dg.SensorResult(
            # No run key: a folder may come back to what it was, and a run too many writes nothing.
            run_requests=[
                dg.RunRequest(partition_key=name, asset_selection=[dg.AssetKey(ITEMS)])
                for name in news
            ],
            dynamic_partitions_requests=[DATASETS_PARTITIONS.build_add_request(news)],
        )

    return new_items


def _look(inbox: Inbox, registry: Registry) -> tuple[dict[str, str], dict[str, str]]:
    """Return the fingerprint of each dataset, and why some have none."""
    now: dict[str, str] = {}
    unread: dict[str, str] = {}
    for name in sorted({*inbox.datasets(), *registry.names()}):
        try:
            now[name] = inbox.fingerprint(registry.find(name).folder)
        except InputError as error:
            unread[name] = str(error)
    return now, unread


def _trouble(seen: Mapping[str, Seen], unread: Mapping[str, str]) -> str:
    restless = [f"; {name!r} is still changing" for name, each in seen.items() if each.looks]
    lost = [f"; {name!r} cannot be read: {why}" for name, why in unread.items()]
    return "".join([*restless, *lost])
