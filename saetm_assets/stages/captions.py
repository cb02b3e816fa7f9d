"""Stage 2: every item gets a caption; a text is its own."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass

import dagster as dg
import polars as pl

from resources.bindings import Captioners
from resources.captioner import Captioner, Refusal
from resources.inbox import Inbox
from saetm.errors import InputError, SaetmError
from saetm.rows import digest
from saetm.tables import CAPTIONS, ITEMS, REJECTS
from saetm_assets import pictures
from saetm_assets.automation import RETRY, on_change
from saetm_assets.partitions import DATASETS_PARTITIONS, OWNERS
from saetm_assets.pools import MODELS
from saetm_assets.relay import relay
from saetm_assets.step import OPTIONS, Desk, Step

BATCH = 256  # rows that are read at a time
LOT = 2048  # answers of a commit
SECONDS = 30  # after which fewer are committed: a caption of a vision model costs seconds

DEPENDS_ON = {"text": "metadata_hash", "image": "item_id"}  # column of items, by what is read


@dg.asset(
    partitions_def=DATASETS_PARTITIONS,
    deps=["items"],
    group_name="intake",
    kinds={"deltalake", "vllm"},
    owners=OWNERS,
    code_version="1",
    pool=MODELS,
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
        if union := step.union:
            return relay(step, union, CAPTIONS)
        options = step.registration.options
        captioner = captioners.open(options.captioner, options.caption_prompt)
        refused: list[dict[str, str]] = []
        compute = _captioning(captioner, inbox, step.registration.folder, refused)
        depends_on = DEPENDS_ON[captioner.reads]
        wanted = step.scan(ITEMS).select("item_id", "path", "text", input_hash=depends_on)
        step.work(CAPTIONS, wanted, compute, producer=captioner.producer, batch=BATCH)
        rejects = pl.DataFrame(refused, schema={"path": pl.String, "reason": pl.String})
        step.renew(REJECTS, rejects.with_columns(stage=pl.lit("captions")), stage="captions")
        _require_one(step, captioner, len(refused))
        return step.close(
            CAPTIONS,
            version_of=("item_id", "caption_hash"),
            producer=captioner.producer,
            metadata={"rejected": len(refused), "length of captions": _lengths(step, captioner)},
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """A row of the wanted frame, as a captioner takes it."""

    inbox: Inbox
    folder: str
    item_id: str
    input_hash: str
    path: str
    text: str | None

    def read(self) -> bytes:
        """Get the file's content."""
        return self.inbox.read(self.folder, self.path)


Answer = tuple[Asked, str | Refusal]


def _captioning(
    captioner: Captioner, inbox: Inbox, folder: str, refused: list[dict[str, str]]
) -> Callable[[Iterator[pl.DataFrame]], Iterator[pl.DataFrame]]:
    """Return what captions batches as one stream, so that no batch waits for another's last."""

    def compute(batches: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
        columns = ("item_id", "input_hash", "path", "text")
        rows = (row for batch in batches for row in batch.select(columns).iter_rows())
        asked = (Asked(inbox, folder, *row) for row in rows)
        with closing(captioner.caption(asked)) as answers:
            for written in _gathered(answers):
                refused.extend(
                    {"path": item.path, "reason": answer.reason}
                    for item, answer in written
                    if isinstance(answer, Refusal)
                )
                yield _table(written)

    return compute


def _gathered(answers: Iterable[Answer]) -> Iterator[list[Answer]]:
    """Yield answers in lots that are worth a commit; before a failure, those that had come."""
    lot: list[Answer] = []
    failure: SaetmError | None = None
    begun = time.monotonic()
    try:
        for answer in answers:
            lot.append(answer)
            if len(lot) >= LOT or time.monotonic() - begun >= SECONDS:
                yield lot
                lot, begun = [], time.monotonic()
    except SaetmError as error:
        failure = error
    if lot:
        yield lot
    if failure:
        raise failure


def _table(answers: Iterable[Answer]) -> pl.DataFrame:
    rows = [
        (item.item_id, item.input_hash, answer, digest([answer]))
        for item, answer in answers
        if isinstance(answer, str)
    ]
    columns = ["item_id", "input_hash", "caption", "caption_hash"]
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")


def _require_one(step: Step, captioner: Captioner, refused: int) -> None:
    rows = step.scan(CAPTIONS).filter(pl.col("producer") == captioner.producer)
    if refused and rows.head(1).collect().is_empty():
        raise InputError(
            f"none of the {refused} images of {step.dataset!r} has a caption: put captions into "
            "metadata.jsonl or a .txt beside each image, or set a captioner (vllm:MODEL or "
            "openai:MODEL)"
        )


def _lengths(step: Step, captioner: Captioner) -> dg.MetadataValue:
    rows = step.scan(CAPTIONS).filter(pl.col("producer") == captioner.producer)
    lengths = rows.select(pl.col("caption").str.count_matches(r"\S+")).collect().to_series()
    return pictures.histogram(
        lengths.to_numpy(), title="Length of captions", label="words per caption"
    )
