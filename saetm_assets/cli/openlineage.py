"""Tell a catalog what was done, in the standard that catalogs read."""

import click
import dagster as dg

from resources.catalog import as_json, open_catalog
from resources.lake import Lake
from resources.registry import Registration
from resources.settings import Settings, load_settings
from saetm.prompts.wording import clean
from saetm_assets.definitions import STAGES
from saetm_assets.failures import failures
from saetm_assets.home import open_instance, open_registry
from saetm_assets.openlineage.events import events
from saetm_assets.openlineage.place import Place
from saetm_assets.step import stage_of
from saetm_assets.work_done import Work, work_done


def export(name: str | None, to: str | None) -> None:
    """Hand the events of a dataset, or of all, to a catalog, or print them, oldest first.

    Raises:
        InputError: there is no such dataset, or the extra is not installed.
        OutOfReachError: the server refuses an event, or cannot be reached.
    """
    settings = load_settings()
    catalog = open_catalog(to or "", settings.openlineage_key)
    registry = open_registry(settings)
    found = [registry.find(name)] if name else registry.every()
    done = _done(settings, [each.dataset for each in found])
    told = events(done, _place(settings, found))
    if to is None:
        for event in told:
            click.echo(as_json(event))
    else:
        click.echo(f"{catalog.take(told):,} events, of {len(done):,} steps, to {clean(to)}")


def _done(settings: Settings, datasets: list[str]) -> list[Work]:
    """Read what was done and what failed; a failure at what is no asset of ours is left out."""
    lake, stages = Lake(settings.lake_uri), [stage_of(stage) for stage in STAGES]
    assets = {stage.name for stage in stages}
    with open_instance(settings) as instance:
        failed = [work for each in datasets for work in failures(instance, each)]
    done = [work for each in datasets for work in work_done(lake, each, stages)]
    known = [work for work in [*done, *failed] if work.asset in assets]
    return sorted(known, key=lambda work: work.ended)


def _place(settings: Settings, found: list[Registration]) -> Place:
    return Place(
        scheduler=settings.dagster_url,
        lake=settings.lake_uri,
        folders={each.dataset: each.folder for each in found},
        meanings={stage.key.to_user_string(): _meaning(stage) for stage in STAGES},
    )


def _meaning(stage: dg.AssetsDefinition) -> str:
    return stage.descriptions_by_key[stage.key].splitlines()[0]
