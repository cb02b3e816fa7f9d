"""The autoencoder that a dataset is bound to: what it was trained on, and how well it explains."""

import json
from dataclasses import dataclass
from datetime import datetime

from saetm.queries.answers import first
from saetm.queries.source import Source
from saetm.tables import SAE_CHECKPOINTS, TOKEN_AUTOENCODERS
from saetm.tables.autoencoders import TOKENS

_FOUNDATION = "foundation, trained on "  # how a binding says where its autoencoder came from
_IMPORTED = "foundation, imported"
_TRAINED = "trained"


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """What an autoencoder was trained on."""

    dataset: str | None  # None where it was imported
    item_count: int | None  # None where nobody knows


@dataclass(frozen=True, slots=True)
class Autoencoder:
    """A sparse autoencoder in numbers."""

    sae_id: str
    origin: str  # trained, or foundation and where that came from
    kind: str
    encoder: str  # producer of the embeddings that it reads
    dictionary_size: int  # K
    training_set: TrainingSet
    variance_explained: float | None  # share, on rows that it was not trained on
    l0: float  # mean number of active features per held-out row
    settings: dict[str, object]  # those that are not the defaults
    run_id: str
    created_at: datetime


def autoencoder_of(source: Source, dataset: str) -> Autoencoder | None:
    """Return the autoencoder of a dataset, if it is bound to one."""
    numbers = ("sae_id", "origin", "kind", "encoder", "dictionary_size", "variance_explained", "l0")
    stamps = ("run_id", "created_at")
    columns = (*numbers, *stamps, "settings", "training_item_count")
    row = first(source.scan(SAE_CHECKPOINTS, dataset).select(columns))
    if row is None:
        return None
    if row["kind"] == TOKENS:
        trained_on = _read_tokens_of(source, row["origin"], dataset)
    else:
        trained_on = _trained_on(row["origin"], dataset)
    return Autoencoder(
        **{name: row[name] for name in (*numbers, *stamps)},
        settings=json.loads(row["settings"]),
        training_set=TrainingSet(trained_on, row["training_item_count"] or None),
    )


def _read_tokens_of(source: Source, origin: str, dataset: str) -> str | None:
    """Return whose tokens an autoencoder was trained on: of a view, its member's."""
    row = first(source.scan(TOKEN_AUTOENCODERS, dataset).select("dataset"))
    return row["dataset"] if row and origin.endswith(_TRAINED) else None


def _trained_on(origin: str, dataset: str) -> str | None:
    if origin == _IMPORTED:
        return None
    return origin.removeprefix(_FOUNDATION) if origin.startswith(_FOUNDATION) else dataset
