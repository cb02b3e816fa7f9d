"""Stage 1: what is in the folder, by content."""

from typing import Literal

import dagster as dg
import polars as pl

from resources.inbox import Inbox
from resources.registry import Registration, Registry
from resources.settings import now
from saetm.errors import InputError
from saetm.options import build_options, merge_trees
from saetm.tables import ITEMS, REJECTS
from saetm_assets import pictures
from saetm_assets.automation import RETRY
from saetm_assets.links import Links
from saetm_assets.partitions import DATASETS_PARTITIONS, OWNERS, SETTLED_TAG
from saetm_assets.relay import check_union, relay
from saetm_assets.step import OPTIONS, Desk, Step

KNOWN = ("path", "item_id", "bytes", "modified_at", "metadata_hash")
PRODUCER = "inbox@1"
COMMIT_ROWS = 4096


@dg.asset(
    partitions_def=DATASETS_PARTITIONS,
    group_name="intake",
    kinds={"deltalake", "polars"},
    owners=OWNERS,
    code_version="1",
    metadata={OPTIONS: ["modality"]},
    retry_policy=RETRY,
)
def items(
    context: dg.AssetExecutionContext,
    desk: dg.ResourceParam[Desk],
    inbox: dg.ResourceParam[Inbox],
    registry: dg.ResourceParam[Registry],
    links: dg.ResourceParam[Links],
) -> dg.MaterializeResult[None]:
    """One row is an image or text of the dataset, identified by its content."""
    with desk.open(context) as step:
        step.adopt(_register(step.registration, inbox, registry))
        if union := step.union:
            check_union(step, union, registry)
            return relay(step, union, ITEMS)
        known = step.scan(ITEMS).select(KNOWN).collect()
        settled = context.run.tags.get(SETTLED_TAG)
        present, rejects = _read(step, inbox, known, settled_us=int(settled) if settled else None)
        gone = known.select("item_id").join(present, on="item_id", how="anti")
        step.delete(ITEMS, gone)
        step.renew(REJECTS, rejects.with_columns(stage=pl.lit("items")), stage="items")
        _require_one(step, rejects)
        return step.close(
            ITEMS,
            version_of=("item_id", "path", "metadata_hash"),
            producer=PRODUCER,
            metadata={
                "rejected": rejects.height,
                "folder": step.registration.folder,
                "explorer": dg.MetadataValue.url(links.page(step.dataset, "map")),
                "groups": _groups(step),
            },
        )


def _register(registration: Registration, inbox: Inbox, registry: Registry) -> Registration:
    """Lay the options given at registration over those in the folder, and keep the result."""
    written = inbox.read_options(registration.folder) if registration.folder else {}
    options = build_options(merge_trees(written, registration.overrides))
    current = Registration(
        registration.dataset, registration.folder, registration.overrides, options
    )
    registry.save(current, at=now())
    return current


def _read(
    step: Step, inbox: Inbox, known: pl.DataFrame, *, settled_us: int | None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Write what is new and return the item_ids that are present, and the rejects."""
    folder, asked = step.registration.folder, step.registration.options.modality
    modality = asked or _stored_modality(step) or inbox.modality(folder)
    present, rejects = [known.select("item_id").clear()], [_no_rejects()]
    waiting: list[pl.DataFrame] = []
    with step.bar(None) as advance:
        for batch in inbox.scan(folder, modality, known, settled_us=settled_us):
            waiting.append(batch.items)
            present.append(batch.present.select("item_id"))
            rejects.append(batch.rejects.select("path", "reason"))
            advance(batch.present.height)
            if sum(frame.height for frame in waiting) >= COMMIT_ROWS:
                _write(step, known, pl.concat(waiting))
                waiting.clear()
        if waiting:
            _write(step, known, pl.concat(waiting))
    return pl.concat(present), pl.concat(rejects).unique(maintain_order=True)


def _stored_modality(step: Step) -> Literal["image", "text"] | None:
    """Return what the dataset's items are; a stray picture does not make texts images."""
    stored = step.scan(ITEMS).select("modality").head(1).collect()["modality"].to_list()
    return stored[0] if stored else None


def _write(step: Step, known: pl.DataFrame, found: pl.DataFrame) -> None:
    """Write items: known ones over the rows that they renew, new ones beside them."""
    rows = found.with_columns(producer=pl.lit(PRODUCER))
    step.rewrite(ITEMS, rows.join(known, on="item_id", how="semi"), key="item_id")
    step.append(ITEMS, rows.join(known, on="item_id", how="anti"))


def _require_one(step: Step, rejects: pl.DataFrame) -> None:
    if step.scan(ITEMS).head(1).collect().is_empty():
        first = "".join(f"; {path!r} {why}" for path, why in rejects.head(1).iter_rows())
        raise InputError(
            f"{step.dataset!r} has no usable item: {rejects.height} were turned away{first}"
        )


def _no_rejects() -> pl.DataFrame:
    return pl.DataFrame(schema={"path": pl.String, "reason": pl.String})


def _groups(step: Step) -> dg.MetadataValue:
    counts = step.scan(ITEMS).group_by("group").len().sort("group").head(30).collect()
    names = [name or "(no group)" for name in counts["group"].to_list()]
    return pictures.bars(names, counts["len"].to_list(), title="Items by group", label="items")
