"""Several datasets as one: register a union, or find the one that is there."""

import shlex
from collections.abc import Sequence

from resources.lake import Lake
from resources.members import check_fit, find_members
from resources.registry import Registration, Registry
from resources.settings import Settings, load_settings
from saetm.errors import InputError
from saetm.options import build_options, check_name, merge_trees, parse_settings
from saetm.rows import digest
from saetm.tables import ITEMS
from saetm.unions import TRAIN
from saetm_assets.cli.registering import register
from saetm_assets.cli.run import run_dataset
from saetm_assets.home import open_registry

LONGEST = 60  # characters of a name that is made of its members' names


def add_union(name: str, members: Sequence[str], settings: Sequence[str]) -> str:
    """Register a union as a partition and return a sentence about it.

    Raises:
        InputError: the name or an option cannot be used, or the members cannot be members.
    """
    check_name(name)
    home = load_settings()
    registry = open_registry(home)
    _refuse_items(Lake(home.lake_uri), registry, name)
    find_members(registry, name, members)
    _register(home, registry, name, members, settings)
    listed = ", ".join(map(repr, members))
    command = f"saetm run {shlex.quote(name)}"
    return f"union {name!r} consists of {listed}; take it through the line with: {command}"


def ensure_union(names: Sequence[str], *, quiet: bool = False) -> str:
    """Return the union of exactly these datasets, registered where there is none, and run.

    Args:
        names: the datasets.
        quiet: show no progress.

    Raises:
        InputError: they cannot be members of one union; nothing is registered.
        SaetmError: a step failed.
    """
    home = load_settings()
    registry = open_registry(home)
    named = [each for each in registry.every() if set(each.options.members) == set(names)]
    if named:
        name = named[0].dataset
    else:
        name = _name(registry, names)
        find_members(registry, name, names)
        check_fit(Lake(home.lake_uri), name, names, trains=False)
        _register(home, registry, name, names, [])
    run_dataset(name, [], quiet=quiet)
    return name


def _name(registry: Registry, names: Sequence[str]) -> str:
    """Name a union after its members, as no dataset is called yet."""
    joined = " + ".join(names)
    short = joined if len(joined) <= LONGEST else f"union {digest(names)[:8]}"
    taken = {*registry.names(), *registry.retired()}
    numbered = [short, *(f"{short} ({number})" for number in range(2, len(taken) + 3))]
    return check_name(next(name for name in numbered if name not in taken))


def _refuse_items(lake: Lake, registry: Registry, name: str) -> None:
    """Refuse the name of a dataset that has files or items of its own."""
    is_other = name in registry.names() and not registry.find(name).options.members
    if is_other or not lake.stored(ITEMS, name).head(1).collect().is_empty():
        raise InputError(f"dataset {name!r} has files of its own: give the union another name")


def _register(
    home: Settings,
    registry: Registry,
    name: str,
    members: Sequence[str],
    settings: Sequence[str],
) -> None:
    before = registry.find(name).overrides if name in registry.names() else {}
    overrides = merge_trees(merge_trees(before, parse_settings(settings)), {"members": [*members]})
    options = build_options(overrides)
    if options.autoencoder not in {"auto", TRAIN}:
        raise InputError(
            f"union {name!r}: autoencoder={options.autoencoder} has no meaning: auto takes that of "
            "its members, train one of its own"
        )
    register(home, registry, Registration(name, "", overrides, options))
