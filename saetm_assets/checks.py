"""Checks: every table keeps its contract (blocking), and the results are worth using."""

from collections.abc import Callable, Iterator, Sequence

import dagster as dg
import polars as pl

from resources.growth import proposals
from resources.lake import Lake
from resources.view import DatasetView
from saetm.contracts import ROWS, breaches, differing_columns
from saetm.tables import (
    BAGS,
    CAPTIONS,
    DATASETS,
    FOUNDATIONS,
    ITEMS,
    MATERIALISATIONS,
    REJECTS,
    RETIREMENTS,
    SAE_CHECKPOINTS,
    TABLES,
    TOPICS,
    VOCABULARY,
    Table,
)
from saetm_assets.partitions import (
    DATASETS_PARTITIONS,
    MODELS_PARTITIONS,
    PAIRS_PARTITIONS,
    dataset_of,
)

Judge = Callable[[Lake, str], tuple[float | None, bool, str]]  # value, whether it is fine, why
Check = tuple[dg.AssetCheckSpec, Callable[[Lake, str], dg.AssetCheckResult]]
# No asset alone writes these.
SHARED = {table.name for table in (DATASETS, RETIREMENTS, REJECTS, FOUNDATIONS, MATERIALISATIONS)}
# Of assets that are not partitioned by dataset alone.
PARTITIONS = {"rivals": MODELS_PARTITIONS, "alignments": PAIRS_PARTITIONS}
LEAST_VARIANCE_EXPLAINED = 0.3
MOST_DEAD_SHARE = 0.5
MOST_WORDLESS_SHARE = 0.1


def contract_checks() -> list[dg.AssetChecksDefinition]:
    """Build one blocking check per table that an asset writes; those of an asset are one step."""
    return [
        _step(f"{asset}_contracts", [_contract_check(table) for table in tables])
        for asset, tables in _tables_by_asset().items()
    ]


def quality_checks() -> list[dg.AssetChecksDefinition]:
    """Build the checks that warn of poor results; those of an asset are one step."""
    judges: dict[str, dict[str, Judge]] = {
        "sae_checkpoints": {
            "variance_explained": _variance_explained,
            "dead_features": _dead_features,
        },
        "activations": {"autoencoder_still_fits": _still_fits},
        "captions": {"items_without_caption": _items_without_caption},
        "vocabulary": {"items_without_words": _items_without_words},
        "topics": {"empty_topics": _empty_topics},
    }
    return [
        _step(f"{asset}_quality", [_quality_check(asset, *each) for each in named.items()])
        for asset, named in judges.items()
    ]


def _tables_by_asset() -> dict[str, list[Table]]:
    found: dict[str, list[Table]] = {}
    for table in TABLES.values():
        if table.name not in SHARED:
            found.setdefault(table.asset, []).append(table)
    return found


def _step(name: str, checks: Sequence[Check]) -> dg.AssetChecksDefinition:
    """Build one step for the checks of an asset: a step costs more than to look at a table."""
    looks = {spec.key: look for spec, look in checks}

    @dg.multi_asset_check(name=name, specs=[spec for spec, _ in checks], can_subset=True)
    def check(
        context: dg.AssetCheckExecutionContext, lake: dg.ResourceParam[Lake]
    ) -> Iterator[dg.AssetCheckResult]:
        dataset = dataset_of(context.partition_key)
        for key, look in looks.items():
            if key in context.selected_asset_check_keys:
                found = look(lake, dataset)
                yield found._replace(asset_key=key.asset_key, check_name=key.name)

    return check


