"""A folder in an object store: the objects below a prefix."""

import posixpath
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from obstore.exceptions import PreconditionError
from obstore.store import ObjectStore

from resources.inbox.listing import (
    TABLE_ENDINGS,
    File,
    Listing,
    UnsettledError,
    build_listing,
    is_passed_over,
    is_unfinished,
)
from resources.inbox.stores import STORE_ERRORS, reason
from saetm.errors import InputError, OutOfReachError

if TYPE_CHECKING:  # obstore has these for type checkers only
    from obstore import GetOptions, ObjectMeta

PAGE = 1000  # objects per answer, the most that stores give
PART_BYTES = 16 * 2**20  # a request for a whole table would run into the client's timeout
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND_US = 1_000_000


class ObjectFolder:
    """Lists and reads objects; an object appears whole, so there are no halves of one.

    What is read must have the version that was listed; the store itself vouches for that.
    """

    def __init__(self, uri: str, store: ObjectStore) -> None:
        """Point at a store whose paths begin below `uri`, which is shown to people."""
        self._uri = uri
        self._store = store
        self._copies: dict[str, Path] = {}
        self._drawer: TemporaryDirectory[str] | None = None

    def exists(self) -> bool:
        """Tell whether there is any object below."""
        with self._translated():
            return any(self._store.list(chunk_size=1))

    def folders(self) -> list[str]:
        """Name the prefixes one level below."""
        with self._translated():
            return sorted(self._store.list_with_delimiter()["common_prefixes"])

    def list(self) -> Listing:
        """List the objects below; a store that stops answering halfway is an error."""
        files: list[File] = []
        is_there = False
        with self._translated():
            for page in self._store.list(chunk_size=PAGE):
                is_there = True
                files += _files(page)
        if not is_there:
            raise InputError(f"folder {self._uri!r} does not exist or is empty")
        return build_listing(files, [])

    def read(self, file: File) -> bytes:
        """Read a listed object whole."""
        with _as_listed():
            return self._get(file, {})

    @contextmanager
    def local(self, file: File) -> Iterator[Path]:
        """Give a copy, which stays until the folder is closed: tables are opened twice."""
        if file.path not in self._copies:
            with _as_listed():
                self._copies[file.path] = self._copy(file)
        yield self._copies[file.path]

    def fetch(self, path: str) -> bytes | None:
        """Read an object by its path."""
        if posixpath.normpath(f"/{path}") != f"/{path}":
            raise InputError(f"path {path!r} leaves the folder {self._uri!r}")
        try:
            return bytes(self._store.get(path).bytes())
        except FileNotFoundError:
            return None
        except STORE_ERRORS as error:
            raise OutOfReachError(
                f"{path!r} of folder {self._uri!r} cannot be read: {reason(error)}"
            ) from None

    def close(self) -> None:
        """Remove the copies."""
        self._copies.clear()
        if self._drawer:
            self._drawer.cleanup()
            self._drawer = None

    def _get(self, file: File, options: "GetOptions") -> bytes:
        if file.version:
            options["if_match"] = file.version
        answer = self._store.get(file.path, options=options)
        if not _is_same(_file(answer.meta), file):
            raise UnsettledError("is still being written")
        return bytes(answer.bytes())

    def _copy(self, file: File) -> Path:
        """Copy an object part by part, under a name that keeps nothing but its ending."""
        self._drawer = self._drawer or TemporaryDirectory(prefix="saetm-")
        ending = next(end for end in TABLE_ENDINGS if file.path.lower().endswith(end))
        path = Path(self._drawer.name) / f"{len(self._copies)}{ending}"
        with path.open("wb") as copy:
            for start in range(0, file.bytes, PART_BYTES):
                copy.write(self._get(file, {"range": (start, start + PART_BYTES)}))
        return path

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except STORE_ERRORS as error:
            raise OutOfReachError(f"folder {self._uri!r} cannot be read: {reason(error)}") from None


@contextmanager
def _as_listed() -> Iterator[None]:
    """Turn a store's refusal into what it says about a listed file."""
    try:
        yield
    except PreconditionError as error:
        raise UnsettledError("is still being written") from error
    except FileNotFoundError as error:
        raise InputError("vanished while the folder was read") from error
    except STORE_ERRORS as error:
        raise UnsettledError(f"cannot be read: {reason(error)}") from None


def _files(page: "Sequence[ObjectMeta]") -> Iterator[File]:
    for meta in page:
        *folders, name = meta["path"].split("/")
        if is_unfinished(name) or any(is_passed_over(part) for part in (*folders, name)):
            continue
        file = _file(meta)
        if not (file.bytes == 0 and file.kind == "other"):  # such an object marks a folder
            yield file


def _file(meta: "ObjectMeta") -> File:
    modified_us = (meta["last_modified"] - _EPOCH) // timedelta(microseconds=1)
    return File(meta["path"], meta["size"], modified_us, modified_us, meta["e_tag"] or "")


def _is_same(read: File, listed: File) -> bool:
    """Compare by size, and by time where no version was asked for; answers hold whole seconds."""
    same_time = read.modified_us // _SECOND_US == listed.modified_us // _SECOND_US
    return read.bytes == listed.bytes and (bool(listed.version) or same_time)
