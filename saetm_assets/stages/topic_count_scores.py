"""Beside the line: the curve of scores over numbers of topics, and which number suits."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import dagster as dg
import polars as pl

from saetm.choosing import RULE, choose, ladder
from saetm.errors import InputError
from saetm.metrics.intervals import Estimate
from saetm.tables import TOPIC_COUNT_SCORES, TOPIC_NODES
from saetm_assets import pictures
from saetm_assets.automation import RETRY
from saetm_assets.contenders import model_corpus
from saetm_assets.matrices import topic_material
from saetm_assets.partitions import DATASETS_PARTITIONS, OWNERS
from saetm_assets.scoring.assess import in_numbers
from saetm_assets.scoring.evidence import read_counted, word_ids
from saetm_assets.step import OPTIONS, Desk, Step

if TYPE_CHECKING:
    from saetm.cuts import Material
    from saetm.topics.config import TopicConfig
    from saetm.topics.tree import Tree

    Grown = tuple[Tree, Material, TopicConfig]


@dg.asset(
    partitions_def=DATASETS_PARTITIONS,
    deps=["topics", "emission_matrix", "activations", "bags", "vocabulary", "word_vectors"],
    group_name="report",
    kinds={"deltalake", "numpy"},
    owners=OWNERS,
    code_version="1",
    metadata={OPTIONS: ["sae", "emission", "topics", "topic_counts", "topic_count"]},
    retry_policy=RETRY,
)
def topic_count_scores(
    context: dg.AssetExecutionContext, desk: dg.ResourceParam[Desk]
) -> dg.MaterializeResult[None]:
    """One row is a metric at a number of topics; the number that suits is marked.

    Off by default: `saetm choose-k` asks for it. Stability takes one fit with another seed.
    """
    with desk.open(context) as step:
        if step.owes(TOPIC_COUNT_SCORES):
            _score(step)
        return step.close(
            TOPIC_COUNT_SCORES,
            version_of=("topic_count", "metric", "value"),
            metadata={"rule": RULE, "quality by number of topics": _curve(step)},
        )


def _score(step: Step) -> None:
    """Score the cuts of the stored tree, with those of a refit beside them."""
    from saetm.scoring.ladder import ladder_estimates
    from saetm.scoring.words import POOL_WORDS

    stored, ids = _stored(step), word_ids(step)
    counts = ladder(stored[0].n_leaves, step.registration.options.cuts())
    evidence, found = read_counted(step), dict[int, dict[str, Estimate]]()
    with step.bar(len(counts) + 1) as advance:
        refit = _refit(step)
        advance(1)
        for count in counts:
            top = in_numbers(_words(stored, count), ids, POOL_WORDS)
            again = in_numbers(_words(refit, count), ids, POOL_WORDS) if refit else None
            if top is not None:
                found[count] = ladder_estimates(top, again, evidence)
            advance(1)
    rows = pl.DataFrame(list(_rows(found)), schema=_columns())
    step.replace(TOPIC_COUNT_SCORES, rows)


def _stored(step: Step) -> "Grown":
    from saetm.cuts import tree_of

    material = topic_material(step)
    nodes = step.scan(TOPIC_NODES).collect()
    if nodes.is_empty():
        raise InputError(
            f"topics of {step.dataset!r} are no cuts of a tree, which alone can be scored at any "
            "number: set model to sae_tm and topics.method to tree"
        )
    tree = tree_of(nodes, n_features=len(material.weights))
    return tree, material, step.registration.options.topics


def _refit(step: Step) -> "Grown | None":
    """Fit the line once more with another seed; None where no feature is active then."""
    from saetm.models.sae_tm import SaeTm

    options = step.registration.options
    _, corpus = model_corpus(step)
    model = SaeTm(options.sae, options.emission, options.topics)
    try:
        return model.grow(corpus, options.sae.seed + 1, lambda _share: None)
    except InputError:
        return None


def _words(grown: "Grown", count: int) -> list[list[str]]:
    """Return the words of the topics of a cut, as stored cuts have them."""
    from saetm.cuts import cut_tree

    tree, material, config = grown
    return cut_tree(tree, count, material, config).topics["words"].to_list()


def _rows(found: dict[int, dict[str, Estimate]]) -> Iterator[dict[str, object]]:
    chosen = choose({count: each["quality"] for count, each in found.items() if each})
    for count, estimates in found.items():
        for metric, estimate in estimates.items():
            yield {
                "topic_count": count,
                "metric": metric,
                **asdict(estimate),
                "is_recommended": chosen is not None and chosen.topic_count == count,
            }


def _columns() -> dict[str, pl.DataType]:
    names = ("topic_count", "metric", "value", "low", "high", "units", "is_recommended")
    return {name: TOPIC_COUNT_SCORES.schema.get(name, pl.Int32()) for name in names}


def _curve(step: Step) -> dg.MetadataValue:
    quality = pl.col("metric") == "quality"
    rows = step.scan(TOPIC_COUNT_SCORES).filter(quality).sort("topic_count").collect()
    if rows.is_empty():
        return dg.MetadataValue.text("a vocabulary of one word has no pairs to score")
    return pictures.curve(
        rows["topic_count"].to_list(),
        rows["value"].to_list(),
        title="Coherence times share of unique words",
        labels=("topics", "quality"),
    )
