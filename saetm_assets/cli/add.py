"""Register a dataset."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from resources.inbox import Inbox
from resources.lake import Lake
from resources.registry import Registration, Registry
from resources.settings import load_settings
from saetm.errors import InputError
from saetm.options import build_options, check_name, merge_trees, parse_settings
from saetm.tables import ITEMS
from saetm_assets.cli.registering import register
from saetm_assets.home import open_registry


def add_dataset(name: str, folder: str | Path, settings: Sequence[str]) -> str:
    """Register a dataset as a partition and return a sentence about it.

    Added again, a dataset keeps the options that it was given before.

    Raises:
        InputError: the name, the folder or an option cannot be used.
    """
    check_name(name)
    home = load_settings()
    inbox = Inbox(home.inbox_uri)
    where = inbox.locate(str(folder))
    registry = open_registry(home)
    before = _registered(registry, name)
    has_items = not Lake(home.lake_uri).scan(ITEMS, name).head(1).collect().is_empty()
    if before is not None and before.folder != where and has_items:
        raise InputError(
            f"dataset {name!r} reads {before.folder!r} already, and reading another folder would "
            "remove its items: choose another name"
        )
    overrides = merge_trees(before.overrides if before else {}, parse_settings(settings))
    written = inbox.read_options(where)
    given = merge_trees(written, overrides)
    if "preset" in given and "modality" not in given:
        overrides = merge_trees(overrides, {"modality": inbox.modality(where)})
    options = build_options(merge_trees(written, overrides))
    register(home, registry, Registration(name, where, overrides, options))
    command = f"saetm run {shlex.quote(name)}"
    return f"dataset {name!r} reads {where}; take it through the line with: {command}"


def _registered(registry: Registry, name: str) -> Registration | None:
    return registry.find(name) if name in registry.names() else None
