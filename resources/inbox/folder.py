"""What a dataset's folder can be asked, wherever it lies."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from resources.inbox.listing import File, Listing, UnsettledError


class Folder(Protocol):
    """A place with files: a local folder, or a prefix of an object store."""

    def exists(self) -> bool:
        """Tell whether there is such a folder.

        Raises:
            InputError: its place cannot be asked.
        """

    def folders(self) -> list[str]:
        """Name the folders in it, sorted; none if it is not there itself.

        Raises:
            InputError: it cannot be read.
        """

    def list(self) -> Listing:
        """List it and all below it, without opening a file.

        Hidden files, unfinished ones and the litter of systems are passed over in silence.

        Raises:
            InputError: it is absent, or cannot be listed to its end.
        """

    def read(self, file: File) -> bytes:
        """Read a listed file whole.

        Raises:
            UnsettledError: it cannot be read now, or is not what was listed.
            InputError: it is gone.
        """

    def local(self, file: File) -> AbstractContextManager[Path]:
        """Give a listed file as a local one, to be read within the context.

        Raises:
            UnsettledError: it cannot be read now, or is not, at either end, what was listed.
            InputError: it is gone.
        """

    def fetch(self, path: str) -> bytes | None:
        """Read a file by its path, listed or not; None if there is none.

        Raises:
            InputError: the path leaves the folder, or what it names cannot be read.
        """

    def close(self) -> None:
        """Drop what was copied to be read."""


class SettledFolder:
    """A folder in which every file that changed after an instant is still being written."""

    def __init__(self, folder: Folder, settled_us: int) -> None:
        """Take the instant from an earlier look, for it is compared with the store's clock."""
        self._folder = folder
        self._settled_us = settled_us
        self.exists = folder.exists
        self.folders = folder.folders
        self.list = folder.list
        self.fetch = folder.fetch
        self.close = folder.close

    def read(self, file: File) -> bytes:
        """Read a listed file that has settled."""
        return self._settled(file).read(file)

    def local(self, file: File) -> AbstractContextManager[Path]:
        """Give a listed file that has settled as a local one."""
        return self._settled(file).local(file)

    def _settled(self, file: File) -> Folder:
        if file.changed_us > self._settled_us:
            raise UnsettledError("is still being written")
        return self._folder
