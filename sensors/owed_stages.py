"""Ask for stages whose settings or code have changed, or whose change was lost on the way."""

import json
from collections.abc import Mapping, Sequence

import dagster as dg

from resources.lake import Lake
from resources.registry import Registry
from resources.view import ledgers
from saetm.owed import Stage, owed, with_members
from saetm_assets.partitions import PARTITION_TAG, UNFINISHED

Owed = dict[str, dict[str, str]]  # dataset to stage to the input version that it would have


def owed_stages_sensor(line: Sequence[Stage], interval_seconds: int) -> dg.SensorDefinition:
    """Build the sensor over the stages in the order in which data flows.

    Conditions inside the graph follow data. This one compares, for every stage, what it was
    computed from with what it would be computed from now: options and code included. It asks
    once for each difference, and only when it has stood for two looks, so that a condition can
    act first. A dataset whose last run failed waits for a person, or for other options.

    Conditions do not see from one partition to another. So this is also what has a union follow
    its members, once they owe nothing and no run of theirs is under way.
    """

    @dg.sensor(
        name="owed_stages",
        description="Asks for stages whose options or code have changed since they ran.",
        target=[stage.name for stage in line],
        minimum_interval_seconds=interval_seconds,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def owed_stages(
        context: dg.SensorEvaluationContext,
        lake: dg.ResourceParam[Lake],
        registry: dg.ResourceParam[Registry],
    ) -> dg.SensorResult | dg.SkipReason:
        found = _look(line, lake, registry)
        cursor = json.loads(context.cursor or '{"seen": {}, "asked": {}}')
        standing = _news(found, cursor["seen"], cursor["asked"])
        free = {
            name: news
            for name, news in standing.items()
            if _is_free(context.instance, registry, name)
        }
        asked = {name: {**cursor["asked"].get(name, {}), **free.get(name, {})} for name in found}
        context.update_cursor(json.dumps({"seen": found, "asked": asked}))
        if not free:
            waiting = sorted(set(found) - set(free))
            said = f"; waiting: {', '.join(map(repr, waiting))}" if waiting else ""
            return dg.SkipReason(f"compared {len(line)} stages of every dataset{said}")
        return dg.SensorResult(
            run_requests=[
                dg.RunRequest(
                    partition_key=name,
                    asset_selection=[dg.AssetKey(stage) for stage in news],
                    tags={"saetm/reason": "options or code have changed"},
                )
                for name, news in free.items()
            ]
        )

    return owed_stages


def _look(line: Sequence[Stage], lake: Lake, registry: Registry) -> Owed:
    """Return what each dataset that ever ran owes."""
    every = ledgers(lake)
    found, members = {}, {}
    for each in registry.every():
        if each.dataset in every:
            ledger = with_members(every, each.dataset, each.options)
            found[each.dataset] = owed(line, each.options, ledger)
            members[each.dataset] = each.options.members
    behind = {name for name, stages in found.items() if stages}
    return {name: found[name] for name in found if name in behind - _waiting(behind, members)}


def _waiting(behind: set[str], members: Mapping[str, Sequence[str]]) -> set[str]:
    """Return the unions that wait, since one half of a member's news is not worth a fit."""
    return {name for name in behind if not behind.isdisjoint(members[name])}


def _news(found: Owed, seen: Owed, asked: Owed) -> Owed:
    """Return what was owed at the last look already, and was not asked for since."""
    standing = {
        name: {
            stage: version
            for stage, version in stages.items()
            if seen.get(name, {}).get(stage) == version
            and asked.get(name, {}).get(stage) != version
        }
        for name, stages in found.items()
    }
    return {name: stages for name, stages in standing.items() if stages}


def _is_free(instance: dg.DagsterInstance, registry: Registry, dataset: str) -> bool:
    """Tell whether nothing runs for a dataset or a member of it, and what ran last did not fail.

    A dataset that failed is free again when its options have been changed since: that is what a
    person does about it.
    """
    mine = {PARTITION_TAG: dataset}
    for each in (dataset, *registry.find(dataset).options.members):
        busy = dg.RunsFilter(tags={PARTITION_TAG: each}, statuses=UNFINISHED)
        if instance.get_runs(busy, limit=1):
            return False
    last = next(iter(instance.get_run_records(dg.RunsFilter(tags=mine), limit=1)), None)
    if last is None or last.dagster_run.status == dg.DagsterRunStatus.SUCCESS:
        return True
    changed = registry.changed_at(dataset)
    return changed is not None and changed.timestamp() > (last.end_time or 0.0)
