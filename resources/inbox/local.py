"""A folder of this machine."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from resources.inbox.listing import File, Listing, UnsettledError, build_listing
from resources.inbox.walk import Walk, unreadable
from saetm.errors import InputError


class LocalFolder:
    """Lists and reads files, following no link out of the folder and none to a folder."""

    def __init__(self, folder: str) -> None:
        """Point at a path."""
        self._folder = folder

    @cached_property
    def _root(self) -> Path:
        return Path(self._folder).resolve()

    def exists(self) -> bool:
        """Tell whether there is such a folder."""
        return Path(self._folder).is_dir()

    def folders(self) -> list[str]:
        """Name the folders in it, links to folders included."""
        try:
            return sorted(each.name for each in Path(self._folder).iterdir() if each.is_dir())
        except FileNotFoundError:
            return []
        except OSError as error:
            raise InputError(f"{self._folder!r} cannot be read: {error.strerror}") from error

    def list(self) -> Listing:
        """Walk through it; a folder below that cannot be read is a reject."""
        if not self._root.is_dir():
            raise InputError(f"folder {self._folder!r} does not exist or is not a folder")
        walk = Walk(self._root)
        pending = [""]
        while pending:
            below = pending.pop()
            try:
                pending += walk.enter(below)
            except OSError as error:
                if not below:
                    raise InputError(
                        f"folder {self._folder!r} cannot be read: {error.strerror}"
                    ) from error
                walk.rejects.append(unreadable(below[:-1], error))
        return build_listing(walk.files, walk.rejects)

    def read(self, file: File) -> bytes:
        """Read a listed file whole."""
        with self.local(file) as path:
            return path.read_bytes()

    @contextmanager
    def local(self, file: File) -> Iterator[Path]:
        """Give its path, and hold that before and after it is the file that was listed."""
        path = self._root / file.path
        try:
            _compare(path, file)
            yield path
            _compare(path, file)
        except FileNotFoundError as error:
            raise InputError("vanished while the folder was read") from error
        except OSError as error:
            raise UnsettledError(f"cannot be read: {error.strerror}") from error

    def fetch(self, path: str) -> bytes | None:
        """Read a file by its path."""
        try:
            file = (self._root / path).resolve()
            if not file.is_relative_to(self._root):
                raise InputError(f"path {path!r} leaves the folder {self._folder!r}")
            if not file.exists():
                return None
            if not file.is_file():
                raise InputError(f"path {path!r} of folder {self._folder!r} is not a file")
            return file.read_bytes()
        except (OSError, RuntimeError, ValueError) as error:
            where = f"{path!r} of folder {self._folder!r}"
            raise InputError(f"{where} cannot be read: {error}") from error

    def close(self) -> None:
        """Nothing was copied."""


def _compare(path: Path, file: File) -> None:
    status = os.stat(path)  # noqa: PTH116  the same call as os.DirEntry.stat
    if (status.st_size, status.st_mtime_ns // 1000) != (file.bytes, file.modified_us):
        raise UnsettledError("is still being written")
