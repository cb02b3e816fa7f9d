"""Remembers beside a folder what it was made with, so that making it twice is making it once."""

import json
from pathlib import Path

Recipe = dict[str, str | int]


def beside(folder: Path, suffix: str) -> Path:
    """Return the path next to a folder that carries its name and a suffix."""
    return folder.with_name(folder.name + suffix)


def finished(folder: Path, recipe: Recipe) -> bool:
    """Tell whether the folder was completed with this recipe."""
    return _stamp(folder) == {**recipe, "finished": True}


def started(folder: Path, recipe: Recipe) -> bool:
    """Tell whether the folder was begun with this recipe, finished or not."""
    stamp = _stamp(folder)
    return {key: value for key, value in stamp.items() if key != "finished"} == recipe


def stamp(folder: Path, recipe: Recipe, *, finished: bool) -> None:
    """Record the recipe of a folder, and whether all of it is made."""
    write_whole(
        beside(folder, ".stamp.json"), json.dumps({**recipe, "finished": finished}).encode()
    )


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that no reader and no crash ever sees half of it."""
    draft = path.with_name(f".{path.name}.draft")
    draft.write_bytes(content)
    draft.replace(path)


def _stamp(folder: Path) -> dict[str, str | int | bool]:
    path = beside(folder, ".stamp.json")
    if not path.exists():
        return {}
    found: dict[str, str | int | bool] = json.loads(path.read_bytes())
    return found
