"""What a dataset's folder holds, by name, size and time alone, wherever it lies."""

import hashlib
from dataclasses import dataclass
from typing import Literal, NamedTuple

from saetm.errors import InputError

IMAGE_ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff")
TABLE_ENDINGS = (".jsonl", ".jsonl.gz", ".csv", ".parquet")
OPTIONS_NAME = "dataset.toml"
_LITTER = {"thumbs.db", "desktop.ini", "__macosx"}  # what systems leave behind, in lower case
# What copy tools and browsers call a file until it is whole; rsync's are hidden anyway.
_UNFINISHED = (
    ".part",
    ".partial",
    ".filepart",
    ".tmp",
    ".temp",
    ".crdownload",
    ".download",
    "._copying_",
    "~",
)

Kind = Literal["image", "text", "table", "options", "other"]


class File(NamedTuple):
    """A file of the folder; a tuple, since a look makes a hundred thousand."""

    path: str  # relative to the folder, with forward slashes
    bytes: int
    modified_us: int  # microseconds since 1970, UTC; local copy tools may set it to anything
    changed_us: int = 0  # when the store last saw it change, by the store's own clock
    version: str = ""  # names the very content, in stores that do so

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

    @property
    def stamp(self) -> tuple[str, ...]:
        """What a digest of facts must hold to notice content that size and time do not tell."""
        return (self.version,) if self.version else ()


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

    files: tuple[File, ...]
    rejects: tuple[Reject, ...]

    def of_kind(self, kind: Kind) -> list[File]:
        """Files of one kind, sorted by path."""
        return [file for file in self.files if file.kind == kind]


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at a folder tells without opening a file of it."""

    fingerprint: str  # equal as long as names, sizes, times and versions are
    files: int  # how many lie there
    newest_us: int  # when the last of them changed, by the store's own clock; 0 without files


def build_listing(files: list[File], rejects: list[Reject]) -> Listing:
    """Sort what was found by path."""
    files.sort()
    rejects.sort(key=lambda reject: reject.path)
    return Listing(tuple(files), tuple(rejects))


def look_at(listing: Listing) -> Look:
    """Sum a listing up."""
    digest = hashlib.blake2b(digest_size=16)
    newest = 0
    for path, size, modified_us, changed_us, version in listing.files:
        digest.update(f"{path}\0{size}\0{modified_us}\0{version}\0".encode())
        newest = max(newest, changed_us)
    for reject in listing.rejects:
        digest.update(f"{reject.path}\0{reject.reason}\0".encode())
    return Look(digest.hexdigest(), len(listing.files), newest)


def is_passed_over(name: str) -> bool:
    """Tell hidden names and the litter of systems, of which nobody is told."""
    return name.startswith(".") or name.lower() in _LITTER


def is_unfinished(name: str) -> bool:
    """Tell the names under which tools write a file until it is whole."""
    return name.lower().endswith(_UNFINISHED)
