"""Stage 10: features merged into topics, at any number."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import dagster as dg
import numpy as np
import polars as pl

from resources.autoencoders import autoencoder
from resources.finished import scan_finished
from resources.inbox import Inbox
from resources.progress import in_steps
from resources.thumbnails import Thumbnails
from resources.torchvision_ops import declare_missing_operators
from saetm.errors import InputError
from saetm.options import SAE_TM
from saetm.rows import content_version, digest
from saetm.tables import ITEMS, MIXTURES, TOPIC_CHANGES, TOPIC_NODES, TOPIC_TREES, TOPICS
from saetm_assets import pictures
from saetm_assets.automation import RETRY, on_change
from saetm_assets.feature_matrices import feature_corpus, kept_features
from saetm_assets.links import Links
from saetm_assets.matrices import shown_count, topic_material
from saetm_assets.partitions import DATASETS_PARTITIONS, OWNERS
from saetm_assets.step import OPTIONS, STAMPS, Desk, Step
from saetm_assets.topic_table import topic_table

if TYPE_CHECKING:
    from saetm.past import Past
    from saetm.refits import Refit

FINE = 100  # steps of the progress bar
PICTURED_TOPICS, PICTURED_ITEMS = 8, 8


@dg.asset(
    partitions_def=DATASETS_PARTITIONS,
    deps=[
        *("emission_matrix", "activations", "word_vectors", "vocabulary", "sae_checkpoints"),
        *("feature_counts", "feature_descriptions"),
    ],
    group_name="topics",
    kinds={"deltalake", "numpy"},
    owners=OWNERS,
    code_version="2",
    metadata={OPTIONS: ["model", "topics", "topic_counts", "topic_count"]},
    retry_policy=RETRY,
    automation_condition=on_change(),
)
def topics(
    context: dg.AssetExecutionContext,
    desk: dg.ResourceParam[Desk],
    inbox: dg.ResourceParam[Inbox],
    thumbnails: dg.ResourceParam[Thumbnails],
    links: dg.ResourceParam[Links],
) -> dg.MaterializeResult[None]:
    """One row is a topic at one of the stored cuts; nodes and item mixtures stand beside."""
    with desk.open(context) as step:
        if step.owes(TOPICS):
            _write(
                step, _merged(step) if step.registration.options.model == SAE_TM else _fitted(step)
            )
        shown = _shown(step)
        leaves = step.scan(TOPIC_NODES).select(pl.col("left").is_null().sum()).collect().item()
        return step.close(
            TOPICS,
            version_of=("topic_count", "topic_id", "features", "words", "weight", "items"),
            metadata={
                "leaves of the tree": leaves,
                "explorer": dg.MetadataValue.url(links.page(step.dataset, "topics")),
                "topics": topic_table(shown, step.dataset, links),
                "largest topics": _bars(step, shown),
                "best items": _images(step, shown, inbox, thumbnails),
            },
        )


def _merged(step: Step) -> "Refit":
    """Merge features of whole items."""
    from saetm.evidence import merging_vectors
    from saetm.refits import fit_topics

    options = step.registration.options
    material = topic_material(step)
    vectors = merging_vectors(material, autoencoder(step).decoder, options.topics)
    past = _past(step, len(material.weights))
    with step.bar(len(options.cuts())) as advance:
        return fit_topics(vectors, material, options.topics, options.cuts(), past, advance=advance)


def _fitted(step: Step) -> "Refit":
    """Fit a topic model over counts of features of tokens."""
    from saetm.mechanistic.catalogue import MODELS
    from saetm.mechanistic.fits import fit_counts
    from saetm.mechanistic.topics import mechanistic_topics

    declare_missing_operators()  # BERTopic loads torchvision where it is installed
    options = step.registration.options
    material, corpus = topic_material(step), feature_corpus(step)
    with step.bar(FINE) as advance:
        model, tell = MODELS[options.model], in_steps(advance, FINE)
        fits = fit_counts(model, corpus, options.cuts(), options.topics.seed, tell)
    kept = np.flatnonzero(kept_features(step))
    past = _past(step, len(material.weights))
    return mechanistic_topics(fits, kept, material, options.topics, past)


def _write(step: Step, fit: "Refit") -> None:
    tree = {
        "sae_id": [step.ledger("sae_checkpoints").data_version],
        "settings": [_settings(step)],
        "former_share": [fit.former_share],
    }
    if fit.changes is not None:
        _note_changes(step, fit.changes)
    step.replace(TOPIC_NODES, fit.nodes)
    step.replace(MIXTURES, fit.mixtures)
    step.replace(TOPIC_TREES, pl.DataFrame(tree))
    step.replace(TOPICS, fit.topics)


def _settings(step: Step) -> str:
    """Hash what decides about the topics beside the items, which a refit may stay near to."""
    options = step.registration.options
    parts = options.part("topics", "word_vectors", "vocabulary", "emission")
    return digest([parts, *(step.ledger(asset).producer for asset in ("bags", "word_vectors"))])


def _past(step: Step, n_features: int) -> "Past | None":
    """Read the fit before, where there is one; one that was cut short is none."""
    from saetm.past import Past

    trees = scan_finished(step, TOPIC_TREES).collect()
    topics = scan_finished(step, TOPICS).collect()
    if trees.is_empty() or topics.is_empty():
        return None
    mixtures = scan_finished(step, MIXTURES).filter(
        pl.col("topic_count") == topics["topic_count"].min()
    )
    return Past(
        sae_id=trees["sae_id"].item(),
        has_same_settings=trees["settings"].item() == _settings(step),
        item_ids=mixtures.select("item_id").collect()["item_id"].to_list(),
        nodes=scan_finished(step, TOPIC_NODES).collect(),
        topics=topics,
        n_features=n_features,
    )


def _note_changes(step: Step, changes: pl.DataFrame) -> None:
    """Append to the history, unless a run that was cut short has done so."""
    stored = step.scan(TOPIC_CHANGES)
    newest = stored.filter(pl.col("created_at") == pl.col("created_at").max()).collect()
    columns = [name for name in TOPIC_CHANGES.schema if name not in {"dataset", *STAMPS}]
    noted = newest.select(columns)
    if content_version(noted) != content_version(changes.select(columns).cast(noted.schema)):
        step.append(TOPIC_CHANGES, changes)


def _shown(step: Step) -> pl.DataFrame:
    count = shown_count(step, step.registration.options.topic_count)
    return step.scan(TOPICS).filter(pl.col("topic_count") == count).sort("rank").collect()


def _bars(step: Step, topics: pl.DataFrame) -> dg.MetadataValue:
    shown = topics.head(30)
    names = [", ".join(words[:4]) for words in shown["words"].to_list()]
    return pictures.bars(
        names,
        [100 * weight for weight in shown["weight"].to_list()],
        title=f"Topics of {step.dataset}",
        label="% of the mass of all items",
    )


def _images(
    step: Step, topics: pl.DataFrame, inbox: Inbox, thumbnails: Thumbnails
) -> dg.MetadataValue:
    """Show the best images of the largest topics; texts have none."""
    images = step.scan(ITEMS).filter(pl.col("modality") == "image")
    rows_of = images.select("item_id", "dataset", "path").collect().iter_rows()
    paths = {item: (step.folders[dataset], path) for item, dataset, path in rows_of}
    rows = []
    for row in topics.head(PICTURED_TOPICS).iter_rows(named=True):
        best = [item for item in row["items"] if item in paths][:PICTURED_ITEMS]
        reads = [(item, partial(inbox.read, *paths[item])) for item in best]
        files = [small for item, read in reads if (small := _small(thumbnails, item, read))]
        rows.append((", ".join(row["words"][:6]), files))
    if not any(files for _, files in rows):
        return dg.MetadataValue.text("the items are texts")
    return pictures.image_rows(rows)


def _small(thumbnails: Thumbnails, item_id: str, read: Callable[[], bytes]) -> bytes | None:
    """Get a thumbnail; a picture that has gone since is no reason to fail."""
    try:
        return thumbnails.get(item_id, read)
    except InputError:
        return None
