"""The registry: which datasets there are, where their files lie, and their options."""

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl
from pydantic import JsonValue

from resources.inbox import Inbox
from resources.lake import Lake
from saetm.errors import InputError
from saetm.options import DatasetOptions, build_options, check_name
from saetm.tables import DATASETS, RETIREMENTS


@dataclass(frozen=True)
class Registration:
    """A registered dataset."""

    dataset: str
    folder: str  # absolute path of its files
    overrides: dict[str, JsonValue]  # options given at registration; they win over dataset.toml
    options: DatasetOptions  # what holds


class Registry:
    """Reads and writes the `datasets` table; a folder of the inbox registers itself."""

    def __init__(self, lake: Lake, inbox: str | Path) -> None:
        """Look into the lake first, then below the inbox."""
        self._lake = lake
        self._inbox = Inbox(str(inbox))

    def names(self) -> list[str]:
        """Return the names of all registered datasets, sorted; no retired one is among them."""
        registered = self._lake.scan(DATASETS).select("dataset").collect()["dataset"]
        return sorted(set(registered) - self.retired())

    def every(self) -> list[Registration]:
        """Return all registrations but those of retired datasets, sorted by name.

        The tables are read once. A dataset whose options are none any more is left out, and holds
        up no other: its own runs say what is wrong with them.
        """
        retired = self.retired()
        rows = self._lake.scan(DATASETS).sort("dataset").collect().rows(named=True)
        found: list[Registration] = []
        for row in rows:
            if row["dataset"] not in retired:
                with suppress(InputError):
                    found.append(_registration(row))
        return found

    def changed_at(self, dataset: str) -> datetime | None:
        """Return when a dataset was registered, or its options last changed."""
        rows = self._lake.scan(DATASETS, dataset).select("registered_at").collect()
        return rows.item() if rows.height else None

    def retired(self) -> set[str]:
        """Return the names of the datasets that were retired and not added again."""
        return set(self._lake.scan(RETIREMENTS).select("dataset").collect()["dataset"])

    def watched(self, folders: Iterable[str]) -> list[str]:
        """Return the names of all datasets to look after, sorted: no retired one is among them.

        Args:
            folders: the folders of the inbox; each is a dataset by itself.
        """
        return list(self.folders(folders))

    def folders(self, below_inbox: Iterable[str]) -> dict[str, str]:
        """Return where the files of each dataset to look after lie, sorted by name.

        The tables are read once, however many datasets there are: a sensor asks at every tick.

        Args:
            below_inbox: the names of the folders of the inbox, which are believed to be there.
        """
        table = self._lake.scan(DATASETS).select("dataset", "folder").collect()
        folders = {name: self._inbox.place(name) for name in below_inbox} | dict(table.iter_rows())
        return {name: folders[name] for name in sorted(folders.keys() - self.retired())}

    def find(self, dataset: str) -> Registration:
        """Return a dataset's registration.

        Raises:
            InputError: it is neither registered nor a folder of the inbox, or it was retired.
        """
        if dataset in self.retired():
            raise InputError(
                f"dataset {dataset!r} was retired: `saetm add` registers it anew, and `saetm "
                "restore` brings it back"
            )
        rows = self._lake.scan(DATASETS, dataset).collect()
        if rows.height:
            return _registration(rows.row(0, named=True))
        folder = self._inbox.find(dataset)
        if folder is None:
            raise InputError(
                f"no dataset is called {dataset!r}: add it with `saetm add`, or put a folder of "
                "that name into the inbox"
            )
        return Registration(dataset, folder, {}, DatasetOptions())

    def save(self, registration: Registration, *, at: datetime) -> None:
        """Write a registration; nothing is written when nothing changed.

        Raises:
            InputError: the name cannot be a dataset's.
        """
        row = {
            "dataset": check_name(registration.dataset),
            "folder": registration.folder,
            "overrides": json.dumps(registration.overrides, sort_keys=True),
            "options": registration.options.model_dump_json(exclude_defaults=True),
        }
        frame = pl.DataFrame([row])
        present = self._lake.scan(DATASETS, registration.dataset).select(frame.columns).collect()
        if not present.equals(frame):
            frame = frame.with_columns(registered_at=pl.lit(at))
            note = {"asset": "datasets", "dataset": registration.dataset}
            self._lake.replace(DATASETS, registration.dataset, frame, note=note)

    def retire(self, dataset: str, *, at: datetime) -> None:
        """Note that a dataset is passed over from now on; its folder no longer registers itself."""
        row = pl.DataFrame({"dataset": [dataset], "retired_at": [at]})
        self._lake.replace(RETIREMENTS, dataset, row, note=_retirement_note(dataset))

    def readmit(self, dataset: str) -> None:
        """Take a retirement back; nothing is written when there was none."""
        if dataset in self.retired():
            self._lake.remove(RETIREMENTS, dataset, note=_retirement_note(dataset))


def _registration(row: Mapping[str, str]) -> Registration:
    return Registration(
        row["dataset"],
        row["folder"],
        json.loads(row["overrides"]),
        build_options(json.loads(row["options"])),
    )


def _retirement_note(dataset: str) -> dict[str, str]:
    return {"asset": "retirements", "dataset": dataset}
