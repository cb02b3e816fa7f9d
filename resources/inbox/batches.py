"""Turn what is found in a folder into frames, one item per content."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Literal

import polars as pl

from resources.inbox.listing import File, Reject
from saetm.errors import ContractError
from saetm.items import Facts

Modality = Literal["image", "text"]

_INSTANT = pl.Datetime("us", "UTC")
ITEM_SCHEMA = pl.Schema(
    {
        "item_id": pl.String(),
        "path": pl.String(),
        "modality": pl.String(),
        "text": pl.String(),
        "timestamp": _INSTANT,
        "timestamp_end": _INSTANT,
        "group": pl.String(),
        "url": pl.String(),
        "embedding": pl.Binary(),
        "width": pl.Int32(),
        "height": pl.Int32(),
        "bytes": pl.Int64(),
        "modified_at": _INSTANT,
        "metadata_hash": pl.String(),
    }
)
KNOWN_SCHEMA = pl.Schema(
    {
        name: ITEM_SCHEMA[name]
        for name in ("path", "item_id", "bytes", "modified_at", "metadata_hash")
    }
)
REJECT_SCHEMA = pl.Schema({"path": pl.String(), "reason": pl.String()})
PRESENT_SCHEMA = pl.Schema({"path": pl.String(), "item_id": pl.String()})

BATCH_ROWS = 512
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Batch:
    """A stretch of the folder in the order of its paths."""

    items: pl.DataFrame  # ITEM_SCHEMA; new items, and known ones of which something changed
    rejects: pl.DataFrame  # REJECT_SCHEMA; what is not used, or not wholly, and why
    present: pl.DataFrame  # PRESENT_SCHEMA; every item that is there, unchanged ones included


@dataclass(frozen=True, slots=True)
class Found:
    """An item that is there; without a row if it is known and unchanged."""

    path: str
    item_id: str
    row: dict[str, object] | None = None


class Known:
    """What an earlier scan found, by path."""

    def __init__(self, frame: pl.DataFrame) -> None:
        missing = [name for name in KNOWN_SCHEMA if name not in frame.columns]
        if missing:
            raise ContractError(f"known lacks the columns {missing}")
        columns = frame.select(
            "path", "item_id", "bytes", pl.col("modified_at").dt.timestamp("us"), "metadata_hash"
        )
        self._rows = {path: tuple(rest) for path, *rest in columns.iter_rows()}

    def unchanged_file(self, file: File, digest: str | None) -> str | None:
        """Return the item of a file with the same size, time and metadata; None if it must be read.

        A digest of None compares no metadata: they could not be read.
        """
        row = self._rows.get(file.path)
        if row is None or row[1:3] != (file.bytes, file.modified_us):
            return None
        return row[0] if digest in (None, row[3]) else None

    def has(self, path: str, item_id: str, digest: str) -> bool:
        """Tell whether this very content with these metadata is known at the path."""
        row = self._rows.get(path)
        return row is not None and (row[0], row[3]) == (item_id, digest)

    def below(self, paths: Iterable[str]) -> Iterator[Found]:
        """Items of files, tables and folders that could not be judged."""
        unsettled = set(paths)
        for path, row in self._rows.items() if unsettled else ():
            if not unsettled.isdisjoint(_holders(path)):
                yield Found(path, row[0])


def build_row(file: File, facts: Facts, digest: str, item_id: str) -> dict[str, object]:
    """Build what the rows of images and texts have in common."""
    return {
        "item_id": item_id,
        "path": file.path,
        "timestamp": facts.timestamp,
        "timestamp_end": facts.timestamp_end,
        "group": facts.group,
        "url": facts.url,
        "embedding": facts.embedding,
        "bytes": file.bytes,
        "modified_at": _EPOCH + timedelta(microseconds=file.modified_us),
        "metadata_hash": digest,
    }


def batches(events: Iterable[Found | Reject], known: Known) -> Iterator[Batch]:
    """Group events into frames; of equal contents the first path is the item.

    Known items whose files could not be judged are reported as present at the end, for a
    failed read is no proof that an item is gone.
    """
    first: dict[str, str] = {}  # path by item
    unsettled: list[str] = []
    stream = iter(events)
    while stretch := list(islice(stream, BATCH_ROWS)):
        unsettled += [event.path for event in stretch if _is_unsettled(event)]
        yield _frames([_once(event, first) for event in stretch])
    kept = [found for found in known.below(unsettled) if found.item_id not in first]
    if kept:
        yield _frames(kept)


def _once(event: Found | Reject, first: dict[str, str]) -> Found | Reject:
    if isinstance(event, Reject):
        return event
    path = first.setdefault(event.item_id, event.path)
    return event if path == event.path else Reject(event.path, f"duplicate of {path!r}")


def _frames(events: Iterable[Found | Reject]) -> Batch:
    found = [event for event in events if isinstance(event, Found)]
    rejects = [event for event in events if isinstance(event, Reject)]
    return Batch(
        items=pl.DataFrame([each.row for each in found if each.row], ITEM_SCHEMA),
        rejects=pl.DataFrame(
            [(_writable(each.path), _writable(each.reason)) for each in rejects],
            REJECT_SCHEMA,
            orient="row",
        ),
        present=pl.DataFrame(
            [(each.path, each.item_id) for each in found], PRESENT_SCHEMA, orient="row"
        ),
    )


def _is_unsettled(event: Found | Reject) -> bool:
    return isinstance(event, Reject) and event.is_unsettled


def _writable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()


def _holders(path: str) -> Iterator[str]:
    """Yield the path, the table it may be a row of, and all folders above it."""
    yield path
    if "#" in path:
        yield path.rpartition("#")[0]
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path
