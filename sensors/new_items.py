"""Take a dataset through the line when files were delivered to its folder."""

import json

import dagster as dg

from resources.inbox import Inbox
from resources.registry import Registry
from saetm.errors import InputError

INTERVAL_SECONDS = 30


def changed(now: dict[str, str], seen: dict[str, str]) -> list[str]:
    """Return the datasets whose fingerprint is not the one seen last, sorted.

    Example:
        >>> changed({"a": "1", "b": "2"}, seen={"a": "1"})
        ['b']
    """
    return sorted(name for name, fingerprint in now.items() if seen.get(name) != fingerprint)


@dg.sensor(target=dg.AssetSelection.all(), minimum_interval_seconds=INTERVAL_SECONDS)
def new_items(
    context: dg.SensorEvaluationContext,
    inbox: dg.ResourceParam[Inbox],
    registry: dg.ResourceParam[Registry],
) -> dg.SensorResult | dg.SkipReason:
    """Ask for a run of each dataset whose folder changed.

    A folder that cannot be read is reported and holds up no other; what was seen of it last is
    remembered, so that a lost mount that comes back is no news.
    """
    now, unread = _look(inbox, registry)
    seen: dict[str, str] = json.loads(context.cursor or "{}")
    news = changed(now, seen=seen)
    trouble = "".join(f"; {name!r} cannot be read: {why}" for name, why in unread.items())
    if not news:
        return dg.SkipReason(f"looked at {len(now)} datasets: nothing new{trouble}")
    if trouble:
        context.log.warning("%s datasets have news%s", len(news), trouble)
    remembered = {name: seen[name] for name in unread if name in seen}
    partitions = dg.DynamicPartitionsDefinition(name="datasets")
    return dg.SensorResult(
        # No run key: a folder may come back to what it was, and a run too many writes nothing.
        run_requests=[dg.RunRequest(partition_key=name) for name in news],
        dynamic_partitions_requests=[partitions.build_add_request(news)],
        cursor=json.dumps({**remembered, **now}),
    )


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
