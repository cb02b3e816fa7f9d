"""Retire a dataset: its rows, its partition and its page go; the files it was read from stay."""

from uuid import uuid4

from resources.inbox import Inbox
from resources.lake import Lake
from resources.registry import Registry
from resources.retirement import clear
from resources.settings import Settings, load_settings, now
from saetm.errors import InputError
from saetm_assets.cli.alone import alone, refuse_rival
from saetm_assets.home import open_instance, open_pages, open_registry
from saetm_assets.liveness import end_dead_runs
from saetm_assets.partitions import DATASETS_PARTITIONS


def remove_dataset(name: str) -> str:
    """Retire a dataset and return a sentence about it; again after a crash, it completes that.

    Raises:
        InputError: there is no such dataset, or it is being run right now.
        SaetmError: a table cannot be written.
    """
    settings = load_settings()
    registry = open_registry(settings)
    _require_dataset(settings, registry, name)
    with open_instance(settings) as instance:
        end_dead_runs(instance, settings.root)
        refuse_rival(instance, name)
        with alone(settings, name):
            registry.retire(name, at=now())
            gone = clear(Lake(settings.lake_uri), name, run_id=str(uuid4()))
            open_pages(settings).withdraw(name)
            instance.delete_dynamic_partition(str(DATASETS_PARTITIONS.name), name)
    return (
        f"dataset {name!r} is retired: {sum(gone.values()):,} rows left {len(gone)} tables, its "
        f"files were not touched; for {settings.keep_days} days `saetm restore` brings it back"
    )


def _require_dataset(settings: Settings, registry: Registry, name: str) -> None:
    known = registry.watched(Inbox(settings.inbox_uri).datasets())
    if name not in {*known, *registry.retired()}:
        raise InputError(f"no dataset is called {name!r}; there are: {', '.join(known) or 'none'}")
