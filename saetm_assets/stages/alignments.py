"""Beside the line: which topics of a dataset are those of another one, in one space."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import dagster as dg
import polars as pl

from resources.view import DatasetView
from saetm.errors import InputError
from saetm.rows import content_version, digest
from saetm.sae.exports import encoder_of
from saetm.tables import ALIGNMENTS, EMBEDDINGS, EMISSION_MATRIX, TOPICS
from saetm.tables.alignments import SAME
from saetm_assets.automation import RETRY
from saetm_assets.links import Links
from saetm_assets.matrices import item_vectors, topic_shares
from saetm_assets.partitions import OWNERS, PAIRS_PARTITIONS, other_of
from saetm_assets.step import STAMPS, Desk, Step

if TYPE_CHECKING:
    from saetm.alignment.directions import Directions

MOST_ITEMS = 100_000  # of each dataset, that tell where its topics lie
READ = ("topics", "embeddings", "emission_matrix", "sae_checkpoints")
CONTENT = [name for name in ALIGNMENTS.schema if name not in {"dataset", *STAMPS}]
# A pair reads two partitions. Dagster 1.13 cannot say so: it overlooks which of two dimensions of
# one kind its mapping was given.
OF_ANY = dg.AllPartitionMapping()


@dg.asset(
    partitions_def=PAIRS_PARTITIONS,
    deps=[dg.AssetDep(name, partition_mapping=OF_ANY) for name in READ],
    group_name="report",
    kinds={"deltalake", "numpy"},
    owners=OWNERS,
    code_version="1",
    retry_policy=RETRY,
)
def alignments(
    context: dg.AssetExecutionContext, desk: dg.ResourceParam[Desk], links: dg.ResourceParam[Links]
) -> dg.MaterializeResult[None]:
    """One row is a topic of either of two datasets, with the one that it corresponds to, if any.

    Off by default: a partition is a pair of datasets, and nobody but a person knows which pairs
    mean something. They need not share a row, an autoencoder or a kind: an encoder will do.
    """
    other = other_of(context.partition_key)
    with desk.open(context) as step:
        theirs = DatasetView(step.lake, other)
        _check_space(step, theirs)
        input_hash = _input(step, theirs)
        mine = step.scan(ALIGNMENTS).filter(pl.col("other") == other)
        if mine.filter(pl.col("input_hash") == input_hash).head(1).collect().is_empty():
            rows = pl.concat(list(_aligned(step, theirs)))
            found = rows.with_columns(other=pl.lit(other), input_hash=pl.lit(input_hash))
            step.replace(ALIGNMENTS, found, other=other)
        rows = mine.collect()
        return step.close(
            ALIGNMENTS,
            version=content_version(step.scan(ALIGNMENTS).select(CONTENT).collect()),
            metadata={
                "other dataset": other,
                "pairs that correspond": _told(rows, step.dataset),
                "explorer": dg.MetadataValue.url(links.page(step.dataset, "align")),
            },
        )


def _check_space(step: Step, theirs: DatasetView) -> None:
    """Refuse datasets whose vectors cannot be compared.

    Raises:
        InputError: they are the same dataset, or their encoders or the components differ.
    """
    if step.dataset == theirs.dataset:
        raise InputError(f"{step.dataset!r} is aligned with another dataset, not with itself")
    names = [encoder_of(view.ledger("embeddings").producer) for view in (step, theirs)]
    if names[0] != names[1]:
        raise InputError(
            f"{step.dataset!r} has vectors of {names[0]!r} and {theirs.dataset!r} of {names[1]!r}, "
            "which lie in different spaces: give both one encoder (`saetm add NAME FOLDER "
            "--encoder ...`, then `saetm run NAME`)"
        )
    sizes = [_dimension(view) for view in (step, theirs)]
    if sizes[0] != sizes[1]:
        raise InputError(
            f"the vectors of {step.dataset!r} have {sizes[0]} components and those of "
            f"{theirs.dataset!r} {sizes[1]}: bring vectors of one encoder, or set another one"
        )


def _dimension(view: DatasetView) -> int:
    return int(view.in_service(EMBEDDINGS).select(pl.col("dim").max()).collect().item())


def _input(step: Step, theirs: DatasetView) -> str:
    """Hash what an alignment is computed from."""
    versions = [view.ledger(name).data_version for view in (step, theirs) for name in READ]
    return digest([step.stage.code_version, *versions])


@dataclass(frozen=True)
class Side:
    """A dataset at one of its cuts."""

    topics: pl.DataFrame  # owner, topic_id and share, by rank
    directions: "Directions"
    features: list[dict[int, float]]  # of each topic, with their weights
    sae_id: str


def _aligned(step: Step, theirs: DatasetView) -> Iterator[pl.DataFrame]:
    """Align each stored cut with that of the other dataset that is nearest in number."""
    from saetm.alignment.align import align
    from saetm.alignment.told import aligned_rows

    counts, others = _counts(step), _counts(theirs)
    with step.bar(len(counts)) as advance:
        for count in counts:
            other_count = _nearest(others, count)
            mine, other = _side(step, count), _side(theirs, other_count)
            rows = aligned_rows(
                align(mine.directions, other.directions),
                mine.topics,
                other.topics,
                partial(_overlap, mine, other),
            )
            yield rows.with_columns(topic_count=count, other_topic_count=other_count)
            advance(1)


def _nearest(counts: list[int], count: int) -> int:
    return min(counts, key=lambda each: (abs(each - count), each))


def _counts(view: DatasetView) -> list[int]:
    stored = view.scan(TOPICS).select(pl.col("topic_count").unique().sort()).collect()
    return stored["topic_count"].to_list()


def _side(view: DatasetView, count: int) -> Side:
    from saetm.alignment.directions import topic_directions

    cut = view.scan(TOPICS).filter(pl.col("topic_count") == count).sort("rank").collect()
    vectors = item_vectors(view, most=MOST_ITEMS)
    shares = topic_shares(view, count, vectors.item_ids, cut["topic_id"].to_list())
    weights = dict(view.scan(EMISSION_MATRIX).select("feature", "weight").collect().iter_rows())
    return Side(
        cut.select("topic_id", owner=pl.lit(view.dataset), share="weight"),
        topic_directions(shares, vectors.matrix),
        [{each: weights[each] for each in features} for features in cut["features"]],
        view.ledger("sae_checkpoints").data_version,
    )


def _overlap(mine: Side, other: Side, topic: int, near: int) -> float | None:
    from saetm.alignment.align import feature_overlap

    if mine.sae_id != other.sae_id:
        return None
    return feature_overlap(mine.features[topic], other.features[near])


def _told(rows: pl.DataFrame, dataset: str) -> dg.MetadataValue:
    """Count by cut, as a table."""
    mine = rows.filter(owner=dataset)
    pairs = mine.group_by("topic_count").agg((pl.col("status") == SAME).sum(), topics=pl.len())
    records = [dg.TableRecord(row) for row in pairs.sort("topic_count").to_dicts()]
    return dg.MetadataValue.table(records)
