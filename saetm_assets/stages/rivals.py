"""Beside the line: other topic models, and refits of our own, on the data of a dataset."""

import time
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

import dagster as dg
import polars as pl
from pydantic import Field

from resources.progress import in_steps
from saetm.errors import SaetmError
from saetm.models.catalogue import MODELS, OURS
from saetm.models.model import Model
from saetm.prompts.wording import shorten
from saetm.rows import content_version, digest
from saetm.tables import RIVAL_FITS, RIVAL_MIXTURES, RIVAL_TOPICS, VOCABULARY
from saetm_assets.automation import RETRY
from saetm_assets.contenders import fit_of, mixture_rows, model_corpus, topic_rows
from saetm_assets.partitions import MODELS_PARTITIONS, OWNERS, model_of
from saetm_assets.step import OPTIONS, Desk, Step

if TYPE_CHECKING:
    from saetm.models.contest import Contender, Task
    from saetm.models.model import Corpus

LONGEST_REASON = 300  # characters
FINE = 100  # steps of the progress bar per fit
TYPES = {"reason": pl.String(), "perplexity": pl.Float64()}  # which may be null in all rows
OF_OURS = ("sae", "emission", "topics")  # options that our own refits are made by


class Contest(dg.Config):
    """What to fit this time."""

    topic_counts: list[int] = Field(
        default=[], description="numbers of topics; those of the dataset's options when empty"
    )


@dg.asset(
    partitions_def=MODELS_PARTITIONS,
    deps=["bags", "vocabulary", "word_vectors", "embeddings", "topics"],
    group_name="rivals",
    kinds={"deltalake", "pytorch", "scikitlearn"},
    owners=OWNERS,
    code_version="1",
    metadata={OPTIONS: ["rivals"]},
    retry_policy=RETRY,
)
def rivals(
    context: dg.AssetExecutionContext, desk: dg.ResourceParam[Desk], config: Contest
) -> dg.MaterializeResult[None]:
    """One row is a topic of a fit; a model that could not be fitted has a row with the reason.

    Off by default: nothing asks for a rival but a person. What was fitted on the same data with
    the same settings is not fitted again.
    """
    model = MODELS[model_of(context.partition_key)]
    with desk.open(context) as step:
        counts = config.topic_counts or step.registration.options.rivals.topic_counts
        owed = _owed(step, model, tuple(counts))
        if owed:
            _fit_all(step, model, owed)
        fits = step.scan(RIVAL_FITS).select("model", "topic_count", "refit", "input_hash")
        return step.close(
            RIVAL_TOPICS,
            version=content_version(fits.collect()),
            metadata={"fits": _told(step, model)},
        )


def _owed(step: Step, model: Model, counts: tuple[int, ...]) -> "list[tuple[str, Task]]":
    """Return the fits, by input, whose data or settings are not those of a fit that is there."""
    from saetm.models.contest import tasks

    options = step.registration.options.rivals
    mine = step.scan(RIVAL_FITS).filter(pl.col("model") == model.name, pl.col("reason").is_null())
    present = set(mine.select("input_hash").collect()["input_hash"])
    every = tasks(counts, options.refits, options.seed)
    wanted = [(_input(step, model, each), each) for each in every]
    return [(known_by, task) for known_by, task in wanted if known_by not in present]


def _input(step: Step, model: Model, task: "Task") -> str:
    """Hash what a fit is computed from: topics are read by our own alone."""
    read = [name for name in step.stage.upstream if model.name == OURS or name != "topics"]
    versions = [step.ledger(name).data_version for name in read]
    own = step.registration.options.part(*OF_OURS) if model.name == OURS else ""
    numbers = (task.topic_count, task.refit, task.seed)
    return digest([*versions, own, _producer(model), step.stage.code_version, *map(str, numbers)])


def _producer(model: Model) -> str:
    """Name what fits a model, with the versions of the packages that do, as a row records it."""
    packages = [f"{name}@{_version(name)}" for name in ("saetm", *model.packages)]
    return " ".join([model.name, *packages])


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"  # absent, or installed under another name


def _fit_all(step: Step, model: Model, owed: "list[tuple[str, Task]]") -> None:
    item_ids, corpus = model_corpus(step)
    with step.bar(FINE * len(owed)) as advance:
        for input_hash, task in owed:
            began, tell = time.perf_counter(), in_steps(advance, FINE)
            reason, found = _contend(step, model, task, (item_ids, corpus), tell)
            tell(1.0)
            row = {
                **_key(model, task),
                "input_hash": input_hash,
                "producer": _producer(model),
                "seed": task.seed,
                "reason": reason,
                "seconds": time.perf_counter() - began,
                "perplexity": found.perplexity if found else None,
            }
            _keep(step, row, item_ids, found)


def _contend(
    step: Step,
    model: Model,
    task: "Task",
    seen: "tuple[list[str], Corpus]",
    tell: Callable[[float], None],
) -> "tuple[str | None, Contender | None]":
    """Fit a model; whatever hinders it is a reason, and no other model has to wait for it."""
    from saetm.models.contest import contend

    item_ids, corpus = seen
    try:
        fit = fit_of(step, model.name, step.registration.options, refit=task.refit)
        return None, contend(fit, corpus, item_ids, task, tell)
    except SaetmError as error:
        return shorten(str(error), LONGEST_REASON), None
    except Exception as error:  # noqa: BLE001  of a library; the row is where it is told
        return shorten(f"{type(error).__name__}: {error}", LONGEST_REASON), None


def _key(model: Model, task: "Task") -> dict[str, str | int]:
    return {"model": model.name, "topic_count": task.topic_count, "refit": task.refit}


def _keep(
    step: Step, row: Mapping[str, object], item_ids: list[str], found: "Contender | None"
) -> None:
    """Write a fit over that of the same task; its own row comes last, and says that it is whole."""
    key = pl.DataFrame([{name: row[name] for name in ("model", "topic_count", "refit")}])
    for table in (RIVAL_FITS, RIVAL_TOPICS):
        step.delete(table, key)
    if row["refit"] == 0:
        step.delete(RIVAL_MIXTURES, key.drop("refit"))
    if found is not None:
        words = step.scan(VOCABULARY).sort("word_id").select("word").collect()["word"]
        step.append(RIVAL_TOPICS, key.join(topic_rows(found, words), how="cross"))
        if row["refit"] == 0:
            step.append(
                RIVAL_MIXTURES, key.drop("refit").join(mixture_rows(found, item_ids), how="cross")
            )
    step.append(RIVAL_FITS, pl.DataFrame([row], schema_overrides=TYPES))


def _told(step: Step, model: Model) -> dg.MetadataValue:
    """Tell what came of the fits of a model."""
    mine = step.scan(RIVAL_FITS).filter(pl.col("model") == model.name)
    rows = mine.sort("topic_count", "refit").collect()
    shown = ("topic_count", "refit", "seconds", "perplexity", "reason")
    return dg.MetadataValue.table([dg.TableRecord(row) for row in rows.select(shown).to_dicts()])
