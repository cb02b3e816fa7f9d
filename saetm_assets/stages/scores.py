"""Stage 15: how good the topics are, as numbers with intervals, ours and those of other models."""

import warnings
from collections.abc import Iterable

import dagster as dg
import polars as pl

from resources.bindings import Judges, Lexicons
from saetm.tables import SCORES
from saetm_assets import pictures
from saetm_assets.automation import RETRY, on_change
from saetm_assets.partitions import DATASETS_PARTITIONS, OWNERS
from saetm_assets.pools import MODELS
from saetm_assets.scoring.assess import Assessed, Cell, assess, score_rows, without_intruder
from saetm_assets.scoring.entrants import Entrant, entrants
from saetm_assets.scoring.evidence import read_evidence, word_ids
from saetm_assets.scoring.judging import Bench, judgements, open_bench
from saetm_assets.step import OPTIONAL, OPTIONS, STAMPS, Desk, Step

RIVALS = "rivals"  # a partition per dataset and model, made on demand
with warnings.catch_warnings():
    warnings.simplefilter("ignore", dg.BetaWarning)  # the mapping is one
    OF_ITS_DATASET = dg.MultiToSingleDimensionPartitionMapping("dataset")
CONTENT = [name for name in SCORES.schema if name not in {"dataset", *STAMPS}]


@dg.asset(
    partitions_def=DATASETS_PARTITIONS,
    deps=[
        *("topics", "bags", "captions", "vocabulary", "word_vectors", "items"),
        dg.AssetDep(RIVALS, partition_mapping=OF_ITS_DATASET),
    ],
    group_name="report",
    kinds={"deltalake", "numpy"},
    owners=OWNERS,
    code_version="2",
    pool=MODELS,
    metadata={OPTIONS: ["judge", "model"], OPTIONAL: [RIVALS]},
    retry_policy=RETRY,
    automation_condition=on_change(without=RIVALS),
)
def scores(
    context: dg.AssetExecutionContext,
    desk: dg.ResourceParam[Desk],
    lexicons: Lexicons,
    judges: Judges,
) -> dg.MaterializeResult[None]:
    """One row is one number: a metric of a topic model at a topic count.

    Scores of a model whose topics, words and judge are those of before are kept. Without a judge
    that answers, all other scores come, and the next run asks again.
    """
    with desk.open(context) as step:
        bench = open_bench(judges, step.registration.options.judge)
        common = f"{step.stage.code_version} {bench.producer}"
        wanted = entrants(step, step.registration.options.model, step.upstream, common)
        kept = _kept(step, wanted)
        known = {*kept.select("model", "topic_count").iter_rows()}
        owed = [each for each in wanted if (each.model, each.topic_count) not in known]
        assessed = _assess(step, owed, lexicons) if owed else []
        rows = _judged(step, bench, assessed)
        step.renew(SCORES, pl.concat([kept, pl.DataFrame(rows, schema=kept.schema)]))
        return step.close(
            SCORES,
            version_of=("model", "topic_count", "metric", "value", "low", "high"),
            metadata={
                "judge": bench.producer,
                "trouble": bench.trouble or "none",
                "scored anew": len(assessed),
                "passed over": _names(owed, assessed),
                "topics without an intruder": sum(map(without_intruder, assessed)),
                "coherence by number of topics": _curve(step),
            },
        )


def _kept(step: Step, wanted: Iterable[Entrant]) -> pl.DataFrame:
    """Return the rows of what would be computed from the same as before."""
    same = [(each.model, each.topic_count, each.input_hash) for each in wanted]
    schema = {name: SCORES.schema[name] for name in ("model", "topic_count", "input_hash")}
    keys = pl.LazyFrame(same, schema=schema, orient="row")
    return step.scan(SCORES).select(CONTENT).join(keys, on=[*schema], how="semi").collect()


def _assess(step: Step, owed: list[Entrant], lexicons: Lexicons) -> list[Assessed]:
    """Measure models; one whose words are of an earlier vocabulary is left out."""
    evidence, ids = read_evidence(step, lexicons.open()), word_ids(step)
    found = []
    with step.bar(len(owed)) as advance:
        for entrant in owed:
            found.append(assess(step, entrant, evidence, ids))
            advance(1)
    return [each for each in found if each is not None]


def _judged(step: Step, bench: Bench, assessed: list[Assessed]) -> list[dict[str, Cell]]:
    """Ask the judge about all models together, and return the rows of their scores."""
    from saetm.scoring.judged import judged_estimates

    replies = judgements(step, bench, [asked for each in assessed for asked in each.asked])
    rows: list[dict[str, Cell]] = []
    for each in assessed:
        judged = judged_estimates(each.asked, replies, bench.producer)
        input_hash = None if bench.is_away else each.entrant.input_hash
        rows.extend(score_rows(each, judged, input_hash))
    return rows


def _names(owed: list[Entrant], assessed: list[Assessed]) -> str:
    """Name the models that have to be fitted again, to the vocabulary of now."""
    done = {each.entrant.input_hash for each in assessed}
    return (
        ", ".join(f"{x.model} at {x.topic_count}" for x in owed if x.input_hash not in done)
        or "none"
    )


def _curve(step: Step) -> dg.MetadataValue:
    mine = (pl.col("metric") == "npmi") & (pl.col("model") == step.registration.options.model)
    coherence = step.scan(SCORES).filter(mine).sort("topic_count").collect()
    if coherence.is_empty():
        return dg.MetadataValue.text("a vocabulary of one word has no pairs to score")
    return pictures.curve(
        coherence["topic_count"].to_list(),
        coherence["value"].to_list(),
        title="Coherence of the top 10 words",
        labels=("topics", "NPMI"),
    )
