"""Beside the line: texts of a language model that is steered along a topic of a dataset."""

import dagster as dg
import polars as pl
from pydantic import Field

from resources.bindings import ComputeFace, Encoders, Judges
from resources.generator import Sampling
from saetm.rows import content_version
from saetm.steering.trade_off import effects, recommended_of
from saetm.tables import STEERINGS
from saetm_assets import pictures
from saetm_assets.automation import RETRY
from saetm_assets.partitions import DATASETS_PARTITIONS, OWNERS
from saetm_assets.pools import GPU
from saetm_assets.steering.picture import trade_off_png
from saetm_assets.steering.session import Session, Wanted, compared, open_session, with_verdicts
from saetm_assets.step import OPTIONS, STAMPS, Desk, Metadata, Step

CONTENT = [name for name in STEERINGS.schema if name not in {"dataset", *STAMPS}]
MOST_SEED = 2_000_000_000  # and a thousand texts are a whole number of 32 bits
STRENGTHS = [0.0, 0.1, 0.2, 0.3, 0.4, 0.6]  # beyond, texts of small models fall apart


class Steering(dg.Config):
    """What to write this time."""

    topic: str = Field(default="", description="id of a topic; the largest one when empty")
    prompts: list[str] = Field(
        default=["Once upon a time"], description="what texts go on from", min_length=1
    )
    strengths: list[float] = Field(
        default=STRENGTHS, description="lambda, in mean norms of a state at the block"
    )
    samples: int = Field(default=4, ge=1, le=1000, description="texts per prompt and strength")
    tokens: int = Field(default=40, ge=1, description="tokens of a text at most")
    temperature: float = Field(
        default=0.7, ge=0, le=100, description="of the draws; 0 takes the most probable token"
    )
    seed: int = Field(
        default=0, ge=0, le=MOST_SEED, description="seed of the first text; others count on"
    )
    generator: str = Field(
        default="", description="who writes; the model that features are of when empty"
    )
    as_message: bool = Field(
        default=True, description="put prompts into the model's chat template, where it has one"
    )

    def wanted(self) -> Wanted:
        """Return what to write."""
        return Wanted(
            topic=self.topic,
            prompts=tuple(self.prompts),
            strengths=tuple(self.strengths),
            samples=self.samples,
            seed=self.seed,
            generator=self.generator,
        )

    def sampling(self) -> Sampling:
        """Return how to write."""
        return Sampling(self.tokens, self.temperature, self.as_message)


@dg.asset(
    partitions_def=DATASETS_PARTITIONS,
    deps=["topics", "topic_summaries", "token_autoencoder"],
    group_name="report",
    kinds={"deltalake", "pytorch"},
    owners=OWNERS,
    code_version="1",
    pool=GPU,
    metadata={OPTIONS: ["judge", "model"]},
    retry_policy=RETRY,
)
def steerings(
    context: dg.AssetExecutionContext,
    desk: dg.ResourceParam[Desk],
    compute: ComputeFace,
    encoders: Encoders,
    judges: Judges,
    config: Steering,
) -> dg.MaterializeResult[None]:
    """One row is a text, written with a topic pushed to a strength, and what was measured of it.

    Off by default: a person asks for a topic. Each topic keeps the texts of its last steering, and
    the same is not written twice.
    """
    with desk.open(context) as step:
        session = open_session(step, config.wanted(), config.sampling(), compute.open())
        topic_id = session.topic.topic_id
        if _texts(step, topic_id).filter(input_hash=session.known_by).is_empty():
            with compute.card():
                written = session.write(step, _quantile(desk, step))
                texts = compared(written, session.topic, encoders)
            measured = with_verdicts(step, texts, session.topic, judges)
            rows = session.rows(measured, step.registration.options.model)
            step.replace(STEERINGS, rows, topic_id=topic_id)
        return step.close(
            STEERINGS,
            version=content_version(step.scan(STEERINGS).select(CONTENT).collect()),
            metadata=_metadata(session, _texts(step, topic_id)),
        )


def _quantile(desk: Desk, step: Step) -> float:
    """Return the quantile above which features are counted: of a view, its member's."""
    owner = step.union.members[0] if step.union else step.dataset
    return desk.registry.find(owner).options.tokens.quantile


def _texts(step: Step, topic_id: str) -> pl.DataFrame:
    return step.scan(STEERINGS).filter(pl.col("topic_id") == topic_id).collect()


def _metadata(session: Session, rows: pl.DataFrame) -> Metadata:
    found = effects(rows)
    best = recommended_of(found)
    picture = trade_off_png(found, best, session.topic.subject)
    return {
        "topic": session.topic.topic_id,
        "generator": session.generator.producer,
        "recommended strength": "none" if best is None else best,
        "relevance by": rows["relevance_by"][0],
        "trade-off": dg.MetadataValue.md(pictures.embed(picture, "png")),
    }
