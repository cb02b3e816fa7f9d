"""The door through which a dataset's folder is read, on this machine or in an object store.

    items of a dataset     images (.jpg .jpeg .png .webp .gif .bmp .tif .tiff) anywhere below
                           its folder; or texts: .txt files, and rows of .jsonl .jsonl.gz .csv
                           .parquet tables with a `text` column
    what is said of them   tables with `file_name` and any of caption, timestamp, group, url,
                           embedding; the same columns beside `text`; `.txt` beside an image
    options                dataset.toml

A file that cannot be used becomes a row of rejects and never hides the others.
"""

import json
import tomllib
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import chain
from pathlib import Path
from urllib.parse import unquote

import polars as pl
from obstore.store import ObjectStore

from resources.inbox.batches import Batch, Known, Modality, batches
from resources.inbox.folder import Folder, SettledFolder
from resources.inbox.listing import OPTIONS_NAME, Kind, Listing, Look, Reject, look_at
from resources.inbox.local import LocalFolder
from resources.inbox.objects import ObjectFolder
from resources.inbox.scanning import scan_images, scan_texts
from resources.inbox.stores import check_uri, is_uri, open_store
from saetm.errors import InputError
from saetm.options import Tree, check_name

__all__ = ["Batch", "Inbox", "Look", "Modality"]


class Inbox:
    """Reads datasets, each from its folder: a path, or a URI like s3://bucket/folder.

    `folder` is always such a name as a whole, for a dataset may lie outside the inbox.
    """

    def __init__(self, root: str, open_store: Callable[[str], ObjectStore] = open_store) -> None:
        """Point at the folder whose folders are datasets; a store is opened when it is needed.

        Raises:
            InputError: the root is a URI by which no store can be opened.
        """
        self._root = check_uri(root) if is_uri(root) else root
        self._open_store = open_store
        self._stores: dict[str, ObjectStore] = {}  # by URI; a store keeps its connections

    def datasets(self) -> list[str]:
        """Name the folders of the inbox that can be datasets, sorted; none before it exists.

        Raises:
            InputError: the inbox is not a folder or cannot be read.
        """
        return [name for name in self._open(self._root).folders() if _can_name(name)]

    def find(self, name: str) -> str | None:
        """Return the path or URI of the inbox's folder of this name; None if there is none.

        Raises:
            InputError: the name cannot be a dataset's, or the inbox cannot be asked.
        """
        folder = self.place(name)
        return folder if self._open(folder).exists() else None

    def place(self, name: str) -> str:
        """Return the path or URI at which the inbox has a folder of this name, if it has one.

        Raises:
            InputError: the name cannot be a dataset's.
        """
        return f"{self._root.rstrip('/')}/{check_name(name)}"

    def locate(self, folder: str) -> str:
        """Return the absolute path or the URI of a folder, wherever it lies.

        Raises:
            InputError: there is no such folder, or its place cannot be asked.
        """
        where = check_uri(folder) if is_uri(folder) else str(Path(_path(folder)).resolve())
        if not self._open(where).exists():
            raise InputError(f"folder {folder!r} does not exist or is not a folder")
        return where

    def look(self, folder: str) -> Look:
        """Look at a folder without opening a file of it: has anything changed, and when?

        Raises:
            InputError: the folder is absent, or cannot be listed to its end.
        """
        return look_at(self._open(folder).list())

    def read_options(self, folder: str) -> Tree:
        """Read `dataset.toml`; an empty tree where there is none.

        Raises:
            InputError: it cannot be read, is not valid TOML, or holds a date.
        """
        content = self._open(folder).fetch(OPTIONS_NAME)
        if content is None:
            return {}
        where = f"{OPTIONS_NAME!r} of folder {folder!r}"
        try:
            tree = tomllib.loads(content.decode("utf-8-sig"))
            json.dumps(tree)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{where} is not valid TOML: {error}") from error
        except TypeError as error:
            raise InputError(f"{where} holds a date or time, and no option is one") from error
        return tree

    def modality(self, folder: str) -> Modality:
        """Tell from the endings alone what the items are: images where there are any.

        Raises:
            InputError: the folder cannot be read, or holds neither images nor texts.
        """
        listing = self._open(folder).list()
        if listing.of_kind("image"):
            return "image"
        if listing.of_kind("text") or listing.of_kind("table"):
            return "text"
        raise InputError(f"folder {folder!r} holds no images and no texts")

    def scan(
        self,
        folder: str,
        modality: Modality,
        known: pl.DataFrame,
        *,
        settled_us: int | None = None,
    ) -> Iterator[Batch]:
        """Walk through a dataset, reading only what is not known.

        The folder is listed at once and then read batch by batch, in the order of paths:

        * `items` of a batch are to be written over rows with the same `item_id`: they are new,
          moved, or touched, or their metadata differ. Without change in the folder there is none.
        * `present` names every item that is there. What is known and never present is gone.
        * Both together do not depend on what is known: that saves reading, nothing else. A file
          is known if path, size and time agree, and is then neither opened nor reported again
          among `rejects`. Tables and rejected files are read each time.
        * An item whose file, table or folder cannot be read just now, or is still being written,
          counts as present if it was known.

        Args:
            folder: path or URI of the dataset's folder.
            modality: what to look for. Images are passed over in a dataset of texts.
            known: columns path, item_id, bytes, modified_at and metadata_hash of the items
                table of this dataset; without rows the first time.
            settled_us: `newest_us` of an earlier look: what changed after it counts as still
                being written. None takes files as they are, unless they change while being read.

        Raises:
            InputError: the folder is absent, cannot be read, or holds no file of the modality:
                an emptied folder is more often a lost mount than a wish to delete everything.
            ContractError: `known` lacks a column.
        """
        seen = Known(known)
        place = self._open(folder)
        listing = place.list()
        kinds: tuple[Kind, ...] = ("image",) if modality == "image" else ("text", "table")
        if not any(listing.of_kind(kind) for kind in kinds):
            raise InputError(f"folder {folder!r} holds no {modality}s")
        if settled_us is not None:
            place = SettledFolder(place, settled_us)
        return _scan(place, listing, modality, seen)

    def read(self, folder: str, path: str) -> bytes:
        """Read a file of a dataset whole.

        Raises:
            InputError: the path leaves the folder, or is not a file that can be read.
        """
        content = self._open(folder).fetch(path)
        if content is None:
            raise InputError(f"path {path!r} of folder {folder!r} is not a file")
        return content

    def _open(self, folder: str) -> Folder:
        if not is_uri(folder):
            return LocalFolder(_path(folder))
        if folder not in self._stores:
            self._stores[folder] = self._open_store(folder)
        return ObjectFolder(folder, self._stores[folder])


def _scan(place: Folder, listing: Listing, modality: Modality, known: Known) -> Iterator[Batch]:
    events = (scan_images if modality == "image" else scan_texts)(place, listing, known)
    with closing(place):
        yield from batches(chain(_strangers(listing), events), known)


def _path(folder: str) -> str:
    return unquote(folder.removeprefix("file://")) if folder.startswith("file://") else folder


def _strangers(listing: Listing) -> Iterator[Reject]:
    """Tell what in the folder nobody reads."""
    yield from listing.rejects
    for file in listing.of_kind("other"):
        yield Reject(file.path, "has an ending that is not read")


def _can_name(name: str) -> bool:
    try:
        check_name(name)
        name.encode()
    except (InputError, UnicodeEncodeError):
        return False
    return True
