"""What the pages of the explorer share: the doors that they read through."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import polars as pl
from starlette.requests import Request

from resources.inbox import Inbox
from resources.lake import Lake
from resources.registry import Registry
from resources.settings import Settings
from resources.thumbnails import Thumbnails
from saetm.errors import InputError
from saetm.owed import Stage
from saetm.tables import ITEMS
from saetm_assets.explorer.dataset import Dataset
from saetm_assets.explorer.library import Library


@dataclass(frozen=True)
class House:
    """The doors of a home folder, none of which the explorer writes through."""

    settings: Settings
    lake: Lake
    registry: Registry
    inbox: Inbox
    thumbnails: Thumbnails
    library: Library
    line: Sequence[Stage]  # in the order in which data flows

    def thumbnail(self, dataset: str, item_id: str) -> bytes:
        """Return the thumbnail of an image as a JPEG.

        Raises:
            InputError: the dataset has no such image, or its file cannot be read.
        """
        return self.thumbnails.get(item_id, partial(self.file, dataset, item_id))

    def file(self, dataset: str, item_id: str) -> bytes:
        """Return the file of an image; only the item's id says which.

        Raises:
            InputError: the dataset has no such image, or its file cannot be read.
        """
        item = self.lake.scan(ITEMS, dataset).filter(pl.col("item_id") == item_id)
        found = item.filter(pl.col("modality") == "image").select("dataset", "path").collect()
        if found.is_empty():
            raise InputError(f"{dataset!r} has no image {item_id!r}")
        owner, path = found.row(0)  # of a union's item, a member that has it
        return self.inbox.read(self.registry.find(owner).folder, path)


def house_of(request: Request) -> House:
    """Return the house that this request is about."""
    house: House = request.app.state.house
    return house


def dataset_of(request: Request) -> Dataset:
    """Return the dataset that this request's path names, as it is now.

    Raises:
        InputError: there is no such dataset, or it was never materialised.
    """
    return house_of(request).library.dataset(request.path_params["dataset"])
