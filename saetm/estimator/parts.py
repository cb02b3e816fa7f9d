"""The parts of a saved topic model: what a fit learned as safetensors and Parquet, and back."""

from collections.abc import Mapping
from io import BytesIO

import polars as pl

from saetm.bridge import csr_to_lists, lists_to_csr
from saetm.cuts import Material
from saetm.emission.emissions import SCHEMA, from_frame, to_frame
from saetm.errors import ContractError
from saetm.estimator.fitted import Fitted, Quality
from saetm.estimator.settings import Settings
from saetm.estimator.stored_tree import pack_tree, unpack_tree
from saetm.sae.exports import Provenance, export, read_export

AUTOENCODER, TREE = "autoencoder.safetensors", "tree.safetensors"
VOCABULARY, FEATURES, ITEMS = "vocabulary.parquet", "features.parquet", "items.parquet"
PARTS = (AUTOENCODER, FEATURES, ITEMS, TREE, VOCABULARY)

_VOCABULARY = pl.Schema(
    {
        "word_id": pl.Int32(),
        "word": pl.String(),
        "document_frequency": pl.Int32(),
        "word_count": pl.Int64(),
        "probability": pl.Float64(),  # of the word in the whole corpus
    }
)
_FEATURES = pl.Schema({**SCHEMA, "weight": pl.Float64(), "item_count": pl.Int64()})
_ITEMS = pl.Schema(
    {"row": pl.Int64(), "features": pl.List(pl.Int32()), "shares": pl.List(pl.Float32())}
)


def pack(fitted: Fitted) -> dict[str, bytes]:
    """Write each of PARTS; equal models give equal bytes."""
    material = fitted.material
    features, shares = csr_to_lists(material.shares)
    items = {"row": fitted.rows, "features": features, "shares": shares}
    words = fitted.vocabulary.with_columns(probability=material.emissions.unigram)
    described = to_frame(material.emissions).with_columns(
        weight=material.weights, item_count=material.item_counts
    )
    return {
        AUTOENCODER: export(fitted.autoencoder, _provenance(fitted)),
        TREE: pack_tree(fitted.tree, fitted.vectors, material.word_vectors),
        VOCABULARY: _parquet(words.match_to_schema(_VOCABULARY)),
        FEATURES: _parquet(described.match_to_schema(_FEATURES)),
        ITEMS: _parquet(pl.DataFrame(items, schema=_ITEMS)),
    }


def unpack(parts: Mapping[str, bytes], settings: Settings, quality: Quality) -> Fitted:
    """Read what `pack` wrote, bit for bit, from bytes that anybody may have written.

    Raises:
        ContractError: a part is none, or parts do not belong together.
    """
    autoencoder, _ = read_export(parts[AUTOENCODER])
    n_features = autoencoder.dictionary_size
    vocabulary = _frame(VOCABULARY, parts, _VOCABULARY)
    features = _frame(FEATURES, parts, _FEATURES)
    items = _frame(ITEMS, parts, _ITEMS)
    _check_counted(vocabulary["word_id"], vocabulary.height)
    _check_counted(features["feature"], n_features)
    _check_counted(items["row"].sort(), items.height)
    tree, vectors, word_vectors = unpack_tree(parts[TREE], n_features, vocabulary.height)
    material = Material(
        sae_id=autoencoder.sae_id,
        item_ids=[str(row) for row in items["row"]],
        shares=lists_to_csr(items["features"], items["shares"], n_columns=n_features),
        weights=features["weight"].to_numpy(),
        item_counts=features["item_count"].to_numpy(),
        emissions=from_frame(features, unigram=vocabulary["probability"].to_numpy()),
        words=vocabulary["word"].to_list(),
        word_vectors=word_vectors,
    )
    return Fitted(
        settings=settings,
        autoencoder=autoencoder,
        quality=quality,
        vocabulary=vocabulary.drop("probability"),
        material=material,
        vectors=vectors,
        tree=tree,
    )


def _provenance(fitted: Fitted) -> Provenance:
    return Provenance(
        training_item_count=len(fitted.rows),
        variance_explained=fitted.quality.variance_explained,
        settings=fitted.settings.sae.model_dump_json(),
    )


def _parquet(frame: pl.DataFrame) -> bytes:
    content = BytesIO()
    frame.write_parquet(content)
    return content.getvalue()


def _frame(name: str, parts: Mapping[str, bytes], schema: pl.Schema) -> pl.DataFrame:
    """Read a frame in which no value is missing, and no number is not finite."""
    try:
        frame = pl.read_parquet(BytesIO(parts[name]))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise ContractError(f"{name} is no Parquet file") from error
    if frame.schema != schema:
        raise ContractError(f"{name} has other columns than {', '.join(schema)}")
    for column in frame:
        is_list = isinstance(column.dtype, pl.List)
        values = column.explode(empty_as_null=False) if is_list else column
        is_finite = not values.dtype.is_float() or values.is_finite().all()
        if column.has_nulls() or values.has_nulls() or not is_finite:
            raise ContractError(f"{name} has gaps in the column {column.name}")
    return frame


def _check_counted(ids: pl.Series, count: int) -> None:
    if ids.to_list() != list(range(count)):
        raise ContractError(f"{ids.name} does not count from 0 to {count - 1}")
