"""The code location: assets, checks, doors and sensors, put together once."""

import logging
import warnings

import dagster as dg

from resources.bindings import bind
from resources.inbox import Inbox
from resources.lake import Lake
from resources.notify import open_notifier
from resources.pages import Pages
from resources.progress import LoggedProgress, Progress
from resources.registry import Registry
from resources.settings import Settings, load_settings
from resources.thumbnails import Thumbnails
from resources.upkeep import Maintenance
from saetm_assets.automation import follow_changes_sensor
from saetm_assets.checks import contract_checks, quality_checks
from saetm_assets.executors import build_executor
from saetm_assets.links import Links
from saetm_assets.stages.activations import activations
from saetm_assets.stages.alignments import alignments
from saetm_assets.stages.bags import bags
from saetm_assets.stages.captions import captions
from saetm_assets.stages.compositions import compositions
from saetm_assets.stages.embeddings import embeddings
from saetm_assets.stages.emission_matrix import emission_matrix
from saetm_assets.stages.feature_counts import feature_counts
from saetm_assets.stages.feature_descriptions import feature_descriptions
from saetm_assets.stages.item_map import item_map
from saetm_assets.stages.items import items
from saetm_assets.stages.report import report
from saetm_assets.stages.rivals import rivals
from saetm_assets.stages.sae_checkpoints import sae_checkpoints
from saetm_assets.stages.scores import scores
from saetm_assets.stages.steerings import steerings
from saetm_assets.stages.token_autoencoder import token_autoencoder
from saetm_assets.stages.topic_count_scores import topic_count_scores
from saetm_assets.stages.topic_duels import topic_duels
from saetm_assets.stages.topic_summaries import topic_summaries
from saetm_assets.stages.topics import topics
from saetm_assets.stages.trends import trends
from saetm_assets.stages.vocabulary import vocabulary
from saetm_assets.stages.word_vectors import word_vectors
from saetm_assets.step import Desk, stage_of
from saetm_assets.upkeep import UPKEEP_JOBS, UPKEEP_SCHEDULES
from sensors.dead_runs import dead_runs_sensor
from sensors.failed_runs import failed_runs_sensor
from sensors.grown_datasets import grown_datasets_sensor
from sensors.new_items import new_items_sensor
from sensors.owed_stages import owed_stages_sensor

STAGES = [
    items,
    captions,
    bags,
    vocabulary,
    word_vectors,
    embeddings,
    token_autoencoder,
    feature_counts,
    feature_descriptions,
    sae_checkpoints,
    activations,
    emission_matrix,
    topics,
    topic_summaries,
    compositions,
    trends,
    item_map,
    scores,
    report,
]
# off by default: a person asks for each
ASIDE = [rivals, topic_count_scores, alignments, topic_duels, steerings]


def build_definitions(settings: Settings, progress: Progress) -> dg.Definitions:
    """Put the code location together; nothing is read or written while it is.

    Args:
        settings: where everything lives, and how it runs.
        progress: where long work shows how far it is.
    """
    lake = Lake(settings.lake_uri)
    registry = Registry(lake, settings.inbox_uri)
    thumbnails = Thumbnails(settings.root / "thumbnails")
    return dg.Definitions(
        assets=[*STAGES, *ASIDE],
        asset_checks=_checks(),
        sensors=_sensors(settings),
        jobs=UPKEEP_JOBS,
        schedules=UPKEEP_SCHEDULES,
        executor=build_executor(settings, [*STAGES, *ASIDE]),
        resources={
            "lake": lake,
            "registry": registry,
            "inbox": Inbox(settings.inbox_uri),
            "pages": Pages(settings.root / "reports"),
            "thumbnails": thumbnails,
            "maintenance": Maintenance(lake, settings.keep_days, thumbnails),
            "notifier": open_notifier(
                url.get_secret_value() if (url := settings.notify_url) else None
            ),
            "desk": Desk(lake, registry, progress),
            "links": Links(settings.explorer_url, settings.dagster_url),
            **bind(settings),
        },
    )


def _checks() -> list[dg.AssetChecksDefinition]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.PreviewWarning)  # partitioned checks are a preview
        return [*contract_checks(), *quality_checks()]


def _sensors(settings: Settings) -> list[dg.SensorDefinition]:
    look_seconds = settings.look_seconds
    return [
        new_items_sensor(look_seconds),
        follow_changes_sensor(look_seconds),
        owed_stages_sensor([stage_of(stage) for stage in STAGES], look_seconds),
        failed_runs_sensor(look_seconds),
        dead_runs_sensor(settings.root, look_seconds),
        grown_datasets_sensor(10 * look_seconds),  # growth is slow
    ]


@dg.definitions
def defs() -> dg.Definitions:
    """The definitions that Dagster loads."""
    return build_definitions(load_settings(), LoggedProgress(logging.getLogger("saetm")))
