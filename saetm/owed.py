"""What a dataset's stages were computed from, and which of them are owed anew.

Row work knows by itself which rows it owes. This is about whole stages: a stage is owed when its
code, its options or the data versions of what it reads are not those of its last materialisation.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from saetm.options import DatasetOptions
from saetm.rows import digest


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
        ledger: versions of every asset that was materialised for the dataset.

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
    for stage in line:
        version = input_version(stage, options, {**versions, **asked})
        last = ledger.get(stage.name)
        follows = bool(waiting.intersection(stage.upstream))
        is_current = last is not None and last.input_version == version
        if follows or not is_current:
            waiting.add(stage.name)
        if version is not None and (last is None or not (follows or is_current)):
            asked[stage.name] = version
    return asked
