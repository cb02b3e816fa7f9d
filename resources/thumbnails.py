"""Thumbnails of images: written once, under the hash of what they show, and read from then on."""

import os
from collections.abc import Callable
from pathlib import Path
from tempfile import NamedTemporaryFile

from resources.jpegs import opened, pack
from saetm.errors import InputError

SIDE = 384  # pixels of the longer side
QUALITY = 85


class Thumbnails:
    """Keeps thumbnails as files below one folder, which can be deleted at any time."""

    def __init__(self, root: Path) -> None:
        """Keep below this folder; it is made with the first thumbnail."""
        self._root = root

    def get(self, item_id: str, read: Callable[[], bytes]) -> bytes:
        """Return the thumbnail of an image: a JPEG, upright, on white where it is transparent.

        Args:
            item_id: hash of the file's content, which names the thumbnail.
            read: gets the file's content, where there is no thumbnail yet.

        Raises:
            InputError: there is none, and the file is gone or is no image that can be read.
        """
        path = self._path(item_id)
        try:
            return path.read_bytes()
        except FileNotFoundError:
            thumbnail = shrink(read())
        _keep(path, thumbnail)
        return thumbnail

    def forget(self, kept: Callable[[set[str]], set[str]]) -> int:
        """Delete the thumbnails of images that are no items any more, and return how many.

        Args:
            kept: says which of some item_ids are items still.
        """
        files = {path.stem: path for path in self._root.glob("*/*.jpg")}
        gone = files.keys() - kept(set(files))
        for item_id in gone:
            files[item_id].unlink(missing_ok=True)
        return len(gone)

    def _path(self, item_id: str) -> Path:
        if not (item_id.isalnum() and item_id.isascii()):
            raise InputError(f"{item_id!r} is no item_id")
        return self._root / item_id[:2] / f"{item_id}.jpg"


def shrink(content: bytes) -> bytes:
    """Return an image file as a small JPEG.

    Raises:
        InputError: it is no image that can be read.
    """
    with opened(content) as image:
        return pack(image, side=SIDE, quality=QUALITY)


def _keep(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; several processes may write the same one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
        file.write(content)
    os.replace(file.name, path)  # noqa: PTH105  the name is a string
