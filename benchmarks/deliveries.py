"""Photographs with captions, and a folder in which they land a few at a time."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from saetm_assets.demo.freshness import write_whole

Row = dict[str, Any]


@dataclass(frozen=True)
class Photographs:
    """Where photographs come from: a folder of images with a metadata.jsonl."""

    folder: Path
    rows: dict[str, Row]  # what is said of each file, by its name

    @property
    def names(self) -> list[str]:
        """Names of the files, in the order of their metadata."""
        return list(self.rows)


def read_photographs(folder: Path, *, most: int) -> Photographs:
    """Read what is said of the first photographs of a folder."""
    lines = (folder / "metadata.jsonl").read_text("utf-8").splitlines()[:most]
    return Photographs(folder, {row["file_name"]: row for row in map(json.loads, lines)})


@dataclass
class Delivery:
    """A dataset's folder, filled as a careful program does it.

    Every file appears whole, and no photograph lies there before the table that has its caption.
    """

    source: Photographs
    folder: Path
    tables: list[dict[str, Row]] = field(default_factory=list)  # one per landing

    def land(self, names: Sequence[str]) -> None:
        """Let photographs land, with a table of their metadata."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.tables.append({name: self.source.rows[name] for name in names})
        self._write(len(self.tables) - 1)
        for name in names:
            write_whole(self.folder / name, (self.source.folder / name).read_bytes())

    def remove(self, names: Sequence[str]) -> None:
        """Take photographs away that landed first."""
        for name in names:
            (self.folder / name).unlink()
            del self.tables[0][name]
        self._write(0)

    def describe(self, name: str, caption: str) -> None:
        """Give another caption to a photograph that landed first."""
        self.tables[0][name] = {**self.tables[0][name], "caption": caption}
        self._write(0)

    def captions(self) -> dict[str, str]:
        """Return the caption of every photograph that lies there."""
        return {name: row["caption"] for table in self.tables for name, row in table.items()}

    def _write(self, number: int) -> None:
        lines = "".join(f"{json.dumps(row)}\n" for row in self.tables[number].values())
        write_whole(self.folder / f"metadata_{number:02d}.jsonl", lines.encode())
