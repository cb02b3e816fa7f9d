"""Take a dataset through the line when files were delivered to its folder."""

import json

import dagster as dg

from resources.inbox import Inbox
from resources.registry import Registry

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
    """Ask for a run of each dataset whose folder changed; a failed read raises."""
    folders = {name: inbox.folder(name) for name in inbox.datasets()}
    folders |= {name: registry.find(name).folder for name in registry.names()}
    now = {name: inbox.fingerprint(folder) for name, folder in folders.items()}
    news = changed(now, seen=json.loads(context.cursor or "{}"))
    if not news:
        return dg.SkipReason(f"looked at {len(now)} datasets: nothing new")
    partitions = dg.DynamicPartitionsDefinition(name="datasets")
    return dg.SensorResult(
        run_requests=[
            dg.RunRequest(run_key=f"{name}:{now[name]}", partition_key=name) for name in news
        ],
        dynamic_partitions_requests=[partitions.build_add_request(news)],
        cursor=json.dumps(now),
    )
