"""Register a dataset."""

from collections.abc import Sequence
from pathlib import Path

from resources.inbox import Inbox
from resources.registry import Registration
from resources.settings import load_settings, now
from saetm.errors import InputError
from saetm.options import build_options, check_name, merge_trees, parse_settings
from saetm_assets.home import open_instance, open_registry
from saetm_assets.partitions import DATASETS_PARTITIONS


def add_dataset(name: str, folder: Path, settings: Sequence[str]) -> str:
    """Register a dataset as a partition and return a sentence about it.

    Raises:
        InputError: the name, the folder or an option cannot be used.
    """
    check_name(name)
    if not folder.is_dir():
        raise InputError(f"folder {str(folder)!r} does not exist or is not a folder")
    home = load_settings()
    where = str(folder.resolve())
    overrides = parse_settings(settings)
    written = Inbox(str(home.inbox)).read_options(where)
    options = build_options(merge_trees(written, overrides))
    with open_instance(home) as instance:
        instance.add_dynamic_partitions(str(DATASETS_PARTITIONS.name), [name])
    open_registry(home).save(Registration(name, where, overrides, options), at=now())
    return f"dataset {name!r} reads {where}; take it through the line with: saetm run {name!r}"
