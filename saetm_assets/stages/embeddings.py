"""Stage 6: every item gets a vector."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import dagster as dg
import polars as pl

from resources.bindings import Encoders, EngineFace
from resources.encoder import chosen_before
from resources.encoding import Encoder, UnreadableError
from resources.inbox import Inbox
from resources.portions import Work
from saetm.bridge import VECTOR_DTYPE, vectors_to_series
from saetm.errors import ContractError, InputError
from saetm.prompts.wording import shorten
from saetm.tables import CAPTIONS, EMBEDDINGS, ITEMS, REJECTS
from saetm_assets import pictures
from saetm_assets.automation import RETRY, on_change
from saetm_assets.partitions import DATASETS_PARTITIONS, OWNERS
from saetm_assets.pools import GPU
from saetm_assets.relay import relay
from saetm_assets.step import OPTIONS, Desk, Step

BATCH = 2048
READ_AT_ONCE = 256  # files in memory
CAUSE = 120  # characters of a decoder's complaint that a reject repeats

Inputs = Callable[[pl.DataFrame], list[str] | list[bytes]]


@dg.asset(
    partitions_def=DATASETS_PARTITIONS,
    deps=["items", "captions"],
    group_name="autoencoder",
    kinds={"deltalake", "pytorch"},
    owners=OWNERS,
    code_version="1",
    pool=GPU,
    metadata={OPTIONS: ["encoder"]},
    retry_policy=RETRY,
    automation_condition=on_change(),
)
def embeddings(
    context: dg.AssetExecutionContext,
    desk: dg.ResourceParam[Desk],
    inbox: dg.ResourceParam[Inbox],
    encoders: Encoders,
    engine: EngineFace,
) -> dg.MaterializeResult[None]:
    """One row is the vector of an item by one encoder, which says what it read."""
    with desk.open(context) as step, engine.card():
        if union := step.union:
            return relay(step, union, EMBEDDINGS)
        opening = encoders.opening(_encoder_name(step))
        encoder = opening()
        source = _sources(step, inbox)[encoder.reads]
        producer = f"{encoder.producer} of {source.name}"
        _require_one(step, source)
        step.spread(
            EMBEDDINGS,
            source.wanted,
            partial(
                engine.open().each, partial(_encoding, opening, encoder.producer, source.inputs)
            ),
            producer=producer,
            batch=BATCH,
        )
        _reject(step, source, encoder, producer)
        return step.close(
            EMBEDDINGS,
            version_of=("item_id", "producer", "input_hash"),
            producer=producer,
            metadata={"encoder reads": source.name, "length of vectors": _norms(step, producer)},
        )


@dataclass(frozen=True)
class Source:
    """What an encoder reads of each item."""

    name: str  # recorded in the producer
    wanted: pl.LazyFrame  # item_id, input_hash and what `inputs` needs
    inputs: Inputs


def _sources(step: Step, inbox: Inbox) -> dict[str, Source]:
    items = step.scan(ITEMS)
    folder = step.registration.folder
    caption = step.in_service(CAPTIONS).select("item_id", "caption", input_hash="caption_hash")
    return {
        "text": Source(
            f"{step.ledger('captions').producer} captions",
            caption,
            lambda rows: rows["caption"].to_list(),
        ),
        "image": Source(
            "images",
            items.select("item_id", "path", input_hash="item_id"),
            lambda rows: [inbox.read(folder, path) for path in rows["path"].to_list()],
        ),
        "vector": Source(
            "vectors that came with the items",
            items.drop_nulls("embedding").select(
                "item_id", "embedding", input_hash="metadata_hash"
            ),
            lambda rows: rows["embedding"].to_list(),
        ),
    }


def _encoder_name(step: Step) -> str:
    """Return the encoder of the options; `auto` stays what it was at first.

    Otherwise one new file without a vector would change the encoder, and retrain.
    """
    name = step.registration.options.encoder
    if name != "auto":
        return name
    before = step.last("embeddings")
    if before is not None:
        return chosen_before(before.producer)
    lacking = step.scan(ITEMS).select(pl.col("embedding").is_null().any()).collect().item()
    return "minilm" if lacking else "provided"


def _reject(step: Step, source: Source, encoder: Encoder, producer: str) -> None:
    """Report the items that have nothing for this encoder to read, or nothing that it can.

    Raises:
        InputError: there is no item with a vector.
    """
    rejects = pl.concat([_lacking(step, source), _unreadable(step, source, encoder, producer)])
    step.renew(REJECTS, rejects.with_columns(stage=pl.lit("embeddings")), stage="embeddings")
    if _vectors(step, producer).head(1).collect().is_empty():
        raise InputError(
            f"none of the {rejects.height} items of {step.dataset!r} can be read by the encoder; "
            f"the first: {rejects['reason'][0]}"
        )


def _lacking(step: Step, source: Source) -> pl.DataFrame:
    items = step.scan(ITEMS).select("item_id", "path")
    lacking = items.join(source.wanted.select("item_id"), on="item_id", how="anti").collect()
    rejects = lacking.select("path", reason=pl.lit(f"there are no {source.name} of it"))
    captioned = source.name.endswith("captions")  # the captions stage has said so already
    return rejects.clear() if captioned else rejects


def _unreadable(step: Step, source: Source, encoder: Encoder, producer: str) -> pl.DataFrame:
    """Ask once more for the few that got no vector, for workers elsewhere tell no reasons."""
    mine = _vectors(step, producer).select("item_id")
    left = source.wanted.join(mine, on="item_id", how="anti").collect()
    reasons = {"path": pl.String(), "reason": pl.String()}
    if left.is_empty():
        return pl.DataFrame(schema=reasons)
    told = [
        (row["path"].item(), reason)
        for row in left.iter_slices(1)
        if (reason := _refusal(encoder, source.inputs(row)))
    ]
    return pl.DataFrame(told, schema=reasons, orient="row")


def _refusal(encoder: Encoder, inputs: list[str] | list[bytes]) -> str:
    try:
        encoder.encode(inputs)
    except UnreadableError as error:
        return f"cannot be read: {shorten(error.reasons[0], CAUSE)}"
    return ""


def _vectors(step: Step, producer: str) -> pl.LazyFrame:
    return step.scan(EMBEDDINGS).filter(pl.col("producer") == producer)


def _encoding(opening: Callable[[], Encoder], producer: str, inputs: Inputs) -> Work:
    """Open the encoder where the work is done.

    Raises:
        ContractError: that machine has other weights of this name, or another number type.
    """
    encoder = opening()
    if encoder.producer != producer:
        raise ContractError(
            f"a worker opened the encoder {encoder.producer!r} instead of {producer!r}: give all "
            "machines the same files, and set SAETM_DTYPE where their devices differ"
        )
    return partial(_encoded, encoder, inputs)


def _encoded(encoder: Encoder, inputs: Inputs, rows: pl.DataFrame) -> pl.DataFrame:
    """Embed rows, of which few are read at a time: photographs are large, and vectors small."""
    parts = [_embedded(encoder, inputs, some) for some in rows.iter_slices(READ_AT_ONCE)]
    return pl.concat(parts)


def _embedded(encoder: Encoder, inputs: Inputs, rows: pl.DataFrame) -> pl.DataFrame:
    try:
        vectors = encoder.encode(inputs(rows))
    except UnreadableError as error:
        readable = [position for position in range(rows.height) if position not in error.reasons]
        return _embedded(encoder, inputs, rows[readable])
    return rows.select(
        "item_id",
        "input_hash",
        dim=pl.lit(vectors.shape[1]),
        dtype=pl.lit(VECTOR_DTYPE),
    ).with_columns(vectors_to_series(vectors))


def _require_one(step: Step, source: Source) -> None:
    if source.wanted.head(1).collect().is_empty():
        raise InputError(
            f"no item of {step.dataset!r} brings a vector: add a column `embedding`, or set "
            "another encoder (minilm)"
        )


def _norms(step: Step, producer: str) -> dg.MetadataValue:
    import numpy as np

    from saetm.bridge import series_to_vectors

    rows = _vectors(step, producer).select("vector").head(5000).collect()
    norms = np.linalg.norm(series_to_vectors(rows["vector"]), axis=1)
    return pictures.histogram(norms.astype(np.float64), title="Length of vectors", label="norm")
