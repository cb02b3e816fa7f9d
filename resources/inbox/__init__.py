"""The door through which a dataset's folder is read.

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
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import polars as pl

from resources.inbox.batches import Batch, Known, Modality, batches
from resources.inbox.listing import OPTIONS_NAME, Kind, Listing, Reject, fingerprint, list_folder
from resources.inbox.scanning import scan_images, scan_texts
from saetm.errors import InputError
from saetm.options import Tree, check_name

__all__ = ["Batch", "Inbox", "Modality"]


class Inbox:
    """Reads datasets; `folder` is always a path, for a dataset may lie outside the inbox."""

    def __init__(self, root: str) -> None:
        self._root = Path(root)

    def datasets(self) -> list[str]:
        """Name the folders of the inbox that can be datasets, sorted; none before it exists.

        Raises:
            InputError: the inbox is not a folder or cannot be read.
        """
        try:
            folders = [each.name for each in self._root.iterdir() if each.is_dir()]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise InputError(
                f"inbox {str(self._root)!r} cannot be read: {error.strerror}"
            ) from error
        return sorted(name for name in folders if _can_name(name))

    def folder(self, name: str) -> str:
        """Return the path of a dataset's folder.

        Raises:
            InputError: the name is not one, or there is no such folder.
        """
        folder = self._root / check_name(name)
        if not folder.is_dir():
            raise InputError(f"the inbox has no folder {name!r}; create {str(folder)!r}")
        return str(folder)

    def fingerprint(self, folder: str) -> str:
        """Hash names, sizes and times: equal as long as nothing in the folder has changed.

        Raises:
            InputError: the folder is absent, is not a folder or cannot be read.
        """
        return fingerprint(list_folder(folder))

    def read_options(self, folder: str) -> Tree:
        """Read `dataset.toml`; an empty tree where there is none.

        Raises:
            InputError: it cannot be read, is not valid TOML, or holds a date.
        """
        path = Path(folder) / OPTIONS_NAME
        try:
            tree = tomllib.loads(path.read_text("utf-8-sig"))
            json.dumps(tree)
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise InputError(f"{str(path)!r} cannot be read: {error.strerror}") from error
        except (ValueError, RecursionError) as error:
            raise InputError(f"{str(path)!r} is not valid TOML: {error}") from error
        except TypeError as error:
            raise InputError(f"{str(path)!r} holds a date or time, and no option is one") from error
        return tree

    def modality(self, folder: str) -> Modality:
        """Tell from the endings alone what the items are: images where there are any.

        Raises:
            InputError: the folder cannot be read, or holds neither images nor texts.
        """
        listing = list_folder(folder)
        if listing.of_kind("image"):
            return "image"
        if listing.of_kind("text") or listing.of_kind("table"):
            return "text"
        raise InputError(f"folder {folder!r} holds no images and no texts")

    def scan(self, folder: str, modality: Modality, known: pl.DataFrame) -> Iterator[Batch]:
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
            folder: path of the dataset's folder.
            modality: what to look for. Images are passed over in a dataset of texts.
            known: columns path, item_id, bytes, modified_at and metadata_hash of the items
                table of this dataset; without rows the first time.

        Raises:
            InputError: the folder is absent, cannot be read, or holds no file of the modality:
                an emptied folder is more often a lost mount than a wish to delete everything.
            ContractError: `known` lacks a column.
        """
        seen = Known(known)
        listing = list_folder(folder)
        kinds: tuple[Kind, ...] = ("image",) if modality == "image" else ("text", "table")
        if not any(listing.of_kind(kind) for kind in kinds):
            raise InputError(f"folder {folder!r} holds no {modality}s")
        events = (scan_images if modality == "image" else scan_texts)(listing, seen)
        return batches(chain(_strangers(listing), events), seen)

    def read(self, folder: str, path: str) -> bytes:
        """Read a file of a dataset whole.

        Raises:
            InputError: the path leaves the folder, or is not a file that can be read.
        """
        try:
            root, file = Path(folder).resolve(), (Path(folder) / path).resolve()
            if not file.is_relative_to(root):
                raise InputError(f"path {path!r} leaves the folder {folder!r}")
            if not file.is_file():
                raise InputError(f"path {path!r} of folder {folder!r} is not a file")
            return file.read_bytes()
        except (OSError, RuntimeError, ValueError) as error:
            raise InputError(f"{path!r} of folder {folder!r} cannot be read: {error}") from error


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
