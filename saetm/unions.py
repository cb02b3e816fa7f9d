"""Union datasets: several datasets as one, which holds no copy of their rows.

The rows that a union has of its members are read under its name and keep theirs in the column
`dataset`. An item of two members is an item of both, so items and rejects hold a row for each; what
was computed from it is there once, by the first member that has it, so that it counts once where
topics are fitted.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from saetm.errors import InputError
from saetm.options import SAE_TM, DatasetOptions
from saetm.sae.exports import encoder_of
from saetm.tables import (
    ACTIVATIONS,
    BAGS,
    CAPTIONS,
    EMBEDDINGS,
    FEATURE_COUNTS,
    FEATURE_DESCRIPTIONS,
    ITEMS,
    RECONSTRUCTIONS,
    REJECTS,
    TOKEN_AUTOENCODERS,
    TOKEN_FEATURES,
    Table,
)

SETS = (ITEMS, REJECTS, RECONSTRUCTIONS)  # every member's rows
WORK = (CAPTIONS, BAGS, EMBEDDINGS, FEATURE_COUNTS, ACTIVATIONS)  # a row per item and producer
JOINTLY = (TOKEN_AUTOENCODERS, TOKEN_FEATURES, FEATURE_DESCRIPTIONS)  # the first member's hold
CODES = (ACTIVATIONS, RECONSTRUCTIONS)  # of the autoencoder, which a union may train itself
JOINT = " + "  # between producers of which one wrote each row
TRAIN = "train"


@dataclass(frozen=True, slots=True)
class Membership:
    """What a union consists of."""

    members: tuple[str, ...]
    own_codes: bool  # whether its activations are its own: it trains, or counts tokens

    def has(self, table: Table) -> bool:
        """Tell whether the union has rows of a table from its members."""
        return is_shared(table) and not (self.own_codes and table in CODES)

    def rows(self, rows: pl.LazyFrame, table: Table) -> pl.LazyFrame:
        """Select the union's rows of a table that it has from its members.

        Args:
            rows: of all datasets.
            table: their contract.
        """
        parts = [rows.filter(pl.col("dataset") == member) for member in self.members]
        if table in JOINTLY:
            return parts[0]
        if table in SETS:
            return pl.concat(parts)
        key = list(table.key[1:])
        seen = [part.select(key) for part in parts]
        later = [
            part.join(pl.concat(seen[:place]), on=key, how="anti")
            for place, part in enumerate(parts)
            if place
        ]
        return pl.concat([parts[0], *later])


def is_shared(table: Table) -> bool:
    """Tell whether unions have rows of a table from their members."""
    return table in (*SETS, *WORK, *JOINTLY)


def membership_of(options: DatasetOptions) -> Membership | None:
    """Return what a dataset consists of; None where it has items of its own."""
    if not options.members:
        return None
    return joined(options.members, options.autoencoder, options.model)


def joined(members: Iterable[str], autoencoder: str | None, model: str) -> Membership:
    """Return what a union with these options consists of."""
    return Membership(tuple(members), own_codes=autoencoder == TRAIN or model != SAE_TM)


def joint_producer(producers: Iterable[str]) -> str:
    """Name the producers of the rows of several members as one.

    Example:
        >>> joint_producer(["b", "a", "b"])
        'a + b'
    """
    return JOINT.join(sorted(set(producers)))


def made_by(producer: str) -> pl.Expr:
    """Hold for the rows of a producer, or of each of several that are named as one."""
    return pl.col("producer").is_in(sorted({producer, *producer.split(JOINT)}))


def once(rows: pl.LazyFrame, producer: str) -> pl.LazyFrame:
    """Keep one row of each item, where several producers of rows are named as one."""
    is_joint = JOINT in producer
    return rows.unique("item_id", keep="first", maintain_order=True) if is_joint else rows


def items_once(items: pl.LazyFrame) -> pl.LazyFrame:
    """Keep one row of each item: of those that several members have, the first member's."""
    return items.unique("item_id", keep="first", maintain_order=True)


def check_members(union: str, members: Sequence[str]) -> tuple[str, ...]:
    """Return the members that a union names, or say what is wrong with them.

    Raises:
        InputError: there is none, one is named twice, or the union itself is.
    """
    if union in members:
        raise InputError(f"union {union!r} names itself: name other datasets")
    twice = [name for name in members if list(members).count(name) > 1]
    if twice:
        raise InputError(f"union {union!r} names {twice[0]!r} twice: name each dataset once")
    if not members:
        raise InputError(f"union {union!r} names no dataset: name those that it consists of")
    return tuple(members)


@dataclass(frozen=True, slots=True)
class Member:
    """What decides whether a dataset can be a member beside others."""

    name: str
    modality: str  # of its items
    captioner: str  # producers in service
    lexicon: str
    encoder: str
    sae_id: str


def check_alike(union: str, members: Sequence[Member], *, trains: bool) -> None:
    """Refuse members whose rows do not mean the same.

    Args:
        union: name of the union.
        members: its members, in order; each is compared with the first.
        trains: whether the union trains an autoencoder of its own.

    Raises:
        InputError: they have other lexicons, captioners, encoders or autoencoders; the sentence
            says what to do.
    """
    first = members[0]
    for other in members[1:]:
        _check_words(union, first, other)
        if encoder_of(first.encoder) != encoder_of(other.encoder):
            raise InputError(
                f"union {union!r}: {first.name!r} has vectors of {encoder_of(first.encoder)!r} and "
                f"{other.name!r} of {encoder_of(other.encoder)!r}: give both one encoder (`saetm "
                "add NAME FOLDER --encoder ...`, then `saetm run NAME`)"
            )
        if not trains and first.sae_id != other.sae_id:
            raise InputError(
                f"union {union!r}: {first.name!r} and {other.name!r} have different autoencoders: "
                f"bind one to the other's (`saetm sae promote {first.name}`, `saetm add "
                f"{other.name} FOLDER --set autoencoder=foundation`, `saetm run {other.name}`), or "
                "let the union train its own (`--set autoencoder=train`)"
            )


def _check_words(union: str, first: Member, other: Member) -> None:
    if lexicon_of(first.lexicon) != lexicon_of(other.lexicon):
        raise InputError(
            f"union {union!r}: the words of {first.name!r} were counted by "
            f"{lexicon_of(first.lexicon)!r}, those of {other.name!r} by "
            f"{lexicon_of(other.lexicon)!r}: run both with one SAETM_LEXICON"
        )
    if first.modality == other.modality and first.captioner != other.captioner:
        raise InputError(
            f"union {union!r}: the captions of {first.name!r} are by {first.captioner!r}, those of "
            f"{other.name!r} by {other.captioner!r}: give both one captioner (`saetm add NAME "
            "FOLDER --captioner ...`, then `saetm run NAME`)"
        )


def lexicon_of(producer: str) -> str:
    """Return the lexicon within a producer of bags, without the captioner that it read."""
    return producer.partition(" of ")[0]
