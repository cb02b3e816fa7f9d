"""What a dataset's stages were computed from, and which of them are owed anew.

Row work knows by itself which rows it owes. This is about whole stages: a stage is owed when its
code, its options or the data versions of what it reads are not those of its last materialisation.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from saetm.options import DatasetOptions
from saetm.rows import digest
from saetm.tables import SAE_CHECKPOINTS, TABLES
from saetm.unions import membership_of


@dataclass(frozen=True, slots=True)
class Stage:
    """What tells whether a stage has to run again."""

    name: str  # of its asset
    code_version: str
    options: tuple[str, ...]  # options of a dataset that it depends on
    upstream: tuple[str, ...]  # assets that it reads, sorted


class Versions(Protocol):
    """What the ledger says of an asset's last materialisation."""

    @property
    def input_version(self) -> str:
        """Hash of code version, options and upstream data versions; empty: not finished."""
        ...

    @property
    def data_version(self) -> str:
        """Hash of what the asset holds."""
        ...


V = TypeVar("V", bound=Versions)


def stage_for(stage: Stage, options: DatasetOptions) -> Stage:
    """Return what tells whether a dataset's stage has to run again.

    The row stages of a union compute nothing: they depend on what its members hold, as its
    autoencoder does, unless it trains its own.

    Args:
        stage: the stage, as it is for a dataset with items of its own.
        options: options of the dataset.
    """
    union = membership_of(options)
    if union is None:
        return stage
    theirs = tuple(entry_of(member, stage.name) for member in union.members)
    if any(union.has(table) for table in TABLES.values() if table.asset == stage.name):
        upstream = (*stage.upstream, *theirs)
        return replace(stage, options=("members",), upstream=upstream)
    if stage.name == SAE_CHECKPOINTS.asset and not union.own_codes:
        return replace(stage, upstream=(*stage.upstream, *theirs))
    return stage


def entry_of(member: str, asset: str) -> str:
    """Name an asset of a member in the ledger of its union.

    Example:
        >>> entry_of("prints", "items")
        'prints/items'
    """
    return f"{member}/{asset}"  # no dataset has a slash in its name


def with_members(
    ledgers: Mapping[str, Mapping[str, V]], dataset: str, options: DatasetOptions
) -> dict[str, V]:
    """Return the ledger of a dataset; in a union's, its members' assets stand beside its own."""
    theirs = {
        entry_of(member, asset): entry
        for member in options.members
        for asset, entry in ledgers.get(member, {}).items()
    }
    return {**ledgers.get(dataset, {}), **theirs}


def input_version(
    stage: Stage, options: DatasetOptions, data_versions: Mapping[str, str]
) -> str | None:
    """Hash what a stage would be computed from now; None where an upstream asset is missing.

    Args:
        stage: the stage.
        options: options of the dataset.
        data_versions: data version of every asset that was materialised for the dataset.
    """
    versions = [data_versions.get(asset) for asset in stage.upstream]
    known = [version for version in versions if version is not None]
    if len(known) < len(versions):
        return None
    return digest([stage.code_version, options.part(*stage.options), *known])


def owed(
    line: Sequence[Stage], options: DatasetOptions, ledger: Mapping[str, Versions]
) -> dict[str, str]:
    """Return the stages to run, with the input version that each would have.

    Of the stages that have run before only the uppermost: what is downstream of one follows by
    itself, if its data version changes. Stages that never ran come along in the same run.

    Args:
        line: stages in the order in which data flows.
        options: options of the dataset.
        ledger: versions of every asset that was materialised for the dataset, and for a union's
            members as `with_members` puts them.

    Returns:
        Input version by stage. Where an upstream stage runs first, so that its data version is
        not known yet, its own input version stands for it.

    Example:
        >>> line = [Stage("items", "1", (), ()), Stage("bags", "1", (), ("items",))]
        >>> list(owed(line, DatasetOptions(), {}))
        ['items', 'bags']
    """
    versions = {name: entry.data_version for name, entry in ledger.items()}
    waiting: set[str] = set()
    asked: dict[str, str] = {}
    for stage in (stage_for(each, options) for each in line):
        version = input_version(stage, options, {**versions, **asked})
        last = ledger.get(stage.name)
        follows = bool(waiting.intersection(stage.upstream))
        is_current = last is not None and last.input_version == version
        if follows or not is_current:
            waiting.add(stage.name)
        if version is not None and (last is None or not (follows or is_current)):
            asked[stage.name] = version
    return asked
