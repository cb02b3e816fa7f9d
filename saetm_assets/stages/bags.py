"""Stage 3: the words of every item, counted."""

from functools import partial

import dagster as dg
import polars as pl

from resources.bindings import Lexicons
from resources.lexicon import Lexicon
from saetm.tables import BAGS, CAPTIONS
from saetm.text.bags import count_words
from saetm_assets import pictures
from saetm_assets.automation import RETRY, on_change
from saetm_assets.partitions import DATASETS_PARTITIONS, OWNERS
from saetm_assets.relay import relay
from saetm_assets.step import Desk, Step

BATCH = 4096


@dg.asset(
    partitions_def=DATASETS_PARTITIONS,
    deps=["captions"],
    group_name="words",
    kinds={"deltalake", "polars"},
    owners=OWNERS,
    code_version="1",
    retry_policy=RETRY,
    automation_condition=on_change(),
)
def bags(
    context: dg.AssetExecutionContext,
    desk: dg.ResourceParam[Desk],
    lexicons: Lexicons,
) -> dg.MaterializeResult[None]:
    """One row is the lemma counts of an item's caption, whatever the vocabulary."""
    with desk.open(context) as step:
        if union := step.union:
            return relay(step, union, BAGS)
        lexicon = lexicons.open()
        producer = f"{lexicon.producer} of {step.ledger('captions').producer}"
        wanted = step.in_service(CAPTIONS).select("item_id", "caption", input_hash="caption_hash")
        step.work(
            BAGS,
            wanted,
            partial(map, partial(_counted, lexicon)),
            producer=producer,
            batch=BATCH,
        )
        return step.close(
            BAGS,
            version_of=("item_id", "producer", "input_hash"),
            producer=producer,
            metadata={"words per item": _lengths(step, producer)},
        )


def _counted(lexicon: Lexicon, rows: pl.DataFrame) -> pl.DataFrame:
    counts = count_words(lexicon.lemmas(rows["caption"].to_list()))
    return pl.concat([rows.select("item_id", "input_hash"), counts], how="horizontal")


def _lengths(step: Step, producer: str) -> dg.MetadataValue:
    rows = step.scan(BAGS).filter(pl.col("producer") == producer)
    lengths = rows.select(pl.col("words").list.len()).collect().to_series()
    return pictures.histogram(lengths.to_numpy(), title="Distinct lemmas per item", label="lemmas")
