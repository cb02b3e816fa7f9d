"""Stage 10: features merged into topics, at any number."""

import dagster as dg
import polars as pl

from resources.inbox import Inbox
from saetm.errors import InputError
from saetm.tables import ITEMS, MIXTURES, TOPIC_NODES, TOPICS
from saetm_assets import pictures
from saetm_assets.automation import RETRY, on_change
from saetm_assets.matrices import shown_count, topic_material, topic_vectors
from saetm_assets.partitions import DATASETS_PARTITIONS, OWNERS
from saetm_assets.step import OPTIONS, Desk, Step

PICTURED_TOPICS, PICTURED_ITEMS = 8, 8


@dg.asset(
    partitions_def=DATASETS_PARTITIONS,
    deps=["emission_matrix", "activations", "word_vectors", "vocabulary", "sae_checkpoints"],
    group_name="topics",
    kinds={"deltalake", "numpy"},
    owners=OWNERS,
    code_version="1",
    metadata={OPTIONS: ["topics", "topic_counts", "topic_count"]},
    retry_policy=RETRY,
    automation_condition=on_change(),
)
def topics(
    context: dg.AssetExecutionContext,
    desk: dg.ResourceParam[Desk],
    inbox: dg.ResourceParam[Inbox],
) -> dg.MaterializeResult[None]:
    """One row is a topic at one of the stored cuts; nodes and item mixtures stand beside."""
    with desk.open(context) as step:
        if step.owes(TOPICS):
            _merge(step)
        leaves = step.scan(TOPIC_NODES).select(pl.col("left").is_null().sum()).collect().item()
        return step.close(
            TOPICS,
            version_of=("topic_count", "topic_id", "features", "words", "weight", "items"),
            metadata={
                "leaves of the tree": leaves,
                "largest topics": _bars(step),
                "best items": _images(step, inbox),
            },
        )


def _merge(step: Step) -> None:
    from saetm.cuts import cut_at, grow_tree, merging_vectors, node_rows

    options = step.registration.options
    material = topic_material(step)
    raw = topic_vectors(step, material, kept_mass=options.topics.kept_mass)
    vectors = merging_vectors(raw, material, options.topics)
    tree = grow_tree(vectors, material, options.topics)
    counts = sorted({min(count, tree.n_leaves) for count in options.cuts()})
    cuts = {}
    with step.bar(len(counts)) as advance:
        for count in counts:
            cuts[count] = cut_at(tree, vectors, count, material, options.topics)
            advance(1)
    step.replace(TOPIC_NODES, node_rows(tree, material.sae_id))
    step.replace(MIXTURES, _stacked({count: cut.mixtures for count, cut in cuts.items()}))
    step.replace(TOPICS, _stacked({count: cut.topics for count, cut in cuts.items()}))


def _stacked(frames: dict[int, pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(
        frame.with_columns(topic_count=pl.lit(count)) for count, frame in frames.items()
    )


def _shown(step: Step) -> pl.DataFrame:
    count = shown_count(step, step.registration.options.topic_count)
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
        files = [content for path in best if (content := _content(inbox, folder, path))]
        rows.append((", ".join(row["words"][:6]), files))
    if not any(files for _, files in rows):
        return dg.MetadataValue.text("the items are texts")
    return pictures.image_rows(rows)


def _content(inbox: Inbox, folder: str, path: str) -> bytes | None:
    """Read a picture; one that has gone since is no reason to fail."""
    try:
        return inbox.read(folder, path)
    except InputError:
        return None
