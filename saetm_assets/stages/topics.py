"""Stage 10: features merged into topics, at any number."""

from collections.abc import Callable

import dagster as dg
import polars as pl

from resources.inbox import Inbox
from saetm.tables import ITEMS, MIXTURES, TOPIC_NODES, TOPICS
from saetm_assets import pictures
from saetm_assets.matrices import topic_material, topic_vectors
from saetm_assets.partitions import DATASETS_PARTITIONS, OWNERS
from saetm_assets.step import Desk, Step

PICTURED_TOPICS, PICTURED_ITEMS = 8, 8


@dg.asset(
    partitions_def=DATASETS_PARTITIONS,
    deps=["emission_matrix", "activations", "word_vectors", "vocabulary"],
    group_name="topics",
    kinds={"deltalake", "numpy"},
    owners=OWNERS,
    code_version="1",
)
def topics(
    context: dg.AssetExecutionContext,
    desk: dg.ResourceParam[Desk],
    inbox: dg.ResourceParam[Inbox],
) -> dg.MaterializeResult[None]:
    """One row is a topic at one of the stored cuts; nodes and item mixtures stand beside."""
    from saetm.cuts import Cut, cut_kmeans, cut_tree, grow_tree, merging_vectors, node_rows

    with desk.open(context) as step:
        options = step.registration.options
        version = step.input_version("topics", "topic_counts", "topic_count")
        if (result := step.unchanged(TOPICS, version)) is not None:
            return result
        material = topic_material(step)
        raw = topic_vectors(step, material, kept_mass=options.topics.kept_mass)
        vectors = merging_vectors(raw, material, options.topics)
        tree = grow_tree(vectors, material, options.topics)
        methods: dict[str, Callable[[int], Cut]] = {
            "tree": lambda count: cut_tree(tree, count, material, options.topics),
            "kmeans": lambda count: cut_kmeans(vectors, count, material, options.topics),
        }
        divide = methods[options.topics.method]
        cuts = {}
        with step.bar(len(options.cuts())) as advance:
            for count in options.cuts():
                cuts[count] = divide(count)
                advance(1)
        step.replace(TOPIC_NODES, node_rows(tree, material.sae_id))
        step.replace(TOPICS, _stacked({count: cut.topics for count, cut in cuts.items()}))
        step.replace(MIXTURES, _stacked({count: cut.mixtures for count, cut in cuts.items()}))
        return step.close(
            TOPICS,
            input_version=version,
            version=version,
            metadata={
                "leaves of the tree": tree.n_leaves,
                "largest topics": _bars(step),
                "best items": _images(step, inbox),
            },
        )


def _stacked(frames: dict[int, pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(
        frame.with_columns(topic_count=pl.lit(count)) for count, frame in frames.items()
    )


def _shown(step: Step) -> pl.DataFrame:
    count = step.registration.options.topic_count
    return step.scan(TOPICS).filter(pl.col("topic_count") == count).sort("rank").collect()


def _bars(step: Step) -> dg.MetadataValue:
    shown = _shown(step).head(30)
    names = [", ".join(words[:4]) for words in shown["words"].to_list()]
    return pictures.bars(
        names,
        [100 * weight for weight in shown["weight"].to_list()],
        title=f"Topics of {step.dataset}",
        label="% of the mass of all items",
    )


def _images(step: Step, inbox: Inbox) -> dg.MetadataValue:
    """Show the best images of the largest topics; texts have none."""
    images = step.scan(ITEMS).filter(pl.col("modality") == "image").select("item_id", "path")
    paths = dict(images.collect().iter_rows())
    folder = step.registration.folder
    rows = []
    for row in _shown(step).head(PICTURED_TOPICS).iter_rows(named=True):
        best = [paths[item] for item in row["items"] if item in paths][:PICTURED_ITEMS]
        rows.append((", ".join(row["words"][:6]), [inbox.read(folder, path) for path in best]))
    if not any(files for _, files in rows):
        return dg.MetadataValue.text("the items are texts")
    return pictures.image_rows(rows)
