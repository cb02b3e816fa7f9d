"""Procedures of models: found by name when they are fitted, with the packages that they need."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from saetm.errors import InputError


def load(procedure: str) -> Any:  # noqa: ANN401  # as different as the models are
    """Import a function, MODULE:NAME."""
    module, _, name = procedure.partition(":")
    return getattr(import_module(module), name)


def find_packages(title: str, packages: tuple[str, ...], *, extra: str) -> None:
    """Look for the packages that a model needs, without loading them.

    Raises:
        InputError: some are missing; the message says how to install them.
    """
    absent = [package for package in packages if find_spec(package) is None]
    if absent:
        needed = " and ".join(absent)
        raise InputError(f"{title} needs {needed}: pip install 'saetm[{extra}]'")