def _contract_check(table: Table) -> Check:
    def look(lake: Lake, dataset: str) -> dg.AssetCheckResult:
        rows = lake.scan(table, dataset)
        wrong = differing_columns(rows.collect_schema(), table)
        counts = breaches(rows, table).collect().row(0, named=True)
        broken = wrong + [name for name, count in counts.items() if name != ROWS and count]
        found = f"breaks its contract: {', '.join(broken)}" if broken else "keeps its contract"
        return dg.AssetCheckResult(
            passed=not broken,
            metadata={"rows": counts[ROWS], "broken": ", ".join(broken) or "nothing"},
            description=f"table {table.name} {found}",
        )

    spec = dg.AssetCheckSpec(
        f"{table.name}_contract",
        asset=table.asset,
        description=f"Columns, types, key and nulls of {table.name}: {table.row}.",
        blocking=True,
        partitions_def=PARTITIONS.get(table.asset, DATASETS_PARTITIONS),
    )
    return spec, look


def _quality_check(asset: str, name: str, judge: Judge) -> Check:
    def look(lake: Lake, dataset: str) -> dg.AssetCheckResult:
        value, passed, meaning = judge(lake, dataset)
        return dg.AssetCheckResult(
            passed=passed,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={} if value is None else {"value": value},
            description=meaning,
        )

    spec = dg.AssetCheckSpec(
        name, asset=asset, description=judge.__doc__, partitions_def=DATASETS_PARTITIONS
    )
    return spec, look


def _variance_explained(lake: Lake, dataset: str) -> tuple[float, bool, str]:
    """The autoencoder explains enough of the variance of held-out items."""
    row = lake.scan(SAE_CHECKPOINTS, dataset).collect().row(0, named=True)
    value = row["variance_explained"]
    if value is None:
        return float("nan"), False, "too few items to hold any out: nothing is known of new ones"
    return (
        value,
        value >= LEAST_VARIANCE_EXPLAINED,
        f"{value:.0%} of the variance explained; at least {LEAST_VARIANCE_EXPLAINED:.0%} expected",
    )


def _dead_features(lake: Lake, dataset: str) -> tuple[float, bool, str]:
    """Few features of the autoencoder are dead."""
    value = lake.scan(SAE_CHECKPOINTS, dataset).select("dead_share").collect().item()
    return value, value <= MOST_DEAD_SHARE, f"{value:.0%} of the features never fire"


def _still_fits(lake: Lake, dataset: str) -> tuple[None, bool, str]:
    """The dataset has not outgrown the autoencoder that it is bound to."""
    proposal = proposals(lake, dataset)[dataset]
    fine = f"dataset {dataset!r} has not outgrown its autoencoder"
    return None, proposal is None, fine if proposal is None else proposal.advice(dataset)


def _items_without_words(lake: Lake, dataset: str) -> tuple[float, bool, str]:
    """Few items are without a single word of the vocabulary."""
    words = lake.scan(VOCABULARY, dataset).select("word")
    bags = DatasetView(lake, dataset).in_service(BAGS).select("item_id", "words")
    wordy = bags.explode("words").join(words, left_on="words", right_on="word", how="semi")
    every, some = (
        frame.select(pl.col("item_id").n_unique()).collect().item() for frame in (bags, wordy)
    )
    share = 1 - some / every if every else 0.0
    return share, share <= MOST_WORDLESS_SHARE, f"{share:.1%} of the items hold no vocabulary word"


def _items_without_caption(lake: Lake, dataset: str) -> tuple[float, bool, str]:
    """Every item has a caption; rejects say why one has none."""
    captions = DatasetView(lake, dataset).in_service(CAPTIONS).select("item_id")
    items = lake.scan(ITEMS, dataset).join(captions, on="item_id", how="anti")
    count = items.select(pl.len()).collect().item()
    return float(count), count == 0, f"{count:,} items have no caption"


def _empty_topics(lake: Lake, dataset: str) -> tuple[float, bool, str]:
    """Every stored topic is present in at least one item."""
    empty = lake.scan(TOPICS, dataset).filter(pl.col("item_count") == 0)
    count = empty.select(pl.len()).collect().item()
    return float(count), count == 0, f"{count} stored topics are present in no item"
