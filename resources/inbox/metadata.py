"""Gather what tables say about the files of a folder."""

import posixpath
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields, replace

from resources.inbox.facts import FactReader
from resources.inbox.folder import Folder
from resources.inbox.listing import File, Reject, UnsettledError
from resources.inbox.tables import Flaw, Row, read_rows
from saetm.errors import InputError
from saetm.items import Facts

_NOTHING = Facts()


@dataclass
class FactBook:
    """The facts of each file; an earlier row wins over a later one, column by column."""

    reader: FactReader
    names: frozenset[str]  # files that may be spoken of, as `same_name` writes them
    facts: dict[str, Facts] = field(default_factory=dict)
    is_settled: bool = True  # whether every table could be read

    def of(self, path: str) -> Facts:
        """Facts of a file; empty ones if no table names it."""
        return self.facts.get(same_name(path), _NOTHING)

    def gather(self, folder: Folder, tables: Iterable[File]) -> Iterator[Reject]:
        """Read metadata tables, yielding what in them could not be used."""
        for table in tables:
            try:
                with folder.local(table) as path:
                    for row in read_rows(path):
                        for reason in self._note(table, row):
                            yield Reject(f"{table.path}#{row.number}", reason)
            except InputError as error:
                self.is_settled &= not isinstance(error, UnsettledError)
                yield Reject(table.path, str(error))

    def _note(self, table: File, row: Row | Flaw) -> list[str]:
        """Enter one row; return a sentence for all that was left out."""
        if isinstance(row, Flaw):
            return [row.reason]
        name = row.values.get("file_name")
        if not isinstance(name, str) or not name:
            return ["has no file_name"]
        path = same_name(posixpath.normpath(posixpath.join(posixpath.dirname(table.path), name)))
        if path == ".." or path.startswith(("/", "../")):
            return [f"file_name {name!r} points outside the folder"]
        if path not in self.names:
            return [f"file_name {name!r} is not among the items of the folder"]
        facts, remarks = self.reader.read(row.values)
        self.facts[path], refused = _merge(self.facts.get(path, _NOTHING), facts)
        if refused:
            names = " and ".join(refused)
            remarks.append(f"another {names} of {name!r} stands in an earlier row and is kept")
        return remarks


def same_name(path: str) -> str:
    """Write a name so that composed and decomposed accents compare equal."""
    return unicodedata.normalize("NFC", path)


def _merge(earlier: Facts, later: Facts) -> tuple[Facts, list[str]]:
    """Fill what the earlier facts leave open; also name the ones that disagree."""
    fresh, refused = {}, []
    if earlier.timestamp is not None:
        later = replace(later, timestamp_end=None)  # the end belongs to its own start
    for name in (entry.name for entry in fields(Facts)):
        old, new = getattr(earlier, name), getattr(later, name)
        if old is None:
            fresh[name] = new
        elif new not in (None, old):
            refused.append(name)
    return replace(earlier, **fresh), refused
