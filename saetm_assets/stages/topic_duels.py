"""Beside the line: topic models compared in pairs by a judge, and rated."""

import warnings
from collections.abc import Sequence
from typing import Literal

import dagster as dg
import polars as pl
from pydantic import Field as Setting

from resources.bindings import Chats, Encoders, Judges
from saetm.judging.told import agreements, kappa_told, positions
from saetm.judging.top_topics import MASS, MOST
from saetm.tables import DUEL_RATINGS, DUELS
from saetm_assets import pictures
from saetm_assets.automation import RETRY
from saetm_assets.duels.contestants import Contestant, find_contestants
from saetm_assets.duels.rounds import Entered, Round, beside, open_bench, play
from saetm_assets.duels.said import Naming, Said, summaries_of, words_of
from saetm_assets.duels.tournament import Field, Rules, draw_field, meetings
from saetm_assets.partitions import DATASETS_PARTITIONS, OWNERS
from saetm_assets.pools import MODELS
from saetm_assets.step import OPTIONAL, OPTIONS, Desk, Metadata, Step

RIVALS = "rivals"  # a partition per dataset and model, made on demand
DESCRIPTIONS = "feature_descriptions"  # of topics over features of tokens alone
with warnings.catch_warnings():
    warnings.simplefilter("ignore", dg.BetaWarning)  # the mapping is one
    OF_ITS_DATASET = dg.MultiToSingleDimensionPartitionMapping("dataset")


SUMMARY = "summary"  # shown of a topic


class Tournament(dg.Config):
    """Who meets whom this time."""

    models: list[str] = Setting(
        default=[], description="topic models; all that there are with so many topics when empty"
    )
    judges: list[str] = Setting(
        default=[], description="who judges; the judge of the dataset's options when empty"
    )
    topic_count: int | None = Setting(
        default=None, ge=2, description="how many topics; that of the dataset's options when null"
    )
    items: int = Setting(default=100, ge=1, description="items over which each pair meets")
    show: Literal["words", "summary"] = Setting(
        default="words",
        description="what a judge is shown of a topic: its words (of topics over features of "
        "tokens, the features), or label and description",
    )
    mass: float = Setting(
        default=MASS, gt=0, le=1, description="share of an item that its top topics reach"
    )
    most: int = Setting(default=MOST, ge=1, description="topics of an item that are shown at most")
    seed: int = Setting(default=0, ge=0, description="of the draw of items, orders and intervals")


@dg.asset(
    partitions_def=DATASETS_PARTITIONS,
    deps=[
        *("topics", "captions", "topic_summaries", DESCRIPTIONS),
        dg.AssetDep(RIVALS, partition_mapping=OF_ITS_DATASET),
    ],
    group_name="report",
    kinds={"deltalake", "vllm"},
    owners=OWNERS,
    code_version="1",
    pool=MODELS,
    metadata={OPTIONS: ["judge", "chat", "topic_count", "model"], OPTIONAL: [RIVALS, DESCRIPTIONS]},
    retry_policy=RETRY,
)
def topic_duels(
    context: dg.AssetExecutionContext,
    desk: dg.ResourceParam[Desk],
    encoders: Encoders,
    chats: Chats,
    judges: Judges,
    config: Tournament,
) -> dg.MaterializeResult[None]:
    """One row is a duel: two topic models, an item, and which of both a judge finds better.

    Off by default: `saetm judge` asks for it. The rows of a judge are those of the last time that
    it was asked at this number of topics; every reply is kept, and none is asked for twice.
    """
    with desk.open(context) as step:
        options = step.registration.options
        named = dict.fromkeys(config.judges or [options.judge])
        benches = [open_bench(name, encoders, judges) for name in named]
        count = config.topic_count or options.topic_count
        registered = desk.registry.every()
        contestants = find_contestants(step, options, registered, config.models, count)
        rules = Rules(config.items, config.mass, config.most, config.seed)
        field = draw_field(step, contestants, rules)
        naming = Naming(chats.open(options.chat), chats.open("embedded"))
        said, troubles = _said(step, contestants, field, naming if config.show == SUMMARY else None)
        entered = Entered(
            {each.model: each.source for each in contestants},
            field.drawn.passed_over,
            count,
            config.show,
            config.seed,
        )
        asked = meetings(field, said)
        rounds = [play(step, bench, asked, entered) for bench in benches]
        duels = [beside(step, DUELS, rounds), *(each.duels for each in rounds)]
        step.renew(DUELS, pl.concat(duels))
        ratings = [beside(step, DUEL_RATINGS, rounds), *(each.ratings for each in rounds)]
        step.renew(DUEL_RATINGS, pl.concat(ratings))
        return step.close(
            DUEL_RATINGS,
            version_of=("topic_count", "show", "judge", "model", "elo", "low", "high"),
            metadata=_told(rounds, field, troubles),
        )


def _said(
    step: Step, contestants: Sequence[Contestant], field: Field, naming: Naming | None
) -> tuple[dict[str, Said], list[str]]:
    """Return what is shown of topics, by model, and what was in the way of summaries."""
    if naming is None:
        return {each.model: words_of(step, each) for each in contestants}, []
    found = {
        each.model: summaries_of(step, each, field.shown(each.model), naming)
        for each in contestants
    }
    troubles = {trouble for _, trouble in found.values() if trouble}
    return {model: said for model, (said, _) in found.items()}, sorted(troubles)


def _told(rounds: Sequence[Round], field: Field, troubles: Sequence[str]) -> Metadata:
    """Tell who won, over how much, and what the duels say about the judges."""
    duels = pl.concat([each.duels for each in rounds])
    found: Metadata = {
        "trouble": "; ".join([*troubles, *(f"{r.name}: {r.trouble}" for r in rounds if r.trouble)])
        or "none",
        "duels": len(field.drawn.duels),
        "items passed over": dg.MetadataValue.json(field.drawn.passed_over),
    }
    for each in rounds:
        found[f"judge {each.name}"] = each.producer
        found[f"ratings by {each.name}"] = _picture(each)
    for judge, check in positions(duels).items():
        found[f"position bias of {judge}"] = check.told
    for (one, other), kappa in agreements(duels).items():
        found[f"agreement of {one} and {other}"] = kappa_told(kappa)
    return found


def _picture(done: Round) -> dg.MetadataValue:
    rows = done.ratings.with_columns(pl.col("low", "high").fill_null(pl.col("elo")))
    return pictures.intervals(
        rows["model"].to_list(),
        rows["elo"].to_list(),
        list(rows.select("low", "high").iter_rows()),
        title=f"Ratings by {done.name}",
        label="Elo",
    )
