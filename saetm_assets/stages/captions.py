"""Stage 2: every item gets a caption; a text is its own."""

from collections.abc import Callable
from functools import partial

import dagster as dg
import polars as pl

from resources.bindings import Captioners
from resources.captioner import Captionable, Captioner, Refusal
from resources.inbox import Inbox
from saetm.errors import InputError
from saetm.rows import digest
from saetm.tables import CAPTIONS, ITEMS, REJECTS
from saetm_assets import pictures
from saetm_assets.automation import RETRY, on_change
from saetm_assets.partitions import DATASETS_PARTITIONS, OWNERS
from saetm_assets.step import OPTIONS, Desk, Step

BATCH = 256  # a caption of a vision model costs seconds: a crash loses few

DEPENDS_ON = {"text": "metadata_hash", "image": "item_id"}  # column of items, by what is read


@dg.asset(
    partitions_def=DATASETS_PARTITIONS,
    deps=["items"],
    group_name="intake",
    kinds={"deltalake", "vllm"},
    owners=OWNERS,
    code_version="1",
    pool="gpu",
    metadata={OPTIONS: ["captioner", "caption_prompt"]},
    retry_policy=RETRY,
    automation_condition=on_change(),
)
def captions(
    context: dg.AssetExecutionContext,
    desk: dg.ResourceParam[Desk],
    inbox: dg.ResourceParam[Inbox],
    captioners: Captioners,
) -> dg.MaterializeResult[None]:
    """One row is the caption of an item by one producer; a text is its own caption."""
    with desk.open(context) as step:
        options = step.registration.options
        captioner = captioners.open(options.captioner, options.caption_prompt)
        refused: list[dict[str, str]] = []
        compute = _captioning(captioner, inbox, step.registration.folder, refused)
        depends_on = DEPENDS_ON[captioner.reads]
        wanted = step.scan(ITEMS).select("item_id", "path", "text", input_hash=depends_on)
        step.work(CAPTIONS, wanted, partial(map, compute), producer=captioner.producer, batch=BATCH)
        rejects = pl.DataFrame(refused, schema={"path": pl.String, "reason": pl.String})
        step.renew(REJECTS, rejects.with_columns(stage=pl.lit("captions")), stage="captions")
        _require_one(step, captioner, len(refused))
        return step.close(
            CAPTIONS,
            version_of=("item_id", "caption_hash"),
            producer=captioner.producer,
            metadata={"rejected": len(refused), "length of captions": _lengths(step, captioner)},
        )


def _captioning(
    captioner: Captioner, inbox: Inbox, folder: str, refused: list[dict[str, str]]
) -> Callable[[pl.DataFrame], pl.DataFrame]:
    def compute(rows: pl.DataFrame) -> pl.DataFrame:
        paths = rows["path"].to_list()
        asked = [
            Captionable(text=text, read=partial(inbox.read, folder, path))
            for path, text in zip(paths, rows["text"].to_list(), strict=True)
        ]
        answers = captioner.caption(asked)
        refused.extend(
            {"path": path, "reason": answer.reason}
            for path, answer in zip(paths, answers, strict=True)
            if isinstance(answer, Refusal)
        )
        words = [None if isinstance(answer, Refusal) else answer for answer in answers]
        hashes = [None if text is None else digest([text]) for text in words]
        return (
            rows.select("item_id", "input_hash")
            .with_columns(
                caption=pl.Series(words, dtype=pl.String),
                caption_hash=pl.Series(hashes, dtype=pl.String),
            )
            .drop_nulls("caption")
        )

    return compute


def _require_one(step: Step, captioner: Captioner, refused: int) -> None:
    rows = step.scan(CAPTIONS).filter(pl.col("producer") == captioner.producer)
    if refused and rows.head(1).collect().is_empty():
        raise InputError(
            f"none of the {refused} images of {step.dataset!r} has a caption: put captions into "
            "metadata.jsonl or a .txt beside each image, or set a captioner (openai:MODEL)"
        )


def _lengths(step: Step, captioner: Captioner) -> dg.MetadataValue:
    rows = step.scan(CAPTIONS).filter(pl.col("producer") == captioner.producer)
    lengths = rows.select(pl.col("caption").str.count_matches(r"\S+")).collect().to_series()
    return pictures.histogram(
        lengths.to_numpy(), title="Length of captions", label="words per caption"
    )
