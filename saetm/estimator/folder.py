"""A saved model as a folder: parts named by their content, and one file that says which count.

    saetm.json                              what the model is, and the hash of each part
    NAME-0123456789abcdef.safetensors       a part, named by the first digits of its hash

Saving writes the parts beside those that lie there and then replaces `saetm.json`, which is one
rename: a save that is killed at any point leaves the model of before, or the new one. Names in
`saetm.json` are never used as paths.
"""

import hashlib
import json
import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from saetm.errors import InputError

INDEX = "saetm.json"
FORMAT, VERSION = "saetm topic model", 3
_LARGEST_INDEX = 2**20  # bytes; ours have two thousand
_SAVING = ".saving-"
_OURS = re.compile(r"[a-z]+-[0-9a-f]{16}\.(safetensors|parquet)|\.saving-[0-9a-f]{16}")
_HASH = re.compile(r"[0-9a-f]{64}")


def write_folder(path: str, about: Mapping[str, Any], parts: Mapping[str, bytes]) -> None:
    """Save a model; what was saved there before is whole until the new one is.

    One process at a time may save to a folder. Files that saetm did not write are left alone.

    Args:
        path: of the folder; made if absent, but not the folders above it.
        about: of the model, as JSON has it, without `parts`.
        parts: content by file name, such as "items.parquet".

    Raises:
        InputError: it is no place for a model, or cannot be written.
    """
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in parts.items()}
    names = {_part_name(name, hashes[name]): content for name, content in parts.items()}
    try:
        _write(_place(path), names, _index({**about, "parts": hashes}))
    except (OSError, ValueError) as error:
        raise InputError(f"{path!r} cannot be written: {error}") from error


def read_about(path: str) -> dict[str, Any]:
    """Read what a folder says of its model, as it was given to `write_folder`, and `parts`.

    Raises:
        InputError: there is no model, one of another format version, or a damaged one.
    """
    try:
        about = json.loads(_content(Path(path) / INDEX, most=_LARGEST_INDEX))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise InputError(f"{path!r} holds no topic model: there is no {INDEX} in it") from error
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path!r} cannot be read as a topic model: {error}") from error
    if not isinstance(about, dict) or about.pop("format", None) != FORMAT:
        raise InputError(f"{path!r} is not a topic model that saetm saved")
    version = about.pop("version", None)
    if version != VERSION:
        raise InputError(
            f"{path!r} has format version {version!r}, but this saetm reads {VERSION}: fit the "
            "model again, or load it with the release that saved it"
        )
    if about.pop("hash", None) != _hash(about):
        raise InputError(f"{path!r} is damaged: its {INDEX} is not what was saved")
    return about


def read_parts(path: str, hashes: Mapping[str, str]) -> dict[str, bytes]:
    """Read the parts of a model and check their hashes.

    Args:
        path: of the folder.
        hashes: by the names of parts; the names are the caller's own and not the file's.

    Raises:
        InputError: a part is missing, or not what was saved.
    """
    parts = {}
    for name, expected in hashes.items():
        if not _HASH.fullmatch(expected):
            raise InputError(f"{path!r} is damaged: the hash of {name} is none")
        file = _part_name(name, expected)
        try:
            parts[name] = _content(Path(path) / file)
        except OSError as error:
            raise InputError(f"{path!r} is incomplete: {file} cannot be read") from error
        if hashlib.sha256(parts[name]).hexdigest() != expected:
            raise InputError(f"{path!r} is damaged: {file} is not what was saved")
    return parts


def _place(path: str) -> Path:
    """Return a folder that may hold a model: a new one, an empty one, or one that does."""
    folder = Path(path)
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{path!r} is a file: a model is saved as a folder")
    folder.mkdir(exist_ok=True)
    if (folder / INDEX).exists():
        return folder
    strangers = [file.name for file in folder.iterdir() if not _OURS.fullmatch(file.name)]
    if strangers:
        raise InputError(
            f"{path!r} holds other files, such as {min(strangers)!r}, and no model: name a new "
            "folder"
        )
    return folder


def _write(folder: Path, parts: Mapping[str, bytes], index: bytes) -> None:
    kept = {file.name for file in folder.iterdir()}
    try:
        for name, content in parts.items():
            _replace(folder / name, content)
        _replace(folder / INDEX, index)
        kept = set(parts)  # nothing names the former ones any more
    finally:
        for file in folder.iterdir():
            if _OURS.fullmatch(file.name) and file.name not in kept:
                file.unlink()


def _replace(file: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    beside = file.with_name(f"{_SAVING}{secrets.token_hex(8)}")
    try:
        with beside.open("xb") as new:
            new.write(content)
            new.flush()
            os.fsync(new.fileno())
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)


def _content(file: Path, *, most: int = -1) -> bytes:
    if file.exists() and not file.is_file():  # a pipe would never end
        raise OSError(f"{file.name} is no file")
    with file.open("rb") as content:
        return content.read(most)


def _index(about: Mapping[str, Any]) -> bytes:
    said = {"format": FORMAT, "version": VERSION, **about, "hash": _hash(about)}
    return (json.dumps(said, indent=1) + "\n").encode()


def _hash(about: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()


def _part_name(name: str, content_hash: str) -> str:
    stem, _, suffix = name.partition(".")
    return f"{stem}-{content_hash[:16]}.{suffix}"
