"""The members of a union, as the registry and their ledgers know them."""

from collections.abc import Mapping, Sequence

import polars as pl

from resources.lake import Lake
from resources.registry import Registry
from resources.view import Entry, ledgers
from saetm.errors import InputError
from saetm.tables import ITEMS
from saetm.unions import Member, check_alike, check_members

READ = ("captions", "bags", "embeddings", "sae_checkpoints")  # assets that have to fit


def find_members(registry: Registry, union: str, members: Sequence[str]) -> None:
    """Refuse what cannot be members of a union.

    Raises:
        InputError: there are too few, or one is unknown, retired or a union itself.
    """
    for name in check_members(union, members):
        within = registry.find(name).options.members
        if within:
            raise InputError(
                f"union {union!r} names {name!r}, a union itself: name the datasets that it "
                f"consists of ({', '.join(map(repr, within))})"
            )


def check_fit(lake: Lake, union: str, members: Sequence[str], *, trains: bool) -> None:
    """Refuse members that were not taken through the line, or whose rows do not mean the same.

    Args:
        lake: the lake.
        union: name of the union.
        members: its members.
        trains: whether the union trains an autoencoder of its own.

    Raises:
        InputError: the sentence says what to do.
    """
    every = ledgers(lake)
    described = [_described(lake, name, every.get(name, {})) for name in members]
    check_alike(union, described, trains=trains)


def _described(lake: Lake, name: str, ledger: Mapping[str, Entry]) -> Member:
    missing = [asset for asset in READ if asset not in ledger]
    if missing:
        raise InputError(f"{missing[0]} of {name!r} was never materialised: run `saetm run` first")
    kinds = lake.scan(ITEMS, name).select(pl.col("modality").first()).collect()
    captions, bags, embeddings, checkpoint = (ledger[asset] for asset in READ)
    return Member(
        name=name,
        modality=kinds.item(),
        captioner=captions.producer,
        lexicon=bags.producer,
        encoder=embeddings.producer,
        sae_id=checkpoint.data_version,
    )
