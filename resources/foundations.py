"""Foundations: autoencoders that new datasets of an encoder bind to instead of training."""

from dataclasses import asdict, dataclass, fields
from datetime import datetime

import polars as pl

from resources.autoencoders import exported
from resources.lake import Lake
from resources.view import TICK, DatasetView
from saetm.errors import InputError
from saetm.sae.exports import encoder_of, export, read_export
from saetm.sae.weights import Weights
from saetm.tables import EMBEDDINGS, FOUNDATIONS, SAE_CHECKPOINTS

NOTE = {"asset": FOUNDATIONS.asset}


@dataclass(frozen=True)
class Foundation:
    """A promotion; its weights are read when they are asked for."""

    dataset: str  # that it was trained on; empty where it was imported
    sae_id: str
    encoder: str  # producer of the embeddings it reads
    dimension: int  # D
    dictionary_size: int  # K
    training_item_count: int  # 0 where nobody knows
    variance_explained: float | None  # on rows held out of its training
    settings: str  # of its training, as JSON
    promoted_at: datetime

    @property
    def source(self) -> str:
        """Where it came from, in words."""
        return f"trained on {self.dataset}" if self.dataset else "imported"

    def reads(self, encoder: str, dimension: int) -> bool:
        """Tell whether it reads embeddings of this producer and dimension."""
        return (encoder_of(self.encoder), self.dimension) == (encoder_of(encoder), dimension)


class Foundations:
    """Reads and appends to the `foundations` table; a promotion is never taken back."""

    def __init__(self, lake: Lake) -> None:
        """Look into this lake."""
        self._lake = lake

    def every(self) -> list[Foundation]:
        """Return all promotions, the newest first."""
        columns = [field.name for field in fields(Foundation)]
        rows = self._lake.scan(FOUNDATIONS).select(columns).collect()
        newest_first = rows.sort("promoted_at", descending=True)
        return [Foundation(**row) for row in newest_first.iter_rows(named=True)]

    def in_service(self, encoder: str, dimension: int) -> Foundation | None:
        """Return what new datasets bind to: the newest promotion that reads their embeddings.

        Args:
            encoder: producer of the embeddings; what the encoder read does not matter.
            dimension: D; vectors that users bring are told apart by nothing else.
        """
        return next((each for each in self.every() if each.reads(encoder, dimension)), None)

    def every_in_service(self) -> list[Foundation]:
        """Return the newest promotion of each encoder and dimension."""
        spaces: dict[tuple[str, int], Foundation] = {}
        for each in self.every():
            spaces.setdefault((encoder_of(each.encoder), each.dimension), each)
        return list(spaces.values())

    def weights(self, foundation: Foundation) -> Weights:
        """Read the autoencoder of a promotion.

        Raises:
            ContractError: what is stored is damaged.
        """
        return read_export(self._content(foundation))[0]

    def promote(self, name: str, *, at: datetime) -> Foundation:
        """Put an autoencoder in service for its encoder; nothing is written if it is already.

        Args:
            name: a dataset, or the sae_id of a foundation.
            at: the instant.

        Returns:
            The promotion that is in service now.

        Raises:
            InputError: nothing of this name has an autoencoder.
        """
        dataset, content = self._find(name)
        return self._enter(content, dataset, at)

    def import_content(self, content: bytes, encoder: str | None, *, at: datetime) -> Foundation:
        """Put an autoencoder from elsewhere in service; nothing in it is executed.

        Args:
            content: bytes of a file, as `content` returns them.
            encoder: the encoder it belongs to, where the content does not say so.
            at: the instant.

        Raises:
            InputError: the content does not fit the encoder, or does not name any.
            ContractError: the content is no autoencoder.
        """
        weights, provenance = read_export(content)
        if not (provenance.encoder or encoder):
            raise InputError("it does not say which encoder it reads: say it with --encoder")
        claimed = encoder_of(provenance.encoder or str(encoder))
        if encoder and encoder_of(encoder) != claimed:
            raise InputError(f"it reads {claimed!r}, not {encoder_of(encoder)!r}")
        self._check_dimension(weights.dimension, claimed)
        known = provenance.model_copy(update={"encoder": provenance.encoder or claimed})
        return self._enter(export(weights, known), "", at)

    def content(self, name: str) -> bytes:
        """Return an autoencoder as safetensors that say where it came from.

        Args:
            name: a dataset, or the sae_id of a foundation.

        Raises:
            InputError: nothing of this name has an autoencoder.
        """
        return self._find(name)[1]

    def _find(self, name: str) -> tuple[str, bytes]:
        """Return the dataset that an autoencoder was trained on, and the autoencoder."""
        bound = self._lake.scan(SAE_CHECKPOINTS, name).select("sae_id", "encoder").collect()
        sae_id, encoder = bound.row(0) if bound.height else (name, None)
        known = self._known(sae_id, encoder)
        if known is not None:
            return known.dataset, self._content(known)
        if bound.is_empty():
            raise InputError(
                f"nothing called {name!r} has an autoencoder: give a dataset that was taken "
                "through the line, or an id that `saetm sae list` shows"
            )
        return name, exported(DatasetView(self._lake, name))

    def _known(self, sae_id: str, encoder: str | None) -> Foundation | None:
        """Return the newest promotion of an autoencoder, of this encoder where one is given."""
        mine = [each for each in self.every() if each.sae_id == sae_id]
        if encoder is not None:
            mine = [each for each in mine if encoder_of(each.encoder) == encoder_of(encoder)]
        return mine[0] if mine else None

    def _content(self, foundation: Foundation) -> bytes:
        row = self._lake.scan(FOUNDATIONS).filter(
            (pl.col("sae_id") == foundation.sae_id)
            & (pl.col("promoted_at") == foundation.promoted_at)
        )
        return row.select("weights").collect().item()

    def _enter(self, content: bytes, dataset: str, at: datetime) -> Foundation:
        weights, provenance = read_export(content)
        every = self.every()
        # A clock that was set back must not make the newest promotion an old one.
        instant = max(at, every[0].promoted_at + TICK) if every else at
        promotion = Foundation(
            dataset=dataset,
            sae_id=weights.sae_id,
            dimension=weights.dimension,
            dictionary_size=weights.dictionary_size,
            promoted_at=instant,
            **provenance.model_dump(),
        )
        before = self.in_service(promotion.encoder, promotion.dimension)
        if before is not None and before.sae_id == promotion.sae_id:
            return before
        row = pl.DataFrame([{**asdict(promotion), "weights": content}])
        self._lake.append(FOUNDATIONS, row, note=NOTE)
        return promotion

    def _check_dimension(self, dimension: int, encoder: str) -> None:
        """Refuse what reads vectors that its encoder has never given here."""
        found = self._lake.scan(EMBEDDINGS).select("producer", "dim").unique().collect()
        given = {dim for producer, dim in found.iter_rows() if encoder_of(producer) == encoder}
        if given and dimension not in given:
            raise InputError(
                f"it reads vectors of {dimension} components, and {encoder!r} gives "
                f"{min(given)} here"
            )
