"""Walk a dataset's folder: what lies there, by name, size and time alone."""

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from saetm.errors import InputError
from saetm.items import is_unicode

IMAGE_ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff")
TABLE_ENDINGS = (".jsonl", ".jsonl.gz", ".csv", ".parquet")
OPTIONS_NAME = "dataset.toml"
_LITTER = {"thumbs.db", "desktop.ini", "__macosx"}  # what systems leave behind, in lower case

Kind = Literal["image", "text", "table", "options", "other"]


@dataclass(frozen=True, slots=True)
class File:
    """A regular file of the folder."""

    path: str  # relative to the folder, with forward slashes
    bytes: int
    modified_us: int  # microseconds since 1970, UTC

    @property
    def kind(self) -> Kind:
        """What the file's ending promises."""
        lower = self.path.lower()
        if lower.endswith(IMAGE_ENDINGS):
            return "image"
        if lower.endswith(".txt"):
            return "text"
        if lower.endswith(TABLE_ENDINGS):
            return "table"
        return "options" if self.path == OPTIONS_NAME else "other"


@dataclass(frozen=True, slots=True)
class Reject:
    """Something in the folder that is not used, or not wholly, and why."""

    path: str
    reason: str
    is_unsettled: bool = False  # could not be judged: what was known of it stays


class UnsettledError(InputError):
    """A file could not be judged just now, so nothing may be concluded about its items."""


@dataclass(frozen=True, slots=True)
class Listing:
    """All that a folder holds, sorted by path."""

    root: Path  # absolute, symbolic links resolved
    files: tuple[File, ...]
    rejects: tuple[Reject, ...]

    def of_kind(self, kind: Kind) -> list[File]:
        """Files of one kind, sorted by path."""
        return [file for file in self.files if file.kind == kind]


def list_folder(folder: str) -> Listing:
    """List a folder and all below it, following no link out of it and none to a folder.

    Hidden files and the litter of operating systems are passed over in silence.

    Raises:
        InputError: the folder is absent, is not a folder or cannot be read.
    """
    root = Path(folder).resolve()
    if not root.is_dir():
        raise InputError(f"folder {folder!r} does not exist or is not a folder")
    files: list[File] = []
    rejects: list[Reject] = []
    pending = [root]
    while pending:
        below = pending.pop()
        try:
            with os.scandir(below) as entries:
                visible = [entry for entry in entries if not _ignored(entry.name)]
        except OSError as error:
            if below == root:
                raise InputError(f"folder {folder!r} cannot be read: {error.strerror}") from error
            rejects.append(_unreadable(_relative(str(below), root), error))
            continue
        for entry in visible:
            found = _look(entry, root)
            if isinstance(found, File):
                files.append(found)
            elif isinstance(found, Reject):
                rejects.append(found)
            else:
                pending.append(found)
    by_path = sorted(rejects, key=lambda reject: reject.path)
    return Listing(root, tuple(sorted(files, key=lambda file: file.path)), tuple(by_path))


def fingerprint(listing: Listing) -> str:
    """Hash names, sizes and times: equal as long as nothing in the folder has changed."""
    digest = hashlib.blake2b(digest_size=16)
    for file in listing.files:
        digest.update(f"{file.path}\0{file.bytes}\0{file.modified_us}\0".encode())
    for reject in listing.rejects:
        digest.update(f"{reject.path}\0{reject.reason}\0".encode())
    return digest.hexdigest()


def _ignored(name: str) -> bool:
    return name.startswith(".") or name.lower() in _LITTER


def _look(entry: os.DirEntry[str], root: Path) -> File | Reject | Path:
    """Tell a file to read, a folder to walk, or a thing to leave alone with its reason."""
    path = _relative(entry.path, root)
    if not is_unicode(entry.name):
        return Reject(path, "has a name that is not valid Unicode; rename it")
    try:
        if entry.is_symlink() and (reason := _refused_link(entry, root)):
            return Reject(path, reason)
        status = entry.stat()
    except OSError as error:
        return _unreadable(path, error)
    if stat.S_ISDIR(status.st_mode):
        return Path(entry.path)
    if not stat.S_ISREG(status.st_mode):
        return Reject(path, "is neither a file nor a folder")
    return File(path, status.st_size, status.st_mtime_ns // 1000)


def _refused_link(entry: os.DirEntry[str], root: Path) -> str | None:
    try:
        target = Path(entry.path).resolve(strict=True)
    except (FileNotFoundError, RuntimeError):
        return "is a symbolic link that leads nowhere"
    if not target.is_relative_to(root):
        return "is a symbolic link that leaves the folder"
    return "is a symbolic link to a folder, which is not followed" if target.is_dir() else None


def _relative(path: str, root: Path) -> str:
    """Relative name as valid Unicode; bytes that are not show as escapes."""
    name = path[len(str(root).rstrip("/")) + 1 :]
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _unreadable(path: str, error: OSError) -> Reject:
    return Reject(path, f"cannot be read: {error.strerror}", is_unsettled=True)
